#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/query/features/select.h"
#include "server/convert/feature_batch.h"
#include "server/convert/geometry.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/rpc/feature_handlers.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxWindows = 10'000;
// Clients refuse messages of 4 MiB; some room is left for the provenance.
constexpr std::size_t kMaxAnswerBytes = 4'000'000;
constexpr int kDegreesCode = 4326;
// What meets a window lies all over a layer: so many features ahead are on
// their way from memory while one is written.
constexpr std::size_t kAhead = 16;

std::unexpected<Error> too_long() {
  return failure(ErrorCode::kLimitExceeded,
                 fmt::format("The answer is longer than {} bytes: ask for fewer windows, or for less of them.", kMaxAnswerBytes));
}

Result<v1::WindowDetail> detail_of(const v1::FindFeaturesInWindowsRequest& request) {
  if (request.detail() == v1::WINDOW_DETAIL_UNSPECIFIED) return v1::WINDOW_DETAIL_NUMBERS;
  if (v1::WindowDetail_IsValid(request.detail())) return request.detail();
  return failure(ErrorCode::kInvalidArgument, fmt::format("The detail {} is unknown.", static_cast<int>(request.detail())), "detail");
}

Result<std::vector<Geometry>> windows_of(const v1::FindFeaturesInWindowsRequest& request, const geo::Layer& layer,
                                         const Snapshot& snapshot) {
  const auto number_count = static_cast<std::size_t>(request.windows_deg_size());
  if (number_count % 4 != 0 || number_count == 0 || number_count / 4 > kMaxWindows) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The windows have {} numbers, not four each for 1 to {} windows.", number_count, kMaxWindows),
                   "windows_deg");
  }
  return to_plane(std::span(request.windows_deg().data(), number_count), layer.extent(), *snapshot.projection, "windows_deg");
}

Result<BatchShape> batch_shape_of(const v1::FindFeaturesInWindowsRequest& request, const geo::Layer& layer, const Snapshot& snapshot) {
  auto shape = to_batch_shape(layer, request.properties(), request.skip_geometry());
  if (!shape) return shape;
  shape->with_ids = false;
  if (request.srid() == 0 || request.srid() == kDegreesCode) return shape;
  const std::string& plane = snapshot.projection->plane_code();
  if (fmt::format("EPSG:{}", request.srid()) != plane) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The srid {} is neither 4326 nor that of the city's plane, {}.", request.srid(), plane), "srid");
  }
  shape->on_plane = true;
  return shape;
}

void add_ids(const geo::Layer& layer, std::span<const FeatureId> features, v1::FindFeaturesInWindowsResponse& answer) {
  std::vector<std::string_view> ids;
  ids.reserve(features.size());
  std::size_t byte_count = 0;
  for (const FeatureId feature : features) byte_count += ids.emplace_back(layer.feature_name(feature)).size();
  answer.mutable_ids()->reserve(byte_count);
  answer.mutable_id_sizes()->Reserve(static_cast<int>(features.size()));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + kAhead < ids.size()) __builtin_prefetch(ids[i + kAhead].data());
    answer.mutable_ids()->append(ids[i]);
    answer.add_id_sizes(static_cast<std::uint32_t>(ids[i].size()));
  }
}

Result<void> add_features(const Snapshot& snapshot, const geo::Layer& layer, const BatchShape& shape, std::span<const FeatureId> features,
                          v1::FindFeaturesInWindowsResponse& answer) {
  Degrees degrees(*snapshot.projection);
  BatchWriter batch(snapshot, layer, shape);
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (i + kAhead < features.size()) __builtin_prefetch(layer.geometry(features[i + kAhead]).points.data());
    batch.add(features[i], degrees);
    if (batch.byte_count() > kMaxAnswerBytes) return too_long();
  }
  *answer.mutable_features() = batch.take();
  const auto checked = degrees.checked(true);
  if (!checked) return std::unexpected(checked.error());
  return {};
}

// What every question about windows begins with.
struct Asked {
  std::shared_ptr<const Snapshot> snapshot;
  const geo::Layer* layer = nullptr;
  v1::WindowDetail detail = v1::WINDOW_DETAIL_NUMBERS;
  BatchShape shape;
  geo::Selection selection;
  std::vector<Geometry> windows;
};

Result<Asked> ask(const Twin& twin, const v1::FindFeaturesInWindowsRequest& request) {
  auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto detail = detail_of(request);
  if (!detail) return std::unexpected(detail.error());
  v1::FeatureSelection wanted;
  wanted.set_layer(request.layer());
  wanted.set_filter(request.filter());
  auto selection = to_selection(wanted, **snapshot, "");
  if (!selection) return std::unexpected(selection.error());
  const geo::Layer& layer = *(*snapshot)->city->layers().find(request.layer())->second.layer;
  auto shape = batch_shape_of(request, layer, **snapshot);
  if (!shape) return std::unexpected(shape.error());
  auto windows = windows_of(request, layer, **snapshot);
  if (!windows) return std::unexpected(windows.error());
  return Asked{.snapshot = std::move(*snapshot),
               .layer = &layer,
               .detail = *detail,
               .shape = std::move(*shape),
               .selection = std::move(*selection),
               .windows = std::move(*windows)};
}

}  // namespace

Result<v1::FindFeaturesInWindowsResponse> find_features_in_windows(const Twin& twin, const Call& call,
                                                                   const v1::FindFeaturesInWindowsRequest& request) {
  const auto asked = ask(twin, request);
  if (!asked) return std::unexpected(asked.error());
  // A number takes a byte at least.
  const std::size_t most_count = asked->detail == v1::WINDOW_DETAIL_COUNTS ? std::numeric_limits<std::size_t>::max() : kMaxAnswerBytes;
  const auto found = geo::select_by_shape(*asked->snapshot->city, asked->selection, plane_of_degrees(*asked->snapshot->projection),
                                          asked->windows, most_count, call.limits());
  if (!found) return found.error().code == ErrorCode::kLimitExceeded ? too_long() : std::unexpected(found.error());

  v1::FindFeaturesInWindowsResponse answer;
  std::size_t begin = 0;
  for (const std::size_t end : found->ends) answer.add_counts(static_cast<std::int32_t>(end - std::exchange(begin, end)));
  if (asked->detail >= v1::WINDOW_DETAIL_NUMBERS) {
    answer.mutable_numbers()->Reserve(static_cast<int>(found->features.size()));
    for (const FeatureId feature : found->features) answer.add_numbers(feature.index + 1);
  }
  if (asked->detail >= v1::WINDOW_DETAIL_IDS) add_ids(*asked->layer, found->features, answer);
  if (asked->detail >= v1::WINDOW_DETAIL_FEATURES) {
    const auto added = add_features(*asked->snapshot, *asked->layer, asked->shape, found->features, answer);
    if (!added) return std::unexpected(added.error());
  }
  if (answer.ByteSizeLong() > kMaxAnswerBytes) return too_long();
  Sources sources(*asked->snapshot);
  sources.use(asked->layer->id());
  *answer.mutable_provenance() = sources.provenance();
  return answer;
}

}  // namespace obnova::server
