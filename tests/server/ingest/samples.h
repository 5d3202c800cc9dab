#pragma once

#include <string>
#include <vector>

#include "tests/server/ingest/imported.h"
#include "tests/server/ingest/made_city.h"
#include "tests/server/ingest/made_drawing.h"
#include "tests/server/ingest/made_files.h"
#include "tests/server/ingest/made_layers.h"

namespace obnova::server {

// One small good file of a format, and what its import needs to be told.
struct Sample {
  std::string name;
  std::string bytes;
  std::string crs;  // Empty where the file says it.
};

inline Sample made_sample(const std::string& driver, const std::string& name, const MadeLayer& layer) {
  const ScratchFolder folder;
  make_layers(driver, folder.file(name), {layer});
  return {name, content_of(folder.file(name)), ""};
}

inline Sample zipped_sample(const std::string& driver, const std::string& name, const std::string& file) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.file("d"));
  make_layers(driver, folder.file("d/" + file), {two_schools()});
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("d"))) {
    files.emplace_back(entry.path().filename().string(), content_of(entry.path()));
  }
  std::sort(files.begin(), files.end());
  return {name, zip_of(files), ""};
}

// One of every format that is not OpenStreetMap.
inline std::vector<Sample> samples() {
  MadeCity city;
  city.add("b", "Building", {city.box({.x = 300000, .y = 5551000, .width = 10, .depth = 10, .height = 4}, "1", true)},
           {{"function", "школа"}});
  return {
      made_sample("GPKG", "x.gpkg", two_schools()),
      made_sample("GeoJSON", "x.geojson", two_schools()),
      made_sample("GeoJSONSeq", "x.geojsonl", two_schools()),
      zipped_sample("ESRI Shapefile", "shp.zip", "schools.shp"),
      zipped_sample("MapInfo File", "tab.zip", "schools.tab"),
      zipped_sample("MapInfo File", "mif.zip", "schools.mif"),
      made_sample("FlatGeobuf", "x.fgb", two_schools()),
      made_sample("LIBKML", "x.kml", two_schools()),
      made_sample("LIBKML", "x.kmz", two_schools()),
      made_sample("GML", "x.gml", two_schools()),
      made_sample("XLSX", "x.xlsx", two_schools_table()),
      made_sample("ODS", "x.ods", two_schools_table()),
      {"x.csv", "lon;lat;назва\n30,1;50,1;Школа\n30,2;50,2;\"Ліцей\"\n", ""},
      {"x.gpx",
       "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"c\" xmlns=\"http://www.topografix.com/GPX/1/1\"><wpt lat=\"50.1\" "
       "lon=\"30.1\"><name>w</name></wpt></gpx>",
       ""},
      {"x.dxf", dxf(6, dxf_polyline("A", {{300000, 5551000}, {300010, 5551000}, {300010, 5551010}}, true)), "EPSG:6384"},
      {"x.city.json", city.json().dump(), ""},
      {"x.inp",
       "[JUNCTIONS]\nA 10\nB 1\n[PIPES]\nP A B 1 1 1\n[OPTIONS]\nUNITS LPS\n[COORDINATES]\nA 300000 5551000\nB 300100 5551000\n[END]\n",
       "EPSG:6384"},
      {"grid.zip", zip_of({{"buses.csv", "bus,lon,lat\n1,30.1,50.1\n2,30.2,50.1\n"}, {"lines.csv", "line,from_bus,to_bus\n0,1,2\n"}}), ""}};
}

inline worker::IngestJob sample_job(const Sample& sample, const std::filesystem::path& path) {
  auto job = job_for(path, "EPSG:6384");
  job.set_layer("things");
  job.set_theme(static_cast<int>(geo::Theme::kOther));
  job.set_crs(sample.crs);
  return job;
}

}  // namespace obnova::server
