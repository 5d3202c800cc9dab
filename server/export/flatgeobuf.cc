#include "server/export/flatgeobuf.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "server/export/flat_buffer.h"
#include "server/export/hilbert_tree.h"
#include "server/store/geopackage.h"

namespace obnova::server {
namespace {

constexpr std::string_view kMagic("fgb\3fgb\0", 8);
constexpr std::size_t kMaxIndexedCount = 4'000'000;
constexpr std::size_t kFeaturesBetweenPolls = 1024;

// Numbers of FlatGeobuf's ColumnType.
std::uint8_t column_type(geo::FieldType type) {
  switch (type) {
    case geo::FieldType::kBool:
      return 2;
    case geo::FieldType::kInt:
      return 7;
    case geo::FieldType::kDouble:
      return 10;
    case geo::FieldType::kString:
      break;
  }
  return 11;
}

// Those of GeometryType are our own.
static_assert(static_cast<int>(GeometryKind::kPoint) == 1 && static_cast<int>(GeometryKind::kMultiPolygon) == 6);

FlatBuffer::Place add_column(FlatBuffer& message, const std::string& name, geo::FieldType type, bool is_id) {
  const auto column = is_id ? message.add_table({4, 1, 0, 0, 0, 0, 0, 1, 1, 1}) : message.add_table({4, 1});
  message.set(column, 1, column_type(type));
  if (is_id) {
    message.set(column, 7, std::uint8_t{0});  // Never null.
    message.set(column, 8, std::uint8_t{1});  // Unique.
    message.set(column, 9, std::uint8_t{1});  // The key.
  }
  message.point(column, 0, message.add_text(name));
  return column;
}

void add_columns(FlatBuffer& message, FlatBuffer::Place header, const geo::Layer& layer) {
  const std::vector<std::string> names = export_columns(layer);
  const auto list = message.add_pointers(names.size() + 1);
  message.point(header, 7, list);
  message.point_item(list, 0, add_column(message, "id", geo::FieldType::kString, true));
  for (std::size_t i = 0; i < names.size(); ++i) {
    message.point_item(list, i + 1, add_column(message, names[i], layer.fields()[i].type, false));
  }
}

FlatBuffer::Place add_crs(FlatBuffer& message, const CityRecord& city) {
  const std::int64_t code = srs_id_of(city.crs);
  const bool in_registry = city.crs.starts_with("EPSG:");
  const auto crs = message.add_table({static_cast<std::uint8_t>(in_registry ? 4 : 0), 4, 4, 0, 4});
  message.set(crs, 1, in_registry ? static_cast<std::int32_t>(code) : 0);
  if (in_registry) message.point(crs, 0, message.add_text("EPSG"));
  message.point(crs, 2, message.add_text(city.crs));
  message.point(crs, 4, message.add_text(city.crs_wkt));
  return crs;
}

// What the features of a layer have in common.
struct Survey {
  Box extent;
  std::set<GeometryKind> kinds;  // kNone among them where a feature has no place.
  std::size_t count = 0;

  GeometryKind kind() const { return kinds.size() == 1 ? *kinds.begin() : GeometryKind::kNone; }
  bool indexed() const { return count > 0 && count <= kMaxIndexedCount && !kinds.contains(GeometryKind::kNone); }
};

Survey survey_of(const geo::Layer& layer) {
  Survey survey;
  for (const FeatureId feature : layer.features()) {
    const GeometryView shape = layer.geometry(feature);
    survey.kinds.insert(shape.kind);
    if (shape.kind != GeometryKind::kNone) survey.extent.add(layer.box(feature));
    ++survey.count;
  }
  return survey;
}

Result<std::string> header_bytes(const ExportedLayer& exported, const Survey& survey) {
  const geo::LayerDescription& said = exported.layer.description();
  const auto note = layer_note(exported, Digits::kExact);
  if (!note) return std::unexpected(note.error());
  FlatBuffer message;
  const std::uint8_t envelope = survey.extent.empty() ? 0 : 4;
  const auto header = message.add_table({4, envelope, 1, 0, 0, 0, 0, 4, 8, 2, 4, 4, 4, 4});
  message.set_root(header);
  message.set(header, 2, static_cast<std::uint8_t>(survey.kind()));
  message.set(header, 8, static_cast<std::uint64_t>(survey.count));
  message.set(header, 9, survey.indexed() ? kTreeNodeSize : std::uint16_t{0});
  message.point(header, 0, message.add_text(said.id));
  if (envelope != 0) {
    const std::array<double, 4> box = {survey.extent.min.x_m, survey.extent.min.y_m, survey.extent.max.x_m, survey.extent.max.y_m};
    message.point(header, 1, message.add_numbers(std::span<const double>(box)));
  }
  add_columns(message, header, exported.layer);
  message.point(header, 10, add_crs(message, exported.city));
  message.point(header, 11, message.add_text(said.title));
  message.point(header, 12, message.add_text(fmt::format("{} {}", said.licence, said.attribution)));
  message.point(header, 13, message.add_text(*note));
  return message.finish();
}

void add_coordinates(FlatBuffer& message, FlatBuffer::Place geometry, std::span<const Point> points) {
  static_assert(sizeof(Point) == 2 * sizeof(double), "Points are pairs of numbers, x before y.");
  message.point(geometry, 1, message.add_numbers(std::span(&points.front().x_m, points.size() * 2)));
}

// One simple shape: the rings or lines of `shape` from `first_path` up to `end_path`.
FlatBuffer::Place add_simple(FlatBuffer& message, const GeometryView& shape, GeometryKind kind, std::size_t first_path,
                             std::size_t end_path) {
  const bool with_ends = kind == GeometryKind::kMultiLineString || (kind == GeometryKind::kPolygon && end_path - first_path > 1);
  const auto geometry = message.add_table({static_cast<std::uint8_t>(with_ends ? 4 : 0), 4, 0, 0, 0, 0, 1});
  message.set(geometry, 6, static_cast<std::uint8_t>(kind));
  const std::uint32_t first = first_path == 0 ? 0 : shape.path_ends[first_path - 1];
  if (with_ends) {
    std::vector<std::uint32_t> ends;
    for (std::size_t path = first_path; path < end_path; ++path) ends.push_back(shape.path_ends[path] - first);
    message.point(geometry, 0, message.add_numbers(std::span<const std::uint32_t>(ends)));
  }
  add_coordinates(message, geometry, shape.points.subspan(first, shape.path_ends[end_path - 1] - first));
  return geometry;
}

FlatBuffer::Place add_shape(FlatBuffer& message, const GeometryView& shape) {
  if (shape.kind != GeometryKind::kMultiPolygon) return add_simple(message, shape, shape.kind, 0, shape.path_ends.size());
  const auto geometry = message.add_table({0, 0, 0, 0, 0, 0, 1, 4});
  message.set(geometry, 6, static_cast<std::uint8_t>(shape.kind));
  const auto parts = message.add_pointers(shape.part_ends.size());
  message.point(geometry, 7, parts);
  std::size_t first_path = 0;
  for (std::size_t part = 0; part < shape.part_ends.size(); ++part) {
    message.point_item(parts, part, add_simple(message, shape, GeometryKind::kPolygon, first_path, shape.part_ends[part]));
    first_path = shape.part_ends[part];
  }
  return geometry;
}

template <typename Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void append_text(std::string& bytes, std::string_view text) {
  append(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

// The number of a column and its value, by turns; what is null is left out.
std::string properties_of(const geo::Layer& layer, FeatureId feature) {
  std::string bytes;
  append(bytes, std::uint16_t{0});
  append_text(bytes, layer.feature_name(feature));
  for (std::size_t i = 0; i < layer.fields().size(); ++i) {
    const geo::Column& column = layer.column(i);
    if (column.is_null(feature)) continue;
    append(bytes, static_cast<std::uint16_t>(i + 1));
    switch (column.type()) {
      case geo::FieldType::kBool:
        append(bytes, static_cast<std::uint8_t>(column.bool_at(feature)));
        break;
      case geo::FieldType::kInt:
        append(bytes, column.int_at(feature));
        break;
      case geo::FieldType::kDouble:
        append(bytes, column.double_at(feature));
        break;
      case geo::FieldType::kString:
        append_text(bytes, column.string_at(feature));
        break;
    }
  }
  return bytes;
}

std::string feature_bytes(const geo::Layer& layer, FeatureId id) {
  const GeometryView shape = layer.geometry(id);
  const bool placed = shape.kind != GeometryKind::kNone;
  FlatBuffer message;
  const auto feature = message.add_table({static_cast<std::uint8_t>(placed ? 4 : 0), 4});
  message.set_root(feature);
  if (placed) message.point(feature, 0, add_shape(message, shape));
  message.point(feature, 1, message.add_bytes(properties_of(layer, id)));
  return message.finish();
}

// Calls `take` with every feature in this order.
template <typename Take>
Result<void> for_each(const geo::Layer& layer, std::span<const FeatureId> order, const Limits& limits, const Take& take) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i % kFeaturesBetweenPolls == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The export was cancelled.");
    const Result<void> taken = take(order[i], feature_bytes(layer, order[i]));
    if (!taken) return taken;
  }
  return {};
}

std::vector<FeatureId> order_of(const geo::Layer& layer, const Survey& survey) {
  std::vector<FeatureId> features;
  for (const FeatureId feature : layer.features()) features.push_back(feature);
  if (!survey.indexed()) return features;
  std::vector<Box> boxes;
  for (const FeatureId feature : features) boxes.push_back(layer.box(feature));
  std::vector<FeatureId> sorted;
  for (const std::uint32_t at : hilbert_order(boxes, survey.extent)) sorted.push_back(features[at]);
  return sorted;
}

Result<std::string> tree_bytes(const geo::Layer& layer, std::span<const FeatureId> order, const Limits& limits) {
  std::vector<TreeLeaf> leaves;
  leaves.reserve(order.size());
  std::uint64_t offset = 0;
  const auto done = for_each(layer, order, limits, [&](FeatureId feature, const std::string& bytes) -> Result<void> {
    leaves.push_back({.box = layer.box(feature), .offset = offset});
    offset += bytes.size();
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return packed_tree(std::move(leaves));
}

}  // namespace

Result<void> write_flatgeobuf(const ExportedLayer& exported, const ByteSink& sink, const Limits& limits) {
  const geo::Layer& layer = exported.layer;
  const Survey survey = survey_of(layer);
  const auto header = header_bytes(exported, survey);
  if (!header) return std::unexpected(header.error());
  Result<void> done = sink(kMagic);
  if (done) done = sink(*header);
  if (!done) return done;
  const std::vector<FeatureId> order = order_of(layer, survey);
  if (survey.indexed()) {
    const auto tree = tree_bytes(layer, order, limits);
    if (!tree) return std::unexpected(tree.error());
    done = sink(*tree);
    if (!done) return done;
  }
  return for_each(layer, order, limits, [&](FeatureId, const std::string& bytes) { return sink(bytes); });
}

}  // namespace obnova::server
