#include "server/convert/selection.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "geo/base/digest.h"
#include "server/convert/geometry.h"
#include "server/convert/number.h"

namespace obnova::server {
namespace {

std::string digest_of(const Snapshot& snapshot, const v1::FeatureSelection& selection) {
  return Digester().add(snapshot.city->digest().hex()).add(selection.SerializeAsString()).finish().hex();
}

struct Token {
  std::int64_t revision = 0;
  std::string selection;
  std::uint32_t row = 0;
};

// The number before `end_mark`, taken off the text.
template <typename Number>
std::optional<Number> take_number(std::string_view& text, char end_mark) {
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (end_mark == '\0') return text.empty() ? std::optional(number) : std::nullopt;
  if (text.empty() || text.front() != end_mark) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

std::optional<Token> read_token(std::string_view text) {
  constexpr std::size_t kDigestDigits = 32;
  Token token;
  const auto revision = take_number<std::int64_t>(text, '.');
  if (!revision || text.size() <= kDigestDigits || text[kDigestDigits] != '.') return std::nullopt;
  token.revision = *revision;
  token.selection = text.substr(0, kDigestDigits);
  text.remove_prefix(kDigestDigits + 1);
  const auto row = take_number<std::uint32_t>(text, '\0');
  if (!row) return std::nullopt;
  token.row = *row;
  return token;
}

// Reads the filter once before its use, so that what is wrong with it is told
// apart from everything else that can be wrong.
Result<void> read_filter(const std::string& filter, const geo::Layer& layer, const geo::Projection& projection, const std::string& field) {
  if (filter.empty()) return {};
  const auto read = geo::Filter::parse(filter, layer, plane_of_degrees(projection));
  if (!read) return failure(read.error().code, read.error().message, field);
  return {};
}

}  // namespace

Error with_field(Error error, const std::string& field) {
  const bool of_request = error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kNotFound;
  if (of_request && error.field.empty()) error.field = field;
  return error;
}

Result<const geo::IndexedLayer*> find_layer(const Snapshot& snapshot, const std::string& layer, const std::string& field) {
  if (layer.empty()) return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` is missing.", field), field);
  if (snapshot.city->rasters().contains(layer)) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The layer `{}` is a raster and has no features: ask AggregateRaster (`obnova aggregate`) or SampleRaster "
                               "(`obnova sample`).",
                               layer),
                   field);
  }
  auto found = snapshot.city->layer(layer);
  if (!found) return std::unexpected(with_field(found.error(), field));
  return found;
}

Result<geo::Selection> to_selection(const v1::FeatureSelection& selection, const Snapshot& snapshot, const std::string& field) {
  const std::string path = field.empty() ? "" : field + ".";
  const auto layer = find_layer(snapshot, selection.layer(), path + "layer");
  if (!layer) return std::unexpected(layer.error());
  const auto filter_read = read_filter(selection.filter(), *(*layer)->layer, *snapshot.projection, path + "filter");
  if (!filter_read) return std::unexpected(filter_read.error());
  geo::Selection result;
  result.layer = selection.layer();
  result.filter = selection.filter();
  if (selection.has_bbox()) {
    auto window = to_plane(selection.bbox(), (*layer)->layer->extent(), *snapshot.projection, path + "bbox");
    if (!window) return std::unexpected(window.error());
    result.intersects.push_back(std::move(*window));
  }
  if (selection.has_intersects()) {
    auto area = to_plane(selection.intersects(), *snapshot.projection, ShapeKind::kArea, path + "intersects");
    if (!area) return std::unexpected(area.error());
    result.intersects.push_back(std::move(*area));
  }
  const auto distance_m = number_in(selection.distance_m(), {0, std::numeric_limits<double>::max()}, path + "distance_m");
  if (!distance_m) return std::unexpected(distance_m.error());
  if (!selection.has_near()) {
    if (*distance_m == 0) return result;
    return failure(ErrorCode::kInvalidArgument, "A distance is given, but no shape to be near to.", path + "near");
  }
  auto near = to_plane(selection.near(), *snapshot.projection, ShapeKind::kAny, path + "near");
  if (!near) return std::unexpected(near.error());
  result.near = std::move(*near);
  result.distance_m = *distance_m;
  return result;
}

Result<std::vector<FeatureId>> select_filtered(const Snapshot& snapshot, const std::string& layer, const std::string& filter,
                                               const std::string& filter_field, const Limits& limits) {
  const auto found = snapshot.city->layer(layer);
  if (!found) return std::unexpected(found.error());
  const auto filter_read = read_filter(filter, *(*found)->layer, *snapshot.projection, filter_field);
  if (!filter_read) return std::unexpected(filter_read.error());
  geo::Selection selection;
  selection.layer = layer;
  selection.filter = filter;
  return geo::select_all(*snapshot.city, selection, plane_of_degrees(*snapshot.projection), limits);
}

std::string page_token(const Snapshot& snapshot, const v1::FeatureSelection& selection, FeatureId next) {
  return fmt::format("{}.{}.{}", snapshot.city->revision(), digest_of(snapshot, selection), next.index);
}

Result<FeatureId> page_start(const std::string& token, const Snapshot& snapshot, const v1::FeatureSelection& selection) {
  if (token.empty()) return FeatureId{0};
  const auto read = read_token(token);
  if (!read) return failure(ErrorCode::kInvalidArgument, "The page token is not one of this server's.", "page_token");
  if (read->revision != snapshot.city->revision()) {
    return failure(ErrorCode::kFailedPrecondition,
                   fmt::format("The page token is of revision {}, the city is at revision {}: list again from the first page.",
                               read->revision, snapshot.city->revision()),
                   "page_token");
  }
  if (read->selection != digest_of(snapshot, selection)) {
    return failure(ErrorCode::kInvalidArgument, "The page token is of another selection or another time.", "page_token");
  }
  return FeatureId{read->row};
}

}  // namespace obnova::server
