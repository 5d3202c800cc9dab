#pragma once

#include <optional>
#include <string>

#include "server/facts/timeline.h"
#include "server/store/city_store.h"
#include "server/store/edit.h"

namespace obnova::server {

// What is no feature and still has a history: projects and scenarios. A record
// is a text under an id, in the table `obnova_records` of the city file; texts
// are JSON, so that SQL can read them. Nothing is overwritten: a change ends what
// was known and begins what is known now.
struct StoredRecord {
  std::string kind = {};
  std::string id = {};
  // Half-open.
  Revision known_from = 0;
  Revision known_to = kStillKnown;
  std::string body = {};
};

// What becomes of one record.
struct RecordChange {
  std::string kind = {};
  std::string id = {};
  std::optional<std::string> body = {};  // Nullopt: it is not there any more.
};

// `CityStore::read_records` gives all versions of all records by kind, id and
// revision. `CityStore::change_records` makes all changes as one transaction of
// one revision, or none of them; a later change of a record replaces an earlier
// one of the same call.

}  // namespace obnova::server
