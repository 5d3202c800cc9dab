#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gdal_priv.h>
#include <ogrsf_frmts.h>

namespace obnova::server {

// Layers that tests make with GDAL, in any of its formats.

struct MadeField {
  std::string name;
  OGRFieldType type = OFTString;
};

// What one row holds: the values of the fields as text, empty for null, and a shape as WKT, empty for none.
struct MadeFeature {
  std::vector<std::string> values;
  std::string wkt;
};

struct MadeLayer {
  std::string name = "schools";
  std::vector<MadeField> fields;
  std::vector<MadeFeature> features;
  OGRwkbGeometryType shapes = wkbUnknown;
  int epsg = 4326;  // 0 for none.
};

// Adds the layer to a new file.
inline void make_layers(const std::string& driver, const std::filesystem::path& path, const std::vector<MadeLayer>& layers,
                        const std::vector<std::string>& options = {}) {
  GDALAllRegister();
  std::vector<char*> wanted;
  for (const std::string& option : options) wanted.push_back(const_cast<char*>(option.c_str()));
  wanted.push_back(nullptr);
  const std::unique_ptr<GDALDataset> dataset(
      GetGDALDriverManager()->GetDriverByName(driver.c_str())->Create(path.c_str(), 0, 0, 0, GDT_Unknown, wanted.data()));
  for (const MadeLayer& made : layers) {
    OGRSpatialReference system;
    system.importFromEPSG(made.epsg == 0 ? 4326 : made.epsg);
    system.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    OGRLayer* layer = dataset->CreateLayer(made.name.c_str(), made.epsg == 0 ? nullptr : &system, made.shapes, wanted.data());
    for (const MadeField& field : made.fields) {
      OGRFieldDefn definition(field.name.c_str(), field.type);
      layer->CreateField(&definition);
    }
    for (const MadeFeature& row : made.features) {
      OGRFeature feature(layer->GetLayerDefn());
      for (std::size_t i = 0; i < row.values.size(); ++i) {
        const int index = layer->GetLayerDefn()->GetFieldIndex(made.fields[i].name.c_str());
        if (!row.values[i].empty() && index >= 0) feature.SetField(index, row.values[i].c_str());
      }
      OGRGeometry* shape = nullptr;
      if (!row.wkt.empty()) OGRGeometryFactory::createFromWkt(row.wkt.c_str(), nullptr, &shape);
      feature.SetGeometryDirectly(shape);
      if (layer->CreateFeature(&feature) != OGRERR_NONE) std::abort();
    }
  }
}

// Two schools near Kyiv with a name and a capacity.
inline MadeLayer two_schools() {
  return {.name = "schools",
          .fields = {{"name", OFTString}, {"capacity", OFTInteger}},
          .features = {{{"Школа 1", "250"}, "POINT (30.1 50.1)"}, {{"Ліцей", ""}, "POINT (30.2 50.2)"}},
          .shapes = wkbPoint,
          .epsg = 4326};
}

// The same as a table: places are in columns.
inline MadeLayer two_schools_table(const std::string& lon = "lon", const std::string& lat = "lat") {
  return {.name = "schools",
          .fields = {{"name", OFTString}, {"capacity", OFTInteger}, {lon, OFTReal}, {lat, OFTReal}},
          .features = {{{"Школа 1", "250", "30.1", "50.1"}, ""}, {{"Ліцей", "", "30.2", "50.2"}, ""}},
          .shapes = wkbNone,
          .epsg = 0};
}

}  // namespace obnova::server
