#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gdal.h>
#include <ogr_api.h>

#include "geo/base/check.h"
#include "geo/base/wkb.h"
#include "geo/damage/assessment.h"
#include "geo/io/projection.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// How the columns of a damage layer are called.
struct DamageColumns {
  std::string scale;
  std::string code;
  std::string date;
};

// Reads the layer whose name ends so from a file GDAL opens. Geometries come as
// they are in the file.
inline std::vector<Assessment> read_assessments(const std::string& path, std::string_view layer_end, const DamageColumns& columns) {
  GDALAllRegister();
  GDALDatasetH dataset = GDALOpenEx(path.c_str(), GDAL_OF_VECTOR, nullptr, nullptr, nullptr);
  OBNOVA_CHECK(dataset != nullptr);
  std::vector<Assessment> assessments;
  for (int i = 0; i < GDALDatasetGetLayerCount(dataset); ++i) {
    OGRLayerH layer = GDALDatasetGetLayer(dataset, i);
    if (!std::string_view(OGR_L_GetName(layer)).ends_with(layer_end)) continue;
    OGRFeatureDefnH fields = OGR_L_GetLayerDefn(layer);
    while (OGRFeatureH feature = OGR_L_GetNextFeature(layer)) {
      const auto text = [&](const std::string& name) {
        return std::string(OGR_F_GetFieldAsString(feature, OGR_FD_GetFieldIndex(fields, name.c_str())));
      };
      OGRGeometryH shape = OGR_F_GetGeometryRef(feature);
      std::string wkb(static_cast<std::size_t>(OGR_G_WkbSize(shape)), '\0');
      OGR_G_ExportToIsoWkb(shape, wkbNDR, reinterpret_cast<unsigned char*>(wkb.data()));
      int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0;
      OGR_F_GetFieldAsDateTime(feature, OGR_FD_GetFieldIndex(fields, columns.date.c_str()), &year, &month, &day, &hour, &minute, &second,
                               &zone);
      const std::chrono::sys_days date = std::chrono::year_month_day(
          std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day)));
      Result<Geometry> place = from_wkb(wkb);
      OBNOVA_CHECK(place.has_value());
      assessments.push_back({.id = fmt::format("{}/{}", OGR_L_GetName(layer), OGR_F_GetFID(feature)),
                             .scale = columns.scale,
                             .code = text(columns.code),
                             .observed_at_us = std::chrono::duration_cast<std::chrono::microseconds>(date.time_since_epoch()).count(),
                             .method = "satellite",
                             .place = *std::move(place)});
      OGR_F_Destroy(feature);
    }
  }
  GDALClose(dataset);
  return assessments;
}

// Moves places from degrees to a plane.
inline void project(std::vector<Assessment>& assessments, const Projection& projection) {
  for (Assessment& assessment : assessments) assessment.place = projection.to_plane(assessment.place.view()).value();
}

// `id,lon,lat` after a line of headings, as points.
inline std::shared_ptr<const Layer> read_centroids(const std::filesystem::path& path, const Projection& projection) {
  LayerBuilder builder({.id = "buildings", .theme = Theme::kBuildings}, {});
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t first = line.find(',');
    const std::size_t second = line.find(',', first + 1);
    const double lng_deg = std::stod(line.substr(first + 1, second - first - 1));
    const double lat_deg = std::stod(line.substr(second + 1));
    OBNOVA_CHECK(builder.add(line.substr(0, first), Geometry::point(projection.to_plane(lng_deg, lat_deg).value()), {}).has_value());
  }
  return std::move(builder).build();
}

// The places of assessments as a layer, each one a feature.
inline std::shared_ptr<const Layer> layer_of(const std::vector<Assessment>& assessments, Theme theme) {
  LayerBuilder builder({.id = "features", .theme = theme}, {});
  for (const Assessment& assessment : assessments) OBNOVA_CHECK(builder.add(assessment.id, assessment.place, {}).has_value());
  return std::move(builder).build();
}

}  // namespace obnova::geo
