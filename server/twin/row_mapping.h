#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// Turns the rows of a file into the features of a layer on their way into a
// city, where they are not the same thing: one row with many dates becomes many
// features. Functions are called in the order below, from one thread, for each
// layer of the file; an error of one ends the import, which then did nothing.
struct RowMapping {
  // Takes a feature. Fails as `LayerBuilder::add` does.
  using Emit = std::function<Result<void>(const std::string& id, const Geometry& geometry, std::span<const geo::Value> values)>;

  // The fields of the layer, from those of the file. `before` is the city as the
  // import finds it; nobody changes it before the import ends.
  std::function<Result<std::vector<geo::Field>>(const Snapshot& before, const std::string& layer, const std::vector<geo::Field>& source)>
      fields;
  // Emits what a row of the file becomes: nothing, or any number of features.
  std::function<Result<void>(const std::string& id, const Geometry& geometry, std::span<const geo::Value> values, const Emit& emit)> row;
  // Warnings for the report, one sentence each.
  std::function<Result<std::vector<std::string>>()> finish;
};

}  // namespace obnova::server
