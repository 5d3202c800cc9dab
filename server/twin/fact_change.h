#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/layer/layer.h"
#include "server/facts/timeline.h"
#include "server/store/city_store.h"
#include "server/store/content.h"

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

// A fact of a feature's history.
struct FactVersion {
  Version version;
  Content content;
  // The change that made it known.
  ChangeRecord change;
};

}  // namespace obnova::server
