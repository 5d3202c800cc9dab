#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "geo/layer/column.h"
#include "geo/layer/layer_description.h"
#include "obnova/v1/scenario.pb.h"
#include "server/facts/timeline.h"

namespace obnova::server {

// What a change says, in the words of a layer: shapes on the plane, values of
// the types of its attributes.
struct ChangeWords {
  struct Writing {
    std::string attribute;
    geo::Value value;
    geo::FieldType type = geo::FieldType::kString;  // Of the attribute, or to be when the layer has none.
    bool only_where_set = false;                    // Nothing is written over null.
  };
  v1::Change::ChangeCase kind = v1::Change::CHANGE_NOT_SET;
  std::optional<Geometry> shape;  // Of add and replace.
  std::vector<Writing> writings;
};

// Reads a change for a layer of this theme and these attributes. Fails with
// kInvalidArgument, naming `field` and what of it, when it says nothing, or what
// the layer has no attribute for, or closes what is no road.
Result<ChangeWords> words_of(const v1::Change& change, geo::Theme theme, std::span<const geo::Field> fields,
                             const geo::Projection& projection, const std::string& field);

// Whether a change is one at all, whatever the layers are: ids and times.
Result<void> check_change(const v1::Change& change, const std::string& field);

}  // namespace obnova::server
