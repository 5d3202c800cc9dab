#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/facts/timeline.h"
#include "server/store/city_store.h"
#include "server/store/content.h"
#include "server/store/edit.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// What is said of one feature for a period of the real world.
struct FactChange {
  // It is all of this, whatever it was.
  struct Put {
    Content content;
  };
  // It is what it was but for these values and, if there is one, this place.
  struct Set {
    std::vector<std::pair<std::size_t, geo::Value>> values;  // By field.
    std::optional<Geometry> geometry;
  };
  // It is not there.
  struct Remove {};

  std::string layer;
  std::string feature;
  Period valid;
  std::variant<Put, Set, Remove> what;
};

// Changes that are made together, and what became of them.
struct EditBatch {
  // Says what to change of a snapshot whose layers and fields it may rely on, if
  // that is right at a revision.
  std::function<Result<std::vector<FactChange>>(const Snapshot&, Revision)> changes;
  Authorship authorship;
  // The revision that knows the changes.
  Result<Revision> revision = 0;
  bool was_made_before = false;  // By a request of the same id.
};

// A fact of a feature's history.
struct FactVersion {
  Version version;
  Content content;
  // The change that made it known.
  ChangeRecord change;
};

}  // namespace obnova::server
