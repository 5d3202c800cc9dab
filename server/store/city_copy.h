#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/store/city_store.h"

namespace obnova::server {

// City files beside the one a city lives in. What they make stands alone in one
// file (no log beside it), for any place and any program. All fail with
// kCancelled when the limits stop, and may then leave half a file.

// A layer to write, with what is known of it beside its description.
struct LayerToCopy {
  const geo::Layer& layer;
  const LayerRecord& record;
};

// Writes these layers as a city file that says `record` of its city. It knows
// nothing from before: its history begins with them, and a question about an
// earlier revision of them fails as it does after any layer was replaced.
Result<void> write_city_file(const std::filesystem::path& file, const CityRecord& record, std::span<const LayerToCopy> layers,
                             const Limits& limits);

// Copies a city file with all its history, as it is at one instant, while others
// read and write it.
Result<void> copy_city_file(const std::filesystem::path& from, const std::filesystem::path& to, const Limits& limits);

// Copies a file of a user's that should be a city file, and calls its city `id`.
// It is opened to read only, without its views, triggers and log, and every page
// is written anew. Fails with kBadData, saying `name` of the file, when it is
// damaged, holds views or virtual tables other than R-trees, or holds no city.
Result<void> adopt_city_file(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& id,
                             const std::string& name, const Limits& limits);

}  // namespace obnova::server
