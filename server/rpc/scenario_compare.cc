#include <utility>

#include <fmt/format.h>

#include "geo/query/coverage/demand.h"
#include "geo/query/routing/travel.h"
#include "server/convert/demand.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/convert/travel.h"
#include "server/rpc/catalog_messages.h"
#include "server/rpc/coverage_handlers.h"
#include "server/rpc/feature_handlers.h"
#include "server/rpc/routing_handlers.h"
#include "server/rpc/scenario_handlers.h"

namespace obnova::server {
namespace {

constexpr int kMaxIndicators = 100;

struct Quantity {
  std::string name;
  std::string unit;
  std::optional<double> value;
};

// An indicator in one context.
struct Side {
  std::vector<Quantity> quantities;
  v1::Provenance provenance;
};

// One of the two contexts, held to the revision in which the comparison began.
struct Question {
  const Twin& twin;
  const Call& call;
  const v1::Context& context;
  const Snapshot& snapshot;
};

Result<Side> feature_count(const Question& question, const v1::FeatureSelection& selection) {
  v1::CountFeaturesRequest request;
  *request.mutable_context() = question.context;
  *request.mutable_selection() = selection;
  auto answer = count_features(question.twin, question.call, request);
  if (!answer) return std::unexpected(answer.error());
  return Side{{{"features", "features", static_cast<double>(answer->count())}}, std::move(*answer->mutable_provenance())};
}

Result<Side> theme_count(const Question& question, v1::Theme theme) {
  if (theme == v1::THEME_UNSPECIFIED || !v1::Theme_IsValid(theme)) {
    return failure(ErrorCode::kInvalidArgument, "The theme is missing or unknown.", "theme_count");
  }
  Sources sources(question.snapshot);
  double count = 0;
  for (const geo::IndexedLayer* indexed : question.snapshot.city->layers_of(static_cast<geo::Theme>(theme))) {
    sources.use(indexed->layer->id());
    count += static_cast<double>(indexed->layer->feature_count());
  }
  return Side{{{"features", "features", count}}, sources.provenance()};
}

Result<Side> road_length(const Question& question, const v1::TravelOptions& options) {
  const auto network = to_network(options, question.snapshot, "road_length", question.call.limits());
  if (!network) return std::unexpected(network.error());
  const geo::RoadGraph& graph = network->graph();
  const geo::Metric& metric = network->open_metric();
  double open_m = 0;
  double closed_m = 0;
  for (std::uint32_t i = 0; i < graph.edge_count(); ++i) {
    const geo::EdgeId edge{i};
    bool is_open = false;
    bool is_closed = false;
    for (const bool forward : {true, false}) {
      const geo::Passage passage = metric.passage(graph.arc_of(edge, forward));
      is_open |= passage == geo::Passage::kOpen || passage == geo::Passage::kTurn;
      is_closed |= passage == geo::Passage::kDamaged || passage == geo::Passage::kTooNarrow;
    }
    if (is_open) open_m += graph.edge(edge).length_m;
    if (!is_open && is_closed) closed_m += graph.edge(edge).length_m;
  }
  Sources sources(question.snapshot);
  sources.use_roads();
  return Side{{{"open_length", "m", open_m}, {"closed_length", "m", closed_m}}, sources.provenance()};
}

Result<Side> coverage(const Question& question, const v1::CoverageIndicator& asked) {
  v1::ComputeCoverageRequest request;
  *request.mutable_context() = question.context;
  request.set_facilities_layer(asked.facilities_layer());
  request.set_facilities_filter(asked.facilities_filter());
  *request.mutable_standard() = asked.standard();
  *request.mutable_demand() = asked.demand();
  request.set_direction(asked.direction());
  *request.mutable_options() = asked.options();
  request.set_max_cluster_count(1);
  auto answer = compute_coverage(question.twin, question.call, request);
  if (!answer) return failure(answer.error().code, answer.error().message, "coverage." + answer.error().field);
  const v1::PeopleCount& people = answer->total();
  return Side{{{"covered", "people", people.covered()},
               {"uncovered", "people", people.uncovered()},
               {"unreachable", "people", people.unreachable()},
               {"unassessed", "people", people.unassessed()}},
              std::move(*answer->mutable_provenance())};
}

Result<Side> route(const Question& question, const v1::RouteIndicator& asked) {
  v1::ComputeRouteRequest request;
  *request.mutable_context() = question.context;
  *request.mutable_places() = asked.places();
  *request.mutable_options() = asked.options();
  auto answer = compute_route(question.twin, question.call, request);
  if (!answer) return failure(answer.error().code, answer.error().message, "route." + answer.error().field);
  const auto when_there = [&](double value) { return answer->has_route() ? std::optional(value) : std::nullopt; };
  return Side{{{"duration", "s", when_there(answer->route().duration_s())}, {"distance", "m", when_there(answer->route().distance_m())}},
              std::move(*answer->mutable_provenance())};
}

Result<Side> residents(const Question& question, const v1::Demand& demand) {
  const auto places = to_demand(demand, question.snapshot, "residents", question.call.limits());
  if (!places) return std::unexpected(places.error());
  double people = 0;
  for (const geo::DemandPlace& place : *places) people += place.people;
  Sources sources(question.snapshot);
  sources.use(demand.layer());
  return Side{{{"residents", "people", people}}, sources.provenance()};
}

Result<Side> facility_capacity(const Question& question, const v1::FeatureSelection& selection) {
  const auto indexed = find_layer(question.snapshot, selection.layer(), "facility_capacity.layer");
  if (!indexed) return std::unexpected(indexed.error());
  const auto asked = to_selection(selection, question.snapshot, "facility_capacity");
  if (!asked) return std::unexpected(asked.error());
  const auto features =
      geo::select_all(*question.snapshot.city, *asked, plane_of_degrees(*question.snapshot.projection), question.call.limits());
  if (!features) return std::unexpected(features.error());
  const geo::Layer& layer = *(*indexed)->layer;
  const geo::Column* capacity = layer.column("capacity");
  const geo::Column* usable = layer.column("usable");
  if (capacity == nullptr) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` has no attribute `capacity`.", selection.layer()),
                   "facility_capacity.layer");
  }
  double places = 0;
  for (const FeatureId feature : *features) {
    const bool is_unusable =
        usable != nullptr && usable->type() == geo::FieldType::kBool && !usable->is_null(feature) && !usable->bool_at(feature);
    if (!is_unusable) places += capacity->number_at(feature).value_or(0);
  }
  Sources sources(question.snapshot);
  sources.use(selection.layer());
  return Side{{{"capacity", "places", places}}, sources.provenance()};
}

Result<Side> answer_of(const Question& question, const v1::Indicator& indicator) {
  switch (indicator.indicator_case()) {
    case v1::Indicator::kFeatureCount:
      return feature_count(question, indicator.feature_count());
    case v1::Indicator::kThemeCount:
      return theme_count(question, indicator.theme_count());
    case v1::Indicator::kRoadLength:
      return road_length(question, indicator.road_length());
    case v1::Indicator::kCoverage:
      return coverage(question, indicator.coverage());
    case v1::Indicator::kRoute:
      return route(question, indicator.route());
    case v1::Indicator::kResidents:
      return residents(question, indicator.residents());
    case v1::Indicator::kFacilityCapacity:
      return facility_capacity(question, indicator.facility_capacity());
    case v1::Indicator::INDICATOR_NOT_SET:
      break;
  }
  return failure(ErrorCode::kInvalidArgument, "An indicator says what is computed.", "indicator");
}

v1::IndicatorComparison side_by_side(const v1::Indicator& indicator, Side a, Side b) {
  v1::IndicatorComparison comparison;
  comparison.set_title(indicator.title());
  for (std::size_t i = 0; i < a.quantities.size(); ++i) {
    v1::QuantityComparison& quantity = *comparison.add_quantities();
    const auto& value_a = a.quantities[i].value;
    const auto& value_b = b.quantities[i].value;
    quantity.set_quantity(a.quantities[i].name);
    quantity.set_unit(a.quantities[i].unit);
    if (value_a) quantity.set_value_a(*value_a);
    if (value_b) quantity.set_value_b(*value_b);
    if (value_a && value_b) quantity.set_difference(*value_b - *value_a);
  }
  *comparison.mutable_provenance_a() = std::move(a.provenance);
  *comparison.mutable_provenance_b() = std::move(b.provenance);
  return comparison;
}

// The same context whatever is changed meanwhile.
v1::Context held(v1::Context context, const Snapshot& snapshot) {
  if (!context.has_known_at()) context.set_revision(snapshot.record.revision);
  return context;
}

Error named(Error error, const std::string& field) {
  error.field = error.field.empty() ? field : field + "." + error.field;
  return error;
}

Result<std::shared_ptr<const Snapshot>> side(const Twin& twin, const v1::Context& context, const char* field) {
  auto snapshot = twin.resolve(context);
  if (snapshot || !snapshot.error().field.starts_with("context")) return snapshot;
  return failure(snapshot.error().code, snapshot.error().message,
                 field + snapshot.error().field.substr(std::string_view("context").size()));
}

}  // namespace

Result<v1::CompareContextsResponse> compare_contexts(const Twin& twin, const Call& call, const v1::CompareContextsRequest& request) {
  if (request.indicators().empty() || request.indicators_size() > kMaxIndicators) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("A request has 1 to {} indicators, got {}.", kMaxIndicators, request.indicators_size()), "indicators");
  }
  const auto snapshot_a = side(twin, request.context_a(), "context_a");
  if (!snapshot_a) return std::unexpected(snapshot_a.error());
  const auto snapshot_b = side(twin, request.context_b(), "context_b");
  if (!snapshot_b) return std::unexpected(snapshot_b.error());
  const v1::Context context_a = held(request.context_a(), **snapshot_a);
  const v1::Context context_b = held(request.context_b(), **snapshot_b);
  v1::CompareContextsResponse response;
  for (int i = 0; i < request.indicators_size(); ++i) {
    const v1::Indicator& indicator = request.indicators(i);
    const std::string field = fmt::format("indicators[{}]", i);
    const auto checked = check_words(indicator.title(), field + ".title");
    if (!checked) return std::unexpected(checked.error());
    auto a = answer_of({twin, call, context_a, **snapshot_a}, indicator);
    if (!a) return std::unexpected(named(a.error(), field));
    auto b = answer_of({twin, call, context_b, **snapshot_b}, indicator);
    if (!b) return std::unexpected(named(b.error(), field));
    *response.add_comparisons() = side_by_side(indicator, std::move(*a), std::move(*b));
  }
  return response;
}

}  // namespace obnova::server
