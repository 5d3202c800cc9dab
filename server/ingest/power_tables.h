#pragma once

#include <string>
#include <vector>

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/made_table.h"
#include "server/ingest/zip_archive.h"

namespace obnova::server {

// One table of an archive, as text.
struct PowerTable {
  std::string name;  // Of the file, without its ending.
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// The tables of a power network in an archive of .csv files.
Result<std::vector<PowerTable>> power_tables_of(const std::vector<ZipEntry>& entries, const worker::IngestJob& job);

// Makes one layer of the tables of a power network, as pandapower, PyPSA and
// GridKit write them. What a table holds is told by its columns:
//
//   nodes         coordinates (lon and lat, x and y)          power_bus, a point
//   lines         two nodes (from_bus and to_bus, bus0 and bus1, …)   power_line; `geometry` (WKT) or straight
//   transformers  hv_bus and lv_bus, or two nodes and a name that says so       power_transformer
//   switches      bus, element, et                     power_switch at its bus, a line between buses for et=b
//   others        one node (loads, generators, feeding points)          power_load, power_generator, …
//
// Columns: `kind`, `from_node` and `to_node` (ids of this layer such as `bus/12`),
// `element` of a switch (`line/3`), `voltage_v`, `length_m`, `status` (Open, Closed)
// of a switch, and every other column of the tables. Rows at unknown
// nodes are rejected. Fails with kBadData when no table has nodes.
Result<MadeTable> read_power_tables(const std::vector<PowerTable>& tables, const std::string& file_name);

}  // namespace obnova::server
