#include "geo/city/city.h"

#include <algorithm>
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

// The layer with its index, both from `before` where that has an equal one.
IndexedLayer indexed(std::shared_ptr<const Layer> layer, const City* before) {
  if (before != nullptr) {
    const auto known = before->layers().find(layer->id());
    if (known != before->layers().end() && equal(known->second.layer, layer)) return known->second;
  }
  auto index = std::make_shared<const LayerIndex>(layer->boxes());
  return {.layer = std::move(layer), .index = std::move(index)};
}

}  // namespace

std::shared_ptr<const City> City::make(std::string id, std::string crs, std::int64_t revision,
                                       std::vector<std::shared_ptr<const Layer>> layers, std::vector<Profile> profiles,
                                       const City* before) {
  const std::shared_ptr<City> city(new City);
  city->id_ = std::move(id);
  city->crs_ = std::move(crs);
  city->revision_ = revision;
  for (std::shared_ptr<const Layer>& layer : layers) {
    std::string layer_id = layer->id();
    const bool is_new = city->layers_.try_emplace(std::move(layer_id), indexed(std::move(layer), before)).second;
    OBNOVA_CHECK(is_new);
  }

  Digester digester;
  digester.add(std::string_view(city->crs_));
  for (const auto& [layer_id, indexed_layer] : city->layers_) {
    city->extent_.add(indexed_layer.layer->extent());
    digester.add(indexed_layer.layer->digest().high).add(indexed_layer.layer->digest().low);
  }
  city->digest_ = digester.finish();

  const RoadLayers parts = road_layers(city->layers_);
  if (parts.roads == nullptr) return city;
  for (const auto& part : {parts.roads, parts.barriers, parts.restrictions}) {
    if (part != nullptr) city->road_layer_ids_.push_back(part->id());
  }
  std::ranges::sort(city->road_layer_ids_);
  if (before != nullptr && before->roads_ != nullptr && before->roads_->profiles() == profiles &&
      equal(road_layers(before->layers_), parts)) {
    city->roads_ = before->roads_;
  } else {
    city->roads_ = std::make_shared<const RoadNetwork>(parts.roads, parts.barriers, parts.restrictions, std::move(profiles));
  }
  return city;
}

Result<const IndexedLayer*> City::layer(std::string_view id) const {
  const auto found = layers_.find(id);
  if (found != layers_.end()) return &found->second;
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

Result<const RoadNetwork*> City::roads() const {
  if (roads_ != nullptr) return roads_.get();
  return failure(ErrorCode::kFailedPrecondition, "The city has no layer of theme `roads`, so there is no road network.");
}

std::vector<std::string> City::road_layer_ids() const { return road_layer_ids_; }

}  // namespace obnova::geo
