#include "server/convert/demand.h"

#include "server/convert/number.h"
#include "server/convert/selection.h"

namespace obnova::server {

Result<std::vector<geo::DemandPlace>> to_demand(const v1::Demand& demand, const Snapshot& snapshot, const std::string& field,
                                                const Limits& limits) {
  const auto layer = find_layer(snapshot, demand.layer(), field + ".layer");
  if (!layer) return std::unexpected(layer.error());
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

}  // namespace obnova::server
