#pragma once

#include <string>
#include <string_view>

#include "geo/base/result.h"
#include "geo/layer/theme.h"
#include "server/ingest/made_table.h"

namespace obnova::server {

// Which objects of a city are wanted: those of one type, or those that suit the theme.
struct CityJsonWish {
  std::string type;  // Such as `Building`; empty for those of the theme.
  geo::Theme theme = geo::Theme::kOther;
};

// Makes one layer of a CityJSON file (1.0 to 2.0): one row for each object
// without a parent, its parts joined with it. The shape is what stands on the
// ground, see `footprint`. Columns: `type`, `lod` (the highest there is),
// `height_m` (from the geometry, else `measuredHeight`), `levels` (of
// `storeysAboveGround`), `part_count`, and every attribute of the object; lists
// and objects among them as JSON. The system is that of `referenceSystem`.
//
// Objects that are unusable are rejected one by one. Fails with kBadData for a
// file that is no CityJSON or is damaged, with kInvalidArgument, listing the
// types, when there is no object of the wanted type.
Result<MadeTable> read_city_json(std::string_view text, const std::string& file_name, const CityJsonWish& wish);

}  // namespace obnova::server
