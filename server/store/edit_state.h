#pragma once

#include <map>
#include <set>
#include <string>

#include "server/store/edit.h"
#include "server/store/feature_rows.h"
#include "server/store/geopackage.h"
#include "server/store/sqlite.h"

namespace obnova::server {

struct CityStore::Edit::State {
  explicit State(Database& city_file) : database(city_file) {}
  ~State() {
    layers.clear();
    add_content = {};
    write_version = {};
    write_imported = {};
    if (!committed) database.rollback();
  }

  // What was done to one feature table.
  struct Touched {
    std::string table;
    FeatureRows rows;
    Box extent;
    std::set<GeometryKind> kinds;
  };
  Result<Touched*> touched(const std::string& layer);
  // Brings the registers of the file up to date with what was done to its tables,
  // up to this revision.
  Result<void> end_layers(Revision last);

  // Set at construction.
  Database& database;
  std::int64_t srs_id = 0;
  Revision revision = 0;
  Statement add_content;
  Statement write_version;
  Statement write_imported;
  // Of this edit.
  bool committed = false;
  std::map<std::string, Touched> layers;
};

}  // namespace obnova::server
