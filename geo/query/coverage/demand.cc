#include "geo/query/coverage/demand.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

constexpr std::array<std::string_view, 20> kResidentialValues = {
    "annexe",         "apartments",  "barracks", "bungalow",   "cabin",     "detached",    "dormitory",
    "farm",           "ger",         "hotel",    "house",      "houseboat", "residential", "semidetached_house",
    "static_caravan", "stilt_house", "terrace",  "tree_house", "trullo",    "yes"};

// How the people of one layer are counted.
class DemandReader {
 public:
  // Fails when the number of people cannot be told from the layer.
  static Result<DemandReader> make(const Layer& layer, const DemandRule& rule) {
    DemandReader reader(layer, rule);
    const bool buildings = layer.description().theme == Theme::kBuildings;
    const std::string field = !rule.field.empty() ? rule.field : buildings ? "residents" : "population";
    reader.people_ = layer.column(field);
    // Buildings can do without the usual attribute: their size tells.
    const bool may_lack = buildings && rule.field.empty();
    if (reader.people_ == nullptr && !may_lack) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The layer {} has no attribute `{}`.", layer.id(), field), "demand.field");
    }
    const bool numeric =
        reader.people_ == nullptr || reader.people_->type() == FieldType::kInt || reader.people_->type() == FieldType::kDouble;
    if (!numeric) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The attribute `{}` of the layer {} is not a number.", field, layer.id()),
                     "demand.field");
    }
    if (buildings && !(rule.floor_area_per_person_m2 > 0)) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The floor area per person must be greater than 0, got {}.", rule.floor_area_per_person_m2),
                     "demand.floor_area_per_person_m2");
    }
    if (buildings) {
      reader.building_ = layer.column("building");
      reader.levels_ = layer.column("levels");
    }
    return reader;
  }

  double people_of(FeatureId feature) const {
    if (people_ != nullptr) {
      const std::optional<double> stated = people_->number_at(feature);
      if (stated) return *stated;
    }
    if (building_ == nullptr || !is_residential(building_->text_at(feature))) return 0;
    return area_m2(layer_->geometry(feature)) * levels_of(feature) / rule_.floor_area_per_person_m2;
  }

 private:
  DemandReader(const Layer& layer, const DemandRule& rule) : layer_(&layer), rule_(rule) {}

  // Files from elsewhere spell levels as text.
  double levels_of(FeatureId feature) const {
    if (levels_ == nullptr) return 1;
    const std::string_view text = levels_->text_at(feature);
    double levels = levels_->number_at(feature).value_or(0);
    if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), levels);
    return levels > 0 ? levels : 1;
  }

  const Layer* layer_;
  DemandRule rule_;
  const Column* people_ = nullptr;
  const Column* building_ = nullptr;
  const Column* levels_ = nullptr;
};

}  // namespace

bool is_residential(std::string_view building_value) {
  return std::ranges::find(kResidentialValues, building_value) != kResidentialValues.end();
}

Result<std::vector<DemandPlace>> demand_places(const Layer& layer, std::span<const FeatureId> features, const DemandRule& rule) {
  const auto reader = DemandReader::make(layer, rule);
  if (!reader) return std::unexpected(reader.error());
  std::vector<DemandPlace> places;
  for (const FeatureId feature : features) {
    const GeometryView shape = layer.geometry(feature);
    if (shape.empty()) {
      return failure(ErrorCode::kBadData,
                     fmt::format("The feature {} of the layer {} has no place.", layer.feature_name(feature), layer.id()));
    }
    const double people = reader->people_of(feature);
    if (people < 0) {
      return failure(ErrorCode::kBadData,
                     fmt::format("The feature {} of the layer {} has {} people.", layer.feature_name(feature), layer.id(), people));
    }
    if (people > 0) places.push_back({feature, interior_point(shape), people});
  }
  return places;
}

}  // namespace obnova::geo
