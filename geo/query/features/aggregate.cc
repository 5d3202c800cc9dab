#include "geo/query/features/aggregate.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/query/features/selector.h"

namespace obnova::geo {
namespace {

// Outlines with more vertices are prepared, so that a point is found among them
// without looking at each.
constexpr std::size_t kSmallOutline = 64;

Result<std::vector<const Column*>> numeric_columns(const Layer& layer, const std::vector<std::string>& names) {
  std::vector<const Column*> columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Column* column = layer.column(names[i]);
    const bool is_numeric = column != nullptr && (column->type() == FieldType::kInt || column->type() == FieldType::kDouble);
    if (!is_numeric) {
      const std::string_view problem = column == nullptr ? "does not exist" : "is not a number";
      return failure(ErrorCode::kInvalidArgument, fmt::format("The attribute `{}` of the layer `{}` {}.", names[i], layer.id(), problem),
                     fmt::format("sum_fields[{}]", i));
    }
    columns.push_back(column);
  }
  return columns;
}

void add(Aggregate& aggregate, const std::vector<const Column*>& columns, FeatureId feature) {
  ++aggregate.count;
  for (std::size_t i = 0; i < columns.size(); ++i) aggregate.sums[i] += columns[i]->number_at(feature).value_or(0);
}

}  // namespace

struct AreaLocator::Outlines {
  // By row; nullopt where the outline is short.
  std::vector<std::optional<PreparedShape>> prepared;
};

AreaLocator::AreaLocator(const IndexedLayer& areas, std::unique_ptr<const Outlines> outlines)
    : areas_(&areas), outlines_(std::move(outlines)) {}
AreaLocator::~AreaLocator() = default;
AreaLocator::AreaLocator(AreaLocator&&) noexcept = default;
AreaLocator& AreaLocator::operator=(AreaLocator&&) noexcept = default;

Result<AreaLocator> AreaLocator::make(const IndexedLayer& areas) {
  const Layer& layer = *areas.layer;
  auto outlines = std::make_unique<Outlines>();
  outlines->prepared.resize(layer.row_count());
  for (const FeatureId area : layer.features()) {
    const GeometryView shape = layer.geometry(area);
    if (shape.kind == GeometryKind::kNone) continue;
    if (dimension(shape.kind) != 2) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The feature `{}` of the layer `{}` is not an area.", layer.feature_name(area), layer.id()));
    }
    if (shape.points.size() <= kSmallOutline) continue;
    Result<PreparedShape> prepared = PreparedShape::make(shape);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    outlines->prepared[area.index] = *std::move(prepared);
  }
  return AreaLocator(areas, std::move(outlines));
}

std::optional<FeatureId> AreaLocator::area_at(Point place) const {
  std::optional<FeatureId> least;
  Box box;
  box.add(place);
  areas_->index->visit_window(box, [&](FeatureId area) {
    if (least && *least < area) return true;
    const std::optional<PreparedShape>& prepared = outlines_->prepared[area.index];
    if (prepared ? prepared->covers(place) : covers(areas_->layer->geometry(area), place)) least = area;
    return true;
  });
  return least;
}

Result<AggregateByArea> aggregate_by_area(const City& city, const Selection& selection, const ToPlane& to_plane,
                                          const std::string& areas_layer, const std::vector<std::string>& sum_fields,
                                          const Limits& limits) {
  const Result<const IndexedLayer*> areas = city.layer(areas_layer);
  if (!areas) return std::unexpected(areas.error());
  const Result<AreaLocator> locator = AreaLocator::make(**areas);
  if (!locator) return std::unexpected(locator.error());
  const Result<Selector> selector = Selector::make(city, selection, to_plane);
  if (!selector) return std::unexpected(selector.error());
  const Layer& layer = selector->layer();
  const Result<std::vector<const Column*>> columns = numeric_columns(layer, sum_fields);
  if (!columns) return std::unexpected(columns.error());

  const Aggregate nothing{.count = 0, .sums = std::vector<double>(columns->size(), 0.0)};
  AggregateByArea result{.areas = std::vector<Aggregate>((*areas)->layer->row_count(), nothing), .outside = nothing, .total = nothing};
  const Result<void> visited = selector->visit({}, limits, [&](FeatureId feature) {
    const GeometryView shape = layer.geometry(feature);
    const auto area = shape.empty() ? std::nullopt : locator->area_at(interior_point(shape));
    add(area ? result.areas[area->index] : result.outside, *columns, feature);
    add(result.total, *columns, feature);
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return result;
}

}  // namespace obnova::geo
