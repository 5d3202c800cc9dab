#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"

namespace obnova::server {

// What a feature is apart from its id: one value a field of its layer.
struct Content {
  Geometry geometry;
  std::vector<geo::Value> values;
  bool operator==(const Content&) const = default;
};

// The attributes that are not null as one JSON object, by the names of their
// fields. Bytes that are no UTF-8 become U+FFFD.
std::string attributes_json(std::span<const geo::Field> fields, std::span<const geo::Value> values);
// The values of these fields; what the text does not name is null. Fails with
// kBadData when the text is no such object or a value is not of its field's type.
Result<std::vector<geo::Value>> values_of_json(std::string_view text, std::span<const geo::Field> fields);

}  // namespace obnova::server
