#include <algorithm>
#include <map>

#include "server/convert/feature_batch.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/rpc/catalog_handlers.h"
#include "server/rpc/catalog_messages.h"
#include "server/rpc/raster_messages.h"

namespace obnova::server {
namespace {

constexpr std::size_t kTopCount = 10;
constexpr std::uint32_t kRowsBetweenPolls = 4096;

// How often each value stands in a column, by value. Nulls are counted apart.
struct Tally {
  std::map<geo::Value, std::int64_t> counts;
  std::int64_t null_count = 0;
};

Result<Tally> tally_texts(const geo::Layer& layer, const geo::Column& column, const Limits& limits) {
  Tally tally;
  std::vector<std::int64_t> by_code(column.text_count());
  std::uint32_t looked_at_count = 0;
  for (const FeatureId feature : layer.features()) {
    if (looked_at_count++ % kRowsBetweenPolls == 0 && limits.stopped())
      return failure(ErrorCode::kCancelled, "The call ended before the layer was described.");
    if (column.is_null(feature)) {
      ++tally.null_count;
    } else {
      ++by_code[column.text_code_at(feature)];
    }
  }
  for (std::uint32_t code = 0; code < by_code.size(); ++code) {
    if (by_code[code] > 0) tally.counts.emplace(geo::Value(std::string(column.text(code))), by_code[code]);
  }
  return tally;
}

Result<Tally> tally_numbers(const geo::Layer& layer, const geo::Column& column, const Limits& limits) {
  Tally tally;
  std::uint32_t looked_at_count = 0;
  for (const FeatureId feature : layer.features()) {
    if (looked_at_count++ % kRowsBetweenPolls == 0 && limits.stopped())
      return failure(ErrorCode::kCancelled, "The call ended before the layer was described.");
    if (column.is_null(feature)) {
      ++tally.null_count;
    } else {
      ++tally.counts[column.value_at(feature)];
    }
  }
  return tally;
}

v1::FieldSummary to_summary(const geo::Field& field, const Tally& tally) {
  v1::FieldSummary summary;
  summary.mutable_field()->set_name(field.name);
  summary.mutable_field()->set_type(to_proto(field.type));
  summary.set_null_count(tally.null_count);
  summary.set_distinct_count(static_cast<std::int64_t>(tally.counts.size()));
  if (tally.counts.empty()) return summary;
  *summary.mutable_min() = to_proto(tally.counts.begin()->first);
  *summary.mutable_max() = to_proto(tally.counts.rbegin()->first);
  std::vector<std::pair<geo::Value, std::int64_t>> top(std::min(kTopCount, tally.counts.size()));
  std::partial_sort_copy(tally.counts.begin(), tally.counts.end(), top.begin(), top.end(),
                         [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  for (const auto& [value, count] : top) {
    v1::ValueCount& told = *summary.add_top();
    *told.mutable_value() = to_proto(value);
    told.set_count(count);
  }
  return summary;
}

}  // namespace

Result<v1::DescribeLayerResponse> describe_layer(const Twin& twin, const Call& call, const v1::DescribeLayerRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  if ((*snapshot)->raster_records.contains(request.layer())) return describe_raster(**snapshot, request.layer(), call.limits());
  const auto indexed = find_layer(**snapshot, request.layer(), "layer");
  if (!indexed) return std::unexpected(indexed.error());
  const geo::Layer& layer = *(*indexed)->layer;
  auto message = to_layer_message(**snapshot, request.layer());
  if (!message) return std::unexpected(message.error());

  v1::DescribeLayerResponse response;
  *response.mutable_layer() = std::move(*message);
  for (std::size_t i = 0; i < layer.fields().size(); ++i) {
    const geo::Column& column = layer.column(i);
    const bool is_text = column.type() == geo::FieldType::kString;
    const auto tally = is_text ? tally_texts(layer, column, call.limits()) : tally_numbers(layer, column, call.limits());
    if (!tally) return std::unexpected(tally.error());
    *response.add_fields() = to_summary(layer.fields()[i], *tally);
  }
  const std::string& report = (*snapshot)->layer_records.find(request.layer())->second.import_report;
  if (!report.empty()) response.mutable_import_report()->ParseFromString(report);
  Sources sources(**snapshot);
  sources.use_with_area(request.layer());
  *response.mutable_provenance() = sources.provenance();
  return response;
}

}  // namespace obnova::server
