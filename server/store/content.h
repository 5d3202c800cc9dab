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

// A feature as a layer has it. Precondition: it exists.
Content content_of(const geo::Layer& layer, FeatureId feature);

// The narrowest type that holds the values of both: numbers become doubles
// together, what is different becomes text.
geo::FieldType wider_type(geo::FieldType a, geo::FieldType b);
// The value in a type that is wider than its own, or the same.
geo::Value widened(const geo::Value& value, geo::FieldType type);

// The attributes that are not null as one JSON object, by the names of their
// fields. Bytes that are no UTF-8 become U+FFFD.
std::string attributes_json(std::span<const geo::Field> fields, std::span<const geo::Value> values);
// The values of these fields; what the text does not name is null. Fails with
// kBadData when the text is no such object or a value is of a type that its field cannot hold.
Result<std::vector<geo::Value>> values_of_json(std::string_view text, std::span<const geo::Field> fields);

}  // namespace obnova::server
