#include "server/convert/serving.h"

#include <fmt/format.h>

#include "server/assess/graded_features.h"
#include "server/convert/selection.h"

namespace obnova::server {

Result<std::vector<FeatureId>> select_serving(const Snapshot& snapshot, const std::string& layer, const std::string& filter,
                                              const std::string& filter_field, Sources& sources, const Limits& limits) {
  auto features = select_filtered(snapshot, layer, filter, filter_field, limits);
  if (!features) return features;
  const geo::Layer& of_features = *snapshot.city->layers().find(layer)->second.layer;
  const auto warned = warn_of_unassessed(snapshot, of_features, *features, sources);
  if (!warned) return std::unexpected(warned.error());
  const geo::Column* const usable = of_features.column("usable");
  if (usable == nullptr || usable->type() != geo::FieldType::kBool) return features;
  const auto all = features->size();
  const auto removed = std::erase_if(*features, [&](FeatureId feature) { return !usable->is_null(feature) && !usable->bool_at(feature); });
  if (removed > 0) sources.warn(fmt::format("{} of {} facilities of layer `{}` are not usable and serve nobody.", removed, all, layer));
  return features;
}

Result<void> warn_of_unassessed(const Snapshot& snapshot, const geo::Layer& layer, std::span<const FeatureId> features, Sources& sources) {
  const geo::Theme theme = layer.description().theme;
  const bool can_be_damaged = theme == geo::Theme::kBuildings || theme == geo::Theme::kFacilities || theme == geo::Theme::kUtilities;
  if (!can_be_damaged) return {};
  const auto warning = unassessed_warning(snapshot, layer, features);
  if (!warning) return std::unexpected(warning.error());
  if (*warning) sources.warn(**warning);
  return {};
}

}  // namespace obnova::server
