#include "server/export/exported_layer.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/export/json_text.h"
#include "server/export/shape_json.h"
#include "server/store/geopackage.h"

namespace obnova::server {
namespace {

constexpr std::uint32_t kRowsBetweenPolls = 4096;
// Programs that keep numbers as doubles, as browsers do, know no more whole numbers.
constexpr std::int64_t kLargestSafeWhole = std::int64_t{1} << 53;

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

const char* type_name(geo::FieldType type) {
  switch (type) {
    case geo::FieldType::kBool:
      return "bool";
    case geo::FieldType::kInt:
      return "int";
    case geo::FieldType::kDouble:
      return "double";
    case geo::FieldType::kString:
      break;
  }
  return "string";
}

std::string fields_text(const geo::Layer& layer) {
  const std::vector<std::string> columns = export_columns(layer);
  std::string text = "[";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const geo::Field& field = layer.fields()[i];
    text += fmt::format(R"({}{{"name":{},"type":"{}","column":{}}})", i == 0 ? "" : ",", json_text(field.name), type_name(field.type),
                        json_text(columns[i]));
  }
  return text + ']';
}

Result<bool> has_unsafe_whole(const geo::Layer& layer, const geo::Column& column, const Limits& limits) {
  std::uint32_t looked_at_count = 0;
  for (const FeatureId feature : layer.features()) {
    if (looked_at_count++ % kRowsBetweenPolls == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The export was cancelled.");
    if (column.is_null(feature)) continue;
    const std::int64_t number = column.int_at(feature);
    if (number > kLargestSafeWhole || number < -kLargestSafeWhole) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> export_columns(const geo::Layer& layer) {
  const std::vector<geo::Field> fields(layer.fields().begin(), layer.fields().end());
  std::vector<std::string> columns = table_layout(layer.id(), fields).columns;
  std::vector<std::string> taken;
  for (const std::string& column : columns) taken.push_back(lowered(column));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (taken[i] != "wkt") continue;
    for (int number = 2; std::ranges::find(taken, lowered(columns[i])) != taken.end(); ++number)
      columns[i] = fmt::format("{}_{}", layer.fields()[i].name, number);
  }
  return columns;
}

Result<std::string> layer_note(const ExportedLayer& exported, Digits digits) {
  const geo::LayerDescription& said = exported.layer.description();
  std::string area;
  if (digits == Digits::kExact || said.covered_area.kind == GeometryKind::kNone) {
    append_shape_json(area, said.covered_area.view(), digits);
  } else {
    const auto in_degrees = exported.projection.to_source(said.covered_area.view());
    if (!in_degrees) return std::unexpected(in_degrees.error());
    append_shape_json(area, in_degrees->view(), digits);
  }
  return fmt::format(
      R"({{"format":1,"city":{},"revision":{},"plane":{},"layer":{},"theme":"{}","title":{},"source":{},"licence":{},"attribution":{},)"
      R"("dated":{},"covered_area":{},"id_column":"id","feature_count":{},"fields":{}}})",
      json_text(exported.city.id), exported.city.revision, json_text(exported.city.crs), json_text(said.id), geo::theme_name(said.theme),
      json_text(said.title), json_text(said.source), json_text(said.licence), json_text(said.attribution), json_text(said.dated), area,
      exported.layer.feature_count(), fields_text(exported.layer));
}

Result<std::vector<std::string>> export_warnings(const ExportedLayer& exported, FileKind kind, const Limits& limits) {
  const geo::Layer& layer = exported.layer;
  std::vector<std::string> warnings;
  const std::vector<std::string> columns = export_columns(layer);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const geo::Field& field = layer.fields()[i];
    if (field.name != columns[i] && kind != FileKind::kGeoPackage) {
      warnings.push_back(fmt::format("The field `{}` of layer {} is called `{}` in the file.", field.name, layer.id(), columns[i]));
    }
    if (kind != FileKind::kGeoJson || field.type != geo::FieldType::kInt) continue;
    const auto unsafe = has_unsafe_whole(layer, layer.column(i), limits);
    if (!unsafe) return std::unexpected(unsafe.error());
    if (*unsafe) {
      warnings.push_back(
          fmt::format("The field `{}` of layer {} holds whole numbers beyond 2^53, which browsers and many other readers of JSON round.",
                      field.name, layer.id()));
    }
  }
  return warnings;
}

}  // namespace obnova::server
