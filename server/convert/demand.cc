#include "server/convert/demand.h"

#include <utility>

#include <fmt/format.h>

#include "geo/query/coverage/raster_demand.h"
#include "server/convert/geometry.h"
#include "server/convert/number.h"
#include "server/convert/selection.h"

namespace obnova::server {
namespace {

Result<std::vector<geo::DemandPlace>> raster_demand(const v1::Demand& demand, const geo::Raster& raster, const Snapshot& snapshot,
                                                    const std::string& field, const Limits& limits) {
  if (raster.description().theme != geo::RasterTheme::kPopulation) {
    return failure(
        ErrorCode::kInvalidArgument,
        fmt::format("The raster `{}` is about {}, not about population.", raster.id(), geo::raster_theme_name(raster.description().theme)),
        field + ".layer");
  }
  const auto refused = [&](const char* name) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The raster `{}` has cells and no features: leave `{}` out.", raster.id(), name), field + "." + name);
  };
  if (!demand.filter().empty()) return refused("filter");
  if (!demand.field().empty()) return refused("field");
  if (demand.floor_area_per_person_m2() != 0) return refused("floor_area_per_person_m2");
  std::vector<Geometry> areas;
  if (demand.has_within()) {
    auto area = to_plane(demand.within(), *snapshot.projection, ShapeKind::kArea, field + ".within");
    if (!area) return std::unexpected(area.error());
    areas.push_back(std::move(*area));
  }
  auto places = geo::demand_places(raster, areas, {}, limits);
  if (!places) return std::unexpected(with_field(places.error(), field + ".within"));
  return places;
}

}  // namespace

Result<std::vector<geo::DemandPlace>> to_demand(const v1::Demand& demand, const Snapshot& snapshot, const std::string& field,
                                                const Limits& limits) {
  const auto raster = snapshot.city->rasters().find(demand.layer());
  if (raster != snapshot.city->rasters().end()) return raster_demand(demand, *raster->second, snapshot, field, limits);
  const auto layer = find_layer(snapshot, demand.layer(), field + ".layer");
  if (!layer) return std::unexpected(layer.error());
  if (demand.has_within()) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The layer `{}` is no raster: choose its features by `filter`, such as S_INTERSECTS.", demand.layer()),
                   field + ".within");
  }
  geo::DemandRule rule;
  rule.field = demand.field();
  const auto floor_area_m2 =
      number_or(demand.floor_area_per_person_m2(), rule.floor_area_per_person_m2, {1, 10'000}, field + ".floor_area_per_person_m2");
  if (!floor_area_m2) return std::unexpected(floor_area_m2.error());
  rule.floor_area_per_person_m2 = *floor_area_m2;
  const auto features = select_filtered(snapshot, demand.layer(), demand.filter(), field + ".filter", limits);
  if (!features) return std::unexpected(features.error());
  auto places = geo::demand_places(*(*layer)->layer, *features, rule);
  if (!places) return std::unexpected(with_field(places.error(), field + ".field"));
  return places;
}

DemandNames::DemandNames(const v1::Demand& demand, const Snapshot& snapshot) {
  const auto raster = snapshot.city->rasters().find(demand.layer());
  const auto layer = snapshot.city->layers().find(demand.layer());
  if (raster != snapshot.city->rasters().end()) raster_ = raster->second.get();
  if (layer != snapshot.city->layers().end()) layer_ = layer->second.layer.get();
}

std::string DemandNames::operator()(FeatureId place) const {
  if (raster_ == nullptr) return std::string(layer_->feature_name(place));
  const auto columns = static_cast<std::uint32_t>(raster_->grid().columns());
  return fmt::format("{}/{}", place.index / columns, place.index % columns);
}

void use_demand(const v1::Demand& demand, const Snapshot& snapshot, Sources& sources) {
  sources.use(demand.layer());
  const auto raster = snapshot.city->rasters().find(demand.layer());
  if (raster == snapshot.city->rasters().end()) return;
  const auto side_m = raster->second->grid().cell_side_m();
  sources.warn(
      fmt::format("The people of raster `{}` were placed at the centers of its cells of {:.0f} m, cut into pieces of at most {:.0f} m.",
                  demand.layer(), side_m.value_or(0), geo::RasterDemandRule().max_piece_side_m));
}

}  // namespace obnova::server
