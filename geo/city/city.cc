#include "geo/city/city.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "geo/base/check.h"

namespace obnova::geo {
namespace {

using Layers = std::map<std::string, IndexedLayer, std::less<>>;

// The layers a road network is made of; null where the city has none.
struct RoadLayers {
  std::shared_ptr<const Layer> roads;
  std::shared_ptr<const Layer> barriers;
  std::shared_ptr<const Layer> restrictions;
};

// The layer that is named like its theme, else the first of the theme.
std::shared_ptr<const Layer> main_layer(const Layers& layers, Theme theme) {
  const auto named = layers.find(theme_name(theme));
  if (named != layers.end() && named->second.layer->description().theme == theme) return named->second.layer;
  for (const auto& [id, indexed] : layers) {
    if (indexed.layer->description().theme == theme) return indexed.layer;
  }
  return nullptr;
}

RoadLayers road_layers(const Layers& layers) {
  return {.roads = main_layer(layers, Theme::kRoads),
          .barriers = main_layer(layers, Theme::kBarriers),
          .restrictions = main_layer(layers, Theme::kTurnRestrictions)};
}

bool equal(const std::shared_ptr<const Layer>& a, const std::shared_ptr<const Layer>& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->digest() == b->digest();
}

bool equal(const RoadLayers& a, const RoadLayers& b) {
  return equal(a.roads, b.roads) && equal(a.barriers, b.barriers) && equal(a.restrictions, b.restrictions);
}

std::vector<BoxChange> box_changes(const Layer& before, const Layer& after, std::span<const FeatureId> rows) {
  std::vector<BoxChange> changes;
  for (const FeatureId row : rows) {
    const Box old_box = row.index < before.row_count() ? before.box(row) : Box();
    const Box new_box = row.index < after.row_count() ? after.box(row) : Box();
    if (old_box != new_box) changes.push_back({.feature = row, .box = new_box});
  }
  return changes;
}

std::shared_ptr<const LayerIndex> with_changes(std::shared_ptr<const LayerIndex> index, const std::vector<BoxChange>& changes) {
  if (changes.empty()) return index;
  return std::make_shared<const LayerIndex>(index->with_changes(changes));
}

// The layer with its index, both from `before` where that has an equal one. A
// packed layer takes the place of the equal patched one.
IndexedLayer indexed(std::shared_ptr<const Layer> layer, const City* before) {
  if (before != nullptr) {
    const auto found = before->layers().find(layer->id());
    if (found != before->layers().end()) {
      const IndexedLayer& known = found->second;
      if (equal(known.layer, layer) && known.layer->is_patched() == layer->is_patched()) return known;
      if (const auto rows = layer->changed_since(*known.layer)) {
        auto index = with_changes(known.index, box_changes(*known.layer, *layer, *rows));
        return {.layer = std::move(layer), .index = std::move(index)};
      }
    }
  }
  auto index =
      with_changes(std::make_shared<const LayerIndex>(layer->base().boxes()), box_changes(layer->base(), *layer, layer->changed_rows()));
  return {.layer = std::move(layer), .index = std::move(index)};
}

// The network of these layers, from `before` as far as it fits.
std::shared_ptr<const RoadNetwork> network_of(const RoadLayers& parts, const std::vector<Profile>& profiles,
                                              const std::shared_ptr<const RoadNetwork>& before, const RoadLayers& parts_before) {
  if (before != nullptr && before->profiles() == profiles && equal(parts.restrictions, parts_before.restrictions)) {
    if (equal(parts, parts_before)) return before;
    if (auto network = RoadNetwork::with_attributes(before, parts.roads, parts.barriers)) return network;
  }
  return std::make_shared<const RoadNetwork>(parts.roads, parts.barriers, parts.restrictions, profiles);
}

}  // namespace

std::shared_ptr<const City> City::make(std::string id, std::string crs, std::int64_t revision,
                                       std::vector<std::shared_ptr<const Layer>> layers, std::vector<Profile> profiles, const City* before,
                                       const std::vector<std::shared_ptr<const Raster>>& rasters) {
  const std::shared_ptr<City> city(new City);
  city->id_ = std::move(id);
  city->crs_ = std::move(crs);
  city->revision_ = revision;
  for (std::shared_ptr<const Layer>& layer : layers) {
    std::string layer_id = layer->id();
    const bool is_new = city->layers_.try_emplace(std::move(layer_id), indexed(std::move(layer), before)).second;
    OBNOVA_CHECK(is_new);
  }
  for (const std::shared_ptr<const Raster>& raster : rasters) {
    const bool is_new = city->rasters_.try_emplace(raster->id(), raster).second;
    OBNOVA_CHECK(is_new && !city->layers_.contains(raster->id()));
  }

  city->profiles_ = std::move(profiles);
  city->finish(before);
  return city;
}

std::shared_ptr<const City> City::patched(const City& base, std::int64_t revision, std::vector<std::shared_ptr<const Layer>> changed) {
  const std::shared_ptr<City> city(new City);
  city->id_ = base.id_;
  city->crs_ = base.crs_;
  city->revision_ = revision;
  city->layers_ = base.layers_;
  city->rasters_ = base.rasters_;
  for (std::shared_ptr<const Layer>& layer : changed) {
    std::string layer_id = layer->id();
    city->layers_.insert_or_assign(std::move(layer_id), indexed(std::move(layer), &base));
  }
  city->profiles_ = base.profiles_;
  city->finish(&base);
  return city;
}

// Derives everything else from the layers and rasters.
void City::finish(const City* before) {
  Digester digester;
  digester.add(std::string_view(crs_));
  for (const auto& [layer_id, indexed_layer] : layers_) {
    extent_.add(indexed_layer.layer->extent());
    digester.add(indexed_layer.layer->digest().high).add(indexed_layer.layer->digest().low);
  }
  for (const auto& [raster_id, raster] : rasters_) digester.add(raster->digest().high).add(raster->digest().low);
  digest_ = digester.finish();

  const RoadLayers parts = road_layers(layers_);
  if (parts.roads == nullptr) return;
  for (const auto& part : {parts.roads, parts.barriers, parts.restrictions}) {
    if (part != nullptr) road_layer_ids_.push_back(part->id());
  }
  std::ranges::sort(road_layer_ids_);
  if (before == nullptr) {
    roads_ = network_of(parts, profiles_, nullptr, {});
  } else {
    roads_ = network_of(parts, profiles_, before->roads_, road_layers(before->layers_));
  }
}

Result<const IndexedLayer*> City::layer(std::string_view id) const {
  const auto found = layers_.find(id);
  if (found != layers_.end()) return &found->second;
  if (rasters_.contains(id)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` is a raster: it has cells and no features.", id));
  }
  if (layers_.empty()) return failure(ErrorCode::kNotFound, fmt::format("There is no layer `{}`: the city has no layers.", id));
  std::vector<std::string_view> ids;
  for (const auto& [known, indexed_layer] : layers_) ids.push_back(known);
  return failure(ErrorCode::kNotFound, fmt::format("There is no layer `{}`; the city has {}.", id, fmt::join(ids, ", ")));
}

std::vector<const IndexedLayer*> City::layers_of(Theme theme) const {
  std::vector<const IndexedLayer*> found;
  for (const auto& [id, indexed_layer] : layers_) {
    if (indexed_layer.layer->description().theme == theme) found.push_back(&indexed_layer);
  }
  return found;
}

Result<const Raster*> City::raster(std::string_view id) const {
  const auto found = rasters_.find(id);
  if (found != rasters_.end()) return found->second.get();
  if (layers_.contains(id)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` is no raster: it has features and no cells.", id));
  }
  if (rasters_.empty()) return failure(ErrorCode::kNotFound, fmt::format("There is no raster `{}`: the city has no rasters.", id));
  std::vector<std::string_view> ids;
  for (const auto& [known, raster] : rasters_) ids.push_back(known);
  return failure(ErrorCode::kNotFound, fmt::format("There is no raster `{}`; the city has {}.", id, fmt::join(ids, ", ")));
}

std::vector<const Raster*> City::rasters_of(RasterTheme theme) const {
  std::vector<const Raster*> found;
  for (const auto& [id, raster] : rasters_) {
    if (raster->description().theme == theme) found.push_back(raster.get());
  }
  return found;
}

Result<const RoadNetwork*> City::roads() const {
  if (roads_ != nullptr) return roads_.get();
  return failure(ErrorCode::kFailedPrecondition, "The city has no layer of theme `roads`, so there is no road network.");
}

std::vector<std::string> City::road_layer_ids() const { return road_layer_ids_; }

}  // namespace obnova::geo
