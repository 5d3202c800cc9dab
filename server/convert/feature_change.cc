#include "server/convert/feature_change.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "server/convert/attribute_value.h"
#include "server/convert/feature_batch.h"
#include "geo/city/road_joints.h"
#include "server/convert/geometry.h"
#include "server/convert/selection.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxIdBytes = 256;

using Attributes = google::protobuf::Map<std::string, v1::AttributeValue>;

Result<std::vector<std::pair<std::size_t, geo::Value>>> to_values(const Attributes& attributes, const geo::Layer& layer,
                                                                  const std::string& field) {
  const std::map<std::string, const v1::AttributeValue*> by_name = [&] {
    std::map<std::string, const v1::AttributeValue*> sorted;  // So that the first error is always the same.
    for (const auto& [name, value] : attributes) sorted.emplace(name, &value);
    return sorted;
  }();
  std::vector<std::pair<std::size_t, geo::Value>> values;
  for (const auto& [name, given] : by_name) {
    const std::string path = fmt::format("{}.attributes[{}]", field, name);
    const auto index = field_index(layer, name, path);
    if (!index) return std::unexpected(index.error());
    auto value = to_value(*given, layer.fields()[*index], path);
    if (!value) return std::unexpected(value.error());
    values.emplace_back(*index, std::move(*value));
  }
  return values;
}

Result<Period> to_period(const v1::FeatureChange& change, const std::string& field) {
  Period period;
  if (change.has_valid_from()) {
    const auto from = to_instant(change.valid_from(), field + ".valid_from");
    if (!from) return std::unexpected(from.error());
    period.from = *from;
  }
  if (change.has_valid_to()) {
    const auto to = to_instant(change.valid_to(), field + ".valid_to");
    if (!to) return std::unexpected(to.error());
    period.to = *to;
  }
  if (period.empty()) return failure(ErrorCode::kInvalidArgument, "The time ends before it begins.", field + ".valid_to");
  return period;
}

Result<FactChange::Put> to_put(const v1::FeatureContent& content, const geo::Layer& layer, const Snapshot& snapshot,
                               const std::string& field) {
  FactChange::Put put;
  put.content.values.resize(layer.fields().size());
  auto values = to_values(content.attributes(), layer, field);
  if (!values) return std::unexpected(values.error());
  for (auto& [index, value] : *values) put.content.values[index] = std::move(value);
  if (!content.has_geometry()) return put;
  auto geometry = to_plane(content.geometry(), *snapshot.projection, ShapeKind::kAny, field + ".geometry");
  if (!geometry) return std::unexpected(geometry.error());
  put.content.geometry = std::move(*geometry);
  return put;
}

Result<FactChange::Set> to_set(const v1::FeatureUpdate& update, const geo::Layer& layer, const Snapshot& snapshot,
                               const std::string& field) {
  FactChange::Set set;
  auto values = to_values(update.attributes(), layer, field);
  if (!values) return std::unexpected(values.error());
  set.values = std::move(*values);
  if (!update.has_geometry()) return set;
  auto geometry = to_plane(update.geometry(), *snapshot.projection, ShapeKind::kAny, field + ".geometry");
  if (!geometry) return std::unexpected(geometry.error());
  set.geometry = std::move(*geometry);
  return set;
}

Result<FactChange> to_change(const v1::FeatureChange& change, const Snapshot& snapshot, const std::string& field) {
  const auto indexed = find_layer(snapshot, change.layer(), field + ".layer");
  if (!indexed) return std::unexpected(indexed.error());
  if (change.feature().empty() || change.feature().size() > kMaxIdBytes) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The id of a feature has 1 to {} bytes.", kMaxIdBytes), field + ".feature");
  }
  if (std::ranges::any_of(change.feature(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; })) {
    return failure(ErrorCode::kInvalidArgument, "The id of a feature has no control characters.", field + ".feature");
  }
  const auto period = to_period(change, field);
  if (!period) return std::unexpected(period.error());
  FactChange result{.layer = change.layer(), .feature = change.feature(), .valid = *period, .what = FactChange::Remove{}};
  const geo::Layer& layer = *(*indexed)->layer;
  switch (change.change_case()) {
    case v1::FeatureChange::kPut: {
      auto put = to_put(change.put(), layer, snapshot, field + ".put");
      if (!put) return std::unexpected(put.error());
      if (layer.description().theme == geo::Theme::kRoads) {
        put->content.geometry = geo::joined_to_roads(std::move(put->content.geometry), **indexed);
      }
      result.what = std::move(*put);
      return result;
    }
    case v1::FeatureChange::kSet: {
      auto set = to_set(change.set(), layer, snapshot, field + ".set");
      if (!set) return std::unexpected(set.error());
      if (set->geometry && layer.description().theme == geo::Theme::kRoads) {
        set->geometry = geo::joined_to_roads(std::move(*set->geometry), **indexed);
      }
      result.what = std::move(*set);
      return result;
    }
    case v1::FeatureChange::kRemove:
      return result;
    case v1::FeatureChange::CHANGE_NOT_SET:
      break;
  }
  return failure(ErrorCode::kInvalidArgument, "A change is one of `put`, `set` and `remove`.", field + ".change");
}

}  // namespace

Result<std::vector<FactChange>> to_changes(const v1::ApplyChangesRequest& request, const Snapshot& snapshot) {
  std::vector<FactChange> changes;
  for (int i = 0; i < request.changes_size(); ++i) {
    auto change = to_change(request.changes(i), snapshot, fmt::format("changes[{}]", i));
    if (!change) return std::unexpected(change.error());
    changes.push_back(std::move(*change));
  }
  return changes;
}

}  // namespace obnova::server
