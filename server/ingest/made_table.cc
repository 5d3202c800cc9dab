#include "server/ingest/made_table.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <unordered_map>

#include "geo/base/wkb.h"
#include "server/ingest/gdal_drivers.h"

namespace obnova::server {
namespace {

struct MadeColumn {
  std::string name;
  OGRFieldType type = OFTString;
  bool is_bool = false;
};

MadeColumn column_for(const std::string& name, const MadeValue& value) {
  if (std::holds_alternative<std::int64_t>(value)) return {name, OFTInteger64};
  if (std::holds_alternative<double>(value)) return {name, OFTReal};
  if (std::holds_alternative<bool>(value)) return {name, OFTInteger, true};
  return {name, OFTString};
}

void widen(MadeColumn& column, const MadeColumn& other) {
  if (column.type == other.type && column.is_bool == other.is_bool) return;
  const auto is_number = [](const MadeColumn& one) { return one.type == OFTInteger64 || one.type == OFTReal; };
  column.type = is_number(column) && is_number(other) ? OFTReal : OFTString;
  column.is_bool = false;
}

// The columns, and the number of each by its name.
struct MadeColumns {
  std::vector<MadeColumn> columns;
  std::unordered_map<std::string, int> number_of;
};

MadeColumns columns_of(const MadeTable& table) {
  MadeColumns all;
  for (const MadeRow& row : table.rows) {
    for (const auto& [name, value] : row.values) {
      const MadeColumn column = column_for(name, value);
      const auto [at, is_new] = all.number_of.emplace(name, static_cast<int>(all.columns.size()));
      if (is_new) {
        all.columns.push_back(column);
      } else {
        widen(all.columns[static_cast<std::size_t>(at->second)], column);
      }
    }
  }
  return all;
}

std::string text_of(const MadeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return std::get<bool>(value) ? "true" : "false";
}

void set_value(OGRFeature& feature, int index, OGRFieldType type, const MadeValue& value) {
  if (type == OFTString) return feature.SetField(index, text_of(value).c_str());
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return feature.SetField(index, static_cast<GIntBig>(*whole));
  if (const auto* number = std::get_if<double>(&value)) return feature.SetField(index, *number);
  feature.SetField(index, std::get<bool>(value) ? 1 : 0);
}

bool add_row(OGRLayer& layer, const MadeRow& row, const MadeColumns& columns) {
  OGRFeature feature(layer.GetLayerDefn());
  feature.SetField(0, row.id.c_str());
  for (const auto& [name, value] : row.values) {
    const int number = columns.number_of.at(name);
    set_value(feature, number + 1, columns.columns[static_cast<std::size_t>(number)].type, value);
  }
  if (row.shape.kind != GeometryKind::kNone) {
    const std::string wkb = to_wkb(row.shape.view());
    OGRGeometry* shape = nullptr;
    if (OGRGeometryFactory::createFromWkb(wkb.data(), nullptr, &shape, wkb.size()) != OGRERR_NONE) return false;
    feature.SetGeometryDirectly(shape);
  }
  return layer.CreateFeature(&feature) == OGRERR_NONE;
}

}  // namespace

Result<std::unique_ptr<GDALDataset>> dataset_of(const MadeTable& table) {
  auto dataset = empty_dataset();
  if (!dataset) return dataset;
  OGRLayer* layer = (*dataset)->CreateLayer(table.name.c_str(), nullptr, wkbUnknown, nullptr);
  const MadeColumns columns = columns_of(table);
  OGRFieldDefn id("id", OFTString);
  layer->CreateField(&id);
  for (const MadeColumn& column : columns.columns) {
    OGRFieldDefn field(column.name.c_str(), column.type);
    if (column.is_bool) field.SetSubType(OFSTBoolean);
    layer->CreateField(&field);
  }
  for (const MadeRow& row : table.rows) {
    if (!add_row(*layer, row, columns)) return failure(ErrorCode::kBadData, fmt::format("The shape of {} cannot be read.", row.id));
  }
  return dataset;
}

}  // namespace obnova::server
