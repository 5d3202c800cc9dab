#include "server/rpc/feature_handlers.h"

#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/query/features/aggregate.h"
#include "geo/query/features/nearest.h"
#include "geo/query/features/select.h"
#include "server/convert/feature_batch.h"
#include "server/convert/geometry.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxPageBytes = std::size_t{2} << 20;
constexpr std::size_t kBatchBytes = std::size_t{256} << 10;
constexpr std::size_t kMaxPlaces = 10'000;
constexpr std::size_t kMaxNeighbors = 1'000'000;

// What every question about a selection begins with.
struct Asked {
  std::shared_ptr<const Snapshot> snapshot;
  geo::Selection selection;
  geo::ToPlane to_plane;
  const geo::Layer* layer = nullptr;

  v1::Provenance provenance() const {
    Sources sources(*snapshot);
    sources.use(selection.layer);
    return sources.provenance();
  }
};

Result<Asked> ask(const Twin& twin, const v1::Context& context, const v1::FeatureSelection& selection) {
  auto snapshot = twin.resolve(context);
  if (!snapshot) return std::unexpected(snapshot.error());
  auto wanted = to_selection(selection, **snapshot, "selection");
  if (!wanted) return std::unexpected(wanted.error());
  Asked asked;
  asked.layer = (*snapshot)->city->layers().find(wanted->layer)->second.layer.get();
  asked.to_plane = plane_of_degrees(*(*snapshot)->projection);
  asked.snapshot = std::move(*snapshot);
  asked.selection = std::move(*wanted);
  return asked;
}

// Without `degrees`, nearest places are left out.
void fill(const geo::Layer& layer, std::span<const geo::NearestFeature> neighbors, Degrees* degrees, v1::NearestFeatures& row) {
  row.mutable_neighbors()->Reserve(static_cast<int>(neighbors.size()));
  std::vector<Point> nearest_places;
  for (const geo::NearestFeature& neighbor : neighbors) {
    v1::FeatureDistance* message = row.add_neighbors();
    const std::string_view name = layer.feature_name(neighbor.feature);
    message->set_feature(name.data(), name.size());
    message->set_distance_m(neighbor.distance_m);
    nearest_places.push_back(neighbor.nearest_place);
  }
  if (degrees == nullptr) return;
  const std::vector<v1::LngLat> in_degrees = degrees->places(nearest_places);
  for (std::size_t i = 0; i < in_degrees.size(); ++i) *row.mutable_neighbors(static_cast<int>(i))->mutable_nearest_place() = in_degrees[i];
}

}  // namespace

Result<v1::Feature> get_feature(const Twin& twin, const Call&, const v1::GetFeatureRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto found = find_layer(**snapshot, request.layer(), "layer");
  if (!found) return std::unexpected(found.error());
  const geo::Layer& layer = *(*found)->layer;
  if (request.feature().empty()) return failure(ErrorCode::kInvalidArgument, "The id of the feature is missing.", "feature");
  const auto feature = layer.find_feature(request.feature());
  if (!feature) {
    return failure(ErrorCode::kNotFound, fmt::format("The layer `{}` has no feature `{}`.", layer.id(), request.feature()), "feature");
  }
  Degrees degrees(*(*snapshot)->projection);
  std::vector<geo::Value> values;
  for (std::size_t i = 0; i < layer.fields().size(); ++i) values.push_back(layer.column(i).value_at(*feature));
  return degrees.checked(to_proto(**snapshot, layer, request.feature(), layer.geometry(*feature), values, degrees));
}

Result<v1::ListFeaturesResponse> list_features(const Twin& twin, const Call& call, const v1::ListFeaturesRequest& request) {
  const auto asked = ask(twin, request.context(), request.selection());
  if (!asked) return std::unexpected(asked.error());
  const auto page_size = count_or(request.page_size(), 100, 10'000, "page_size");
  if (!page_size) return std::unexpected(page_size.error());
  const auto shape = to_batch_shape(*asked->layer, request.properties(), request.skip_geometry());
  if (!shape) return std::unexpected(shape.error());
  const auto start = page_start(request.page_token(), *asked->snapshot, request.selection());
  if (!start) return std::unexpected(start.error());

  auto page = geo::select_page(*asked->snapshot->city, asked->selection, asked->to_plane, *start, *page_size, call.limits());
  if (!page) return std::unexpected(page.error());
  Degrees degrees(*asked->snapshot->projection);
  BatchWriter batch(*asked->snapshot, *asked->layer, *shape);
  for (const FeatureId feature : page->features) {
    if (batch.byte_count() > kMaxPageBytes) {
      page->next = feature;
      break;
    }
    batch.add(feature, degrees);
  }
  v1::ListFeaturesResponse answer;
  *answer.mutable_batch() = batch.take();
  if (page->next) answer.set_next_page_token(page_token(*asked->snapshot, request.selection(), *page->next));
  *answer.mutable_provenance() = asked->provenance();
  return degrees.checked(std::move(answer));
}

Result<void> stream_features(const Twin& twin, const Call& call, const v1::StreamFeaturesRequest& request,
                             const Writer<v1::StreamFeaturesResponse>& write) {
  const auto asked = ask(twin, request.context(), request.selection());
  if (!asked) return std::unexpected(asked.error());
  const auto shape = to_batch_shape(*asked->layer, request.properties(), request.skip_geometry());
  if (!shape) return std::unexpected(shape.error());
  const auto features = geo::select_all(*asked->snapshot->city, asked->selection, asked->to_plane, call.limits());
  if (!features) return std::unexpected(features.error());

  Degrees degrees(*asked->snapshot->projection);
  BatchWriter batch(*asked->snapshot, *asked->layer, *shape);
  v1::StreamFeaturesResponse message;
  *message.mutable_provenance() = asked->provenance();
  for (std::size_t i = 0; i < features->size(); ++i) {
    batch.add((*features)[i], degrees);
    if (batch.byte_count() < kBatchBytes || i + 1 == features->size()) continue;
    *message.mutable_batch() = batch.take();
    auto checked = degrees.checked(std::exchange(message, {}));
    if (!checked) return std::unexpected(checked.error());
    if (const auto written = write(std::move(*checked)); !written) return written;
  }
  *message.mutable_batch() = batch.take();
  auto checked = degrees.checked(std::move(message));
  if (!checked) return std::unexpected(checked.error());
  return write(std::move(*checked));
}

Result<v1::CountFeaturesResponse> count_features(const Twin& twin, const Call& call, const v1::CountFeaturesRequest& request) {
  const auto asked = ask(twin, request.context(), request.selection());
  if (!asked) return std::unexpected(asked.error());
  const auto count = geo::count_selected(*asked->snapshot->city, asked->selection, asked->to_plane, call.limits());
  if (!count) return std::unexpected(count.error());
  v1::CountFeaturesResponse answer;
  answer.set_count(static_cast<std::int64_t>(*count));
  *answer.mutable_provenance() = asked->provenance();
  return answer;
}

Result<v1::FindNearestFeaturesResponse> find_nearest_features(const Twin& twin, const Call& call,
                                                              const v1::FindNearestFeaturesRequest& request) {
  const auto asked = ask(twin, request.context(), request.selection());
  if (!asked) return std::unexpected(asked.error());
  const auto places = to_plane(request.places(), {1, kMaxPlaces}, *asked->snapshot->projection, "places");
  if (!places) return std::unexpected(places.error());
  const auto k = count_or(request.k(), 1, 1000, "k");
  if (!k) return std::unexpected(k.error());
  if (places->size() * *k > kMaxNeighbors) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} places times {} features are more than {}.", places->size(), *k, kMaxNeighbors), "k");
  }
  const auto distance_m = number_in(request.max_distance_m(), {0, std::numeric_limits<double>::max()}, "max_distance_m");
  if (!distance_m) return std::unexpected(distance_m.error());

  const auto found =
      geo::nearest_features(*asked->snapshot->city, asked->selection, asked->to_plane, *places, *k, *distance_m, call.limits());
  if (!found) return std::unexpected(found.error());
  Degrees degrees(*asked->snapshot->projection);
  v1::FindNearestFeaturesResponse answer;
  for (const std::vector<geo::NearestFeature>& neighbors : *found) {
    fill(*asked->layer, neighbors, request.skip_nearest_places() ? nullptr : &degrees, *answer.add_results());
  }
  *answer.mutable_provenance() = asked->provenance();
  return degrees.checked(std::move(answer));
}

Result<v1::AggregateFeaturesResponse> aggregate_features(const Twin& twin, const Call& call, const v1::AggregateFeaturesRequest& request) {
  const auto asked = ask(twin, request.context(), request.selection());
  if (!asked) return std::unexpected(asked.error());
  const auto areas = find_layer(*asked->snapshot, request.areas_layer(), "areas_layer");
  if (!areas) return std::unexpected(areas.error());
  for (int i = 0; i < request.sum_fields_size(); ++i) {
    const auto known = field_index(*asked->layer, request.sum_fields(i), fmt::format("sum_fields[{}]", i));
    if (!known) return std::unexpected(known.error());
    const geo::FieldType type = asked->layer->fields()[*known].type;
    if (type == geo::FieldType::kInt || type == geo::FieldType::kDouble) continue;
    return failure(ErrorCode::kInvalidArgument, fmt::format("The attribute `{}` is not a number.", request.sum_fields(i)),
                   fmt::format("sum_fields[{}]", i));
  }
  const std::vector<std::string> fields(request.sum_fields().begin(), request.sum_fields().end());
  const auto counted =
      geo::aggregate_by_area(*asked->snapshot->city, asked->selection, asked->to_plane, request.areas_layer(), fields, call.limits());
  if (!counted) return std::unexpected(with_field(counted.error(), "areas_layer"));

  const auto fill = [](const geo::Aggregate& aggregate, v1::AreaAggregate* message) {
    message->set_count(aggregate.count);
    message->mutable_sums()->Add(aggregate.sums.begin(), aggregate.sums.end());
  };
  v1::AggregateFeaturesResponse answer;
  const geo::Layer& area_layer = *(*areas)->layer;
  for (const FeatureId area : area_layer.features()) {
    v1::AreaAggregate* message = answer.add_areas();
    message->set_area(std::string(area_layer.feature_name(area)));
    message->set_title(std::string(area_layer.title_of(area)));
    fill(counted->areas[area.index], message);
  }
  fill(counted->outside, answer.mutable_outside());
  fill(counted->total, answer.mutable_total());
  Sources sources(*asked->snapshot);
  sources.use(asked->selection.layer);
  sources.use(request.areas_layer());
  *answer.mutable_provenance() = sources.provenance();
  return answer;
}

}  // namespace obnova::server
