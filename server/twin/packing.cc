#include "server/twin/packing.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>
#include <vector>

#include "geo/layer/layer_edit.h"

namespace obnova::server {
namespace {

// Where packing costs as much as it saves: it takes about six times as long per
// row of the layer as an edit takes per row of the patch.
std::size_t worth_packing(const geo::Layer& layer) {
  return std::max<std::size_t>(1024, static_cast<std::size_t>(4 * std::sqrt(static_cast<double>(layer.row_count()))));
}

// The layer with the largest patch that is worth it. The road network knows what
// changed by the base of its layers, so those stay as they are.
std::shared_ptr<const geo::Layer> largest_patch(const geo::City& city) {
  const std::vector<std::string> roads = city.road_layer_ids();
  std::shared_ptr<const geo::Layer> largest;
  for (const auto& [id, indexed] : city.layers()) {
    const std::size_t size = indexed.layer->changed_rows().size();
    if (size < worth_packing(*indexed.layer) || std::ranges::find(roads, id) != roads.end()) continue;
    if (largest == nullptr || size > largest->changed_rows().size()) largest = indexed.layer;
  }
  return largest;
}

// `newest` as a patch of `packed`, which is what `before` was; null when they
// have too little in common.
std::shared_ptr<const geo::Layer> moved(const geo::Layer& before, std::shared_ptr<const geo::Layer> packed, const geo::Layer& newest) {
  const auto rows = newest.changed_since(before);
  if (!rows || !std::ranges::equal(newest.fields(), packed->fields())) return nullptr;
  geo::LayerEdit edit(packed);
  for (const FeatureId row : *rows) {
    const std::string_view name = newest.feature_name(row);
    Result<FeatureId> done = row;
    if (newest.exists(row)) {
      std::vector<geo::Value> values;
      for (std::size_t i = 0; i < newest.fields().size(); ++i) values.push_back(newest.column(i).value_at(row));
      done = edit.put(name, newest.geometry(row), values);
    } else if (packed->exists(row)) {
      done = edit.remove(name);
    } else if (row.index >= packed->row_count()) {
      done = edit.skip(name);
    }
    if (!done || *done != row) return nullptr;
  }
  return std::move(edit).build();
}

}  // namespace

std::shared_ptr<const Snapshot> Packing::with_packed(const std::shared_ptr<const Snapshot>& newest) {
  const std::lock_guard lock(mutex_);
  if (!packed_) return newest;
  const auto same_ids = [](const auto& a, const auto& b) { return a.first == b.first; };
  const auto& layers_before = packed_->city->layers();
  const auto& layers_now = newest->city->layers();
  std::shared_ptr<const geo::Layer> layer;
  const bool same_rasters = packed_->city->rasters() == newest->city->rasters();
  if (same_rasters && std::ranges::equal(layers_before, layers_now, same_ids)) {
    layer = moved(*packed_->before->city->layers().find(packed_->layer)->second.layer, layers_before.find(packed_->layer)->second.layer,
                  *layers_now.find(packed_->layer)->second.layer);
  }
  if (layer == nullptr) {
    packed_.reset();  // Somebody has replaced it.
    return newest;
  }
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (const auto& [id, indexed] : layers_now) layers.push_back(id == packed_->layer ? layer : indexed.layer);
  auto snapshot = std::make_shared<Snapshot>(*newest);
  taken_ = true;
  snapshot->city = geo::City::patched(*packed_->city, newest->city->revision(), std::move(layers));
  return snapshot;
}

void Packing::go_on(const std::shared_ptr<const Snapshot>& newest) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(taken_, false)) packed_.reset();
  if (running_ || packed_) return;
  auto layer = largest_patch(*newest->city);
  if (layer == nullptr) return;
  running_ = true;
  thread_ = std::jthread([this, newest, layer = std::move(layer)] {
    std::optional<Packed> packed;
    try {
      auto city = geo::City::patched(*newest->city, newest->city->revision(), {layer->packed()});
      packed = Packed{.layer = layer->id(), .before = newest, .city = std::move(city)};
    } catch (const std::bad_alloc&) {
      packed.reset();  // The patch stays; it is tried again after the next change.
    }
    const std::lock_guard done(mutex_);
    packed_ = std::move(packed);
    running_ = false;
  });
}

}  // namespace obnova::server
