#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "server/store/city_store.h"
#include "server/store/geopackage.h"
#include "server/store/sqlite.h"

namespace obnova::server {

struct CityStore::State {
  Database database;
  std::filesystem::path file;
};

// The table of a layer and what its columns are.
struct StoredFields {
  TableLayout layout;
  std::vector<geo::Field> fields;
};
// Fails with kNotFound when there is no such layer.
Result<StoredFields> read_fields(Database& database, const std::string& layer);

// Says of a layer what it is, in the revision that is being made. Fails with
// kNotFound when there is no such layer.
Result<void> update_description(Database& database, const geo::LayerDescription& description);

// Begins a transaction that other writers of the file wait for.
Result<void> begin_change(Database& database);
// Counts the revision up and writes down what was done, without committing.
Result<std::int64_t> record_change(Database& database, const std::string& what);

// Writes down who made a change that was recorded but not committed yet.
Result<void> sign_change(Database& database, Revision revision, const Authorship& authorship);

// Runs `change` as one transaction of one revision: commits when it succeeds
// and leaves the file as it was when it does not.
template <typename Change>
Result<std::int64_t> change_city(Database& database, const std::string& what, const Change& change) {
  Result<void> done = begin_change(database);
  if (!done) return std::unexpected(done.error());
  done = change();
  Result<std::int64_t> revision = done ? record_change(database, what) : std::unexpected(done.error());
  if (revision) done = database.execute("COMMIT");
  database.rollback();
  if (revision && !done) return std::unexpected(done.error());
  return revision;
}

}  // namespace obnova::server
