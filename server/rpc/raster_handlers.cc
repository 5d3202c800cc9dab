#include "server/rpc/raster_handlers.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/query/features/aggregate_raster.h"
#include "server/convert/geometry.h"
#include "server/convert/provenance.h"
#include "server/convert/raster.h"
#include "server/convert/selection.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxLayerAreas = 50'000;
constexpr int kMaxGivenAreas = 1'000;
constexpr std::size_t kMaxPlaces = 10'000;

// The areas of a question: those of a layer, or given ones.
struct AskedAreas {
  std::vector<Geometry> given;  // What `shapes` look at, unless it is a layer.
  std::vector<GeometryView> shapes;
  std::vector<std::string> names;
  std::vector<std::string> titles;
};

Result<AskedAreas> areas_of_layer(const v1::AggregateRasterRequest& request, const Snapshot& snapshot, const Limits& limits) {
  const auto indexed = find_layer(snapshot, request.areas_layer(), "areas_layer");
  if (!indexed) return std::unexpected(indexed.error());
  const auto features = select_filtered(snapshot, request.areas_layer(), request.areas_filter(), "areas_filter", limits);
  if (!features) return std::unexpected(features.error());
  if (features->size() > kMaxLayerAreas) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("The layer `{}` has {} areas, at most {} are summed at once: filter them.", request.areas_layer(),
                               features->size(), kMaxLayerAreas),
                   "areas_layer");
  }
  AskedAreas areas;
  const geo::Layer& layer = *(*indexed)->layer;
  for (const FeatureId feature : *features) {
    areas.shapes.push_back(layer.geometry(feature));
    areas.names.emplace_back(layer.feature_name(feature));
    areas.titles.emplace_back(layer.title_of(feature));
    if (dimension(areas.shapes.back().kind) == 2) continue;
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The feature `{}` of layer `{}` is no area.", areas.names.back(), request.areas_layer()), "areas_layer");
  }
  return areas;
}

Result<AskedAreas> given_areas(const v1::AggregateRasterRequest& request, const Snapshot& snapshot) {
  if (request.areas_size() < 1 || request.areas_size() > kMaxGivenAreas) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("A layer of areas or 1 to {} areas are required, {} are given.", kMaxGivenAreas, request.areas_size()),
                   "areas");
  }
  AskedAreas areas;
  for (int i = 0; i < request.areas_size(); ++i) {
    auto area = to_plane(request.areas(i), *snapshot.projection, ShapeKind::kArea, fmt::format("areas[{}]", i));
    if (!area) return std::unexpected(area.error());
    areas.given.push_back(std::move(*area));
    areas.names.push_back(std::to_string(i));
    areas.titles.emplace_back();
  }
  for (const Geometry& area : areas.given) areas.shapes.push_back(area.view());
  return areas;
}

Result<AskedAreas> to_areas(const v1::AggregateRasterRequest& request, const Snapshot& snapshot, const Limits& limits) {
  if (request.areas_layer().empty()) return given_areas(request, snapshot);
  if (request.areas_size() > 0) {
    return failure(ErrorCode::kInvalidArgument, "Both a layer of areas and areas are given: one of them is enough.", "areas");
  }
  return areas_of_layer(request, snapshot, limits);
}

void fill(const geo::ZonalStatistics& statistics, v1::RasterAggregate& message) {
  message.set_cell_count(statistics.count);
  message.set_sum(statistics.sum);
  if (statistics.mean()) message.set_mean(*statistics.mean());
  if (statistics.min) message.set_min(*statistics.min);
  if (statistics.max) message.set_max(*statistics.max);
}

Result<geo::Sampling> to_sampling(v1::RasterSampling sampling, geo::RasterTheme theme) {
  switch (sampling) {
    case v1::RASTER_SAMPLING_UNSPECIFIED:
      return theme == geo::RasterTheme::kTerrain || theme == geo::RasterTheme::kSurface ? geo::Sampling::kBilinear
                                                                                        : geo::Sampling::kNearest;
    case v1::RASTER_SAMPLING_NEAREST:
      return geo::Sampling::kNearest;
    case v1::RASTER_SAMPLING_BILINEAR:
      return geo::Sampling::kBilinear;
    default:
      return failure(ErrorCode::kInvalidArgument, "The way of sampling is unknown.", "sampling");
  }
}

}  // namespace

Result<v1::AggregateRasterResponse> aggregate_raster(const Twin& twin, const Call& call, const v1::AggregateRasterRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto raster = find_raster(**snapshot, request.layer(), "layer");
  if (!raster) return std::unexpected(raster.error());
  const auto areas = to_areas(request, **snapshot, call.limits());
  if (!areas) return std::unexpected(areas.error());
  const auto summed = geo::aggregate_raster(**raster, areas->shapes, call.limits());
  if (!summed) return std::unexpected(summed.error());

  v1::AggregateRasterResponse answer;
  for (std::size_t i = 0; i < areas->shapes.size(); ++i) {
    v1::RasterAggregate& message = *answer.add_areas();
    message.set_area(areas->names[i]);
    message.set_title(areas->titles[i]);
    fill(summed->areas[i], message);
    message.set_covered_share(summed->areas[i].known_share());
  }
  fill(summed->outside, *answer.mutable_outside());
  fill(summed->total, *answer.mutable_total());
  answer.mutable_total()->set_covered_share(summed->total.known_share());
  answer.set_unit((*raster)->description().unit);
  Sources sources(**snapshot);
  sources.use(request.layer());
  if (!request.areas_layer().empty()) sources.use(request.areas_layer());
  *answer.mutable_provenance() = sources.provenance();
  return answer;
}

Result<v1::SampleRasterResponse> sample_raster(const Twin& twin, const Call&, const v1::SampleRasterRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto raster = find_raster(**snapshot, request.layer(), "layer");
  if (!raster) return std::unexpected(raster.error());
  const auto places = to_plane(request.places(), {1, kMaxPlaces}, *(*snapshot)->projection, "places");
  if (!places) return std::unexpected(places.error());
  const auto sampling = to_sampling(request.sampling(), (*raster)->description().theme);
  if (!sampling) return std::unexpected(sampling.error());
  const auto values = (*raster)->sample(*places, *sampling);
  if (!values) return std::unexpected(with_field(values.error(), "places"));

  v1::SampleRasterResponse answer;
  for (std::size_t i = 0; i < values->size(); ++i) {
    v1::RasterSample& sample = *answer.add_samples();
    *sample.mutable_place() = place_at(request.places(), i);
    if ((*values)[i]) sample.set_value(*(*values)[i]);
  }
  answer.set_unit((*raster)->description().unit);
  Sources sources(**snapshot);
  sources.use(request.layer());
  *answer.mutable_provenance() = sources.provenance();
  return answer;
}

}  // namespace obnova::server
