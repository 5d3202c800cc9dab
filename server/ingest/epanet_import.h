#pragma once

#include <string>
#include <string_view>

#include "geo/base/result.h"
#include "server/ingest/made_table.h"

namespace obnova::server {

// Makes one layer of an EPANET 2 model (.inp): nodes as points `node/ID`, links
// as lines `link/ID` with their vertices. Columns: `kind` (junction, reservoir,
// tank, pipe, pump, valve), `id` as in the model, `from_node`, `to_node` (ids of
// this layer), `status` (open, closed, cv, active), and what the model says in
// metric units, whatever its own units: elevation_m, head_m, demand_lps,
// diameter_mm, length_m, power_kw and so on.
//
// Rows that are unusable (numbers that are none, links to missing nodes) are
// rejected one by one; nodes without coordinates keep no place. The model has no
// coordinate system. Settings of the simulation are counted in a warning. Fails
// with kBadData for a file that is no model.
Result<MadeTable> read_epanet(std::string_view text, const std::string& file_name);

}  // namespace obnova::server
