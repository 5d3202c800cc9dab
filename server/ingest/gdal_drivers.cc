#include "server/ingest/gdal_drivers.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <utility>

#include "server/ingest/drawing.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxWarnings = 10;
constexpr std::size_t kMaxMessageBytes = 200;

// What GDAL did since it was asked last; a process reads one file, on one thread.
struct GdalReports {
  std::string failure;
  std::vector<std::string> warnings;
  bool tried_network = false;
};
GdalReports& reports() {
  static GdalReports all;
  return all;
}

void CPL_STDCALL note_error(CPLErr severity, CPLErrorNum, const char* message) {
  GdalReports& all = reports();
  if (severity >= CE_Failure) {
    if (all.failure.empty()) all.failure = message;
  } else if (severity == CE_Warning && all.warnings.size() < kMaxWarnings &&
             std::find(all.warnings.begin(), all.warnings.end(), message) == all.warnings.end()) {
    all.warnings.emplace_back(message);
  }
}

CPLHTTPResult* refuse_fetch(const char*, CSLConstList, GDALProgressFunc, void*, CPLHTTPFetchWriteFunc, void*, void*) {
  reports().tried_network = true;
  auto* refused = static_cast<CPLHTTPResult*>(CPLCalloc(1, sizeof(CPLHTTPResult)));
  refused->nStatus = 1;
  refused->pszErrBuf = CPLStrdup("no network");
  return refused;
}

void prepare_gdal() {
  CPLSetErrorHandler(note_error);
  CPLHTTPSetFetchCallback(refuse_fetch, nullptr);
  for (const auto& [option, value] : std::vector<std::pair<const char*, const char*>>{{"GDAL_DRIVER_PATH", "disable"},
                                                                                      {"CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{noext}"},
                                                                                      {"GML_SKIP_RESOLVE_ELEMS", "ALL"},
                                                                                      {"OGR_GEOJSON_MAX_OBJ_SIZE", "200"},
                                                                                      {"SHAPE_RESTORE_SHX", "NO"},
                                                                                      {"OGR_XLSX_HEADERS", "FORCE"},
                                                                                      {"OGR_ODS_HEADERS", "FORCE"},
                                                                                      {"LIBKML_LAUNDER_FIELD_NAMES", "NO"},
                                                                                      {"DXF_FEATURE_LIMIT_PER_BLOCK", "-1"}}) {
    CPLSetConfigOption(option, value);
  }
}

struct Driver {
  FileFormat format;
  const char* name;
  void (*enlist)();
};
constexpr auto kDrivers = std::to_array<Driver>({{FileFormat::kGeoPackage, "GPKG", RegisterOGRGeoPackage},
                                                 {FileFormat::kGeoJson, "GeoJSON", RegisterOGRGeoJSON},
                                                 {FileFormat::kGeoJsonLines, "GeoJSONSeq", RegisterOGRGeoJSONSeq},
                                                 {FileFormat::kShapefile, "ESRI Shapefile", RegisterOGRShape},
                                                 {FileFormat::kMapInfo, "MapInfo File", RegisterOGRTAB},
                                                 {FileFormat::kFlatGeobuf, "FlatGeobuf", RegisterOGRFlatGeobuf},
                                                 {FileFormat::kCsv, "CSV", RegisterOGRCSV},
                                                 {FileFormat::kPowerTables, "CSV", RegisterOGRCSV},
                                                 {FileFormat::kXlsx, "XLSX", RegisterOGRXLSX},
                                                 {FileFormat::kOds, "ODS", RegisterOGRODS},
                                                 {FileFormat::kKml, "LIBKML", RegisterOGRLIBKML},
                                                 {FileFormat::kKmz, "LIBKML", RegisterOGRLIBKML},
                                                 {FileFormat::kGml, "GML", RegisterOGRGML},
                                                 {FileFormat::kGpx, "GPX", RegisterOGRGPX},
                                                 {FileFormat::kDxf, "DXF", RegisterOGRDXF}});

CPLStringList open_options(FileFormat format) {
  CPLStringList options;
  if (format == FileFormat::kShapefile) options.SetNameValue("ENCODING", "");
  if (format == FileFormat::kGml) options.SetNameValue("DOWNLOAD_SCHEMA", "NO").SetNameValue("WRITE_GFS", "NO");
  // Coordinates of tables are found here and not by GDAL, alike in all kinds of tables.
  if (format == FileFormat::kCsv || format == FileFormat::kPowerTables) {
    options.SetNameValue("HEADERS", "YES").SetNameValue("GEOM_POSSIBLE_NAMES", "").SetNameValue("AUTODETECT_TYPE", "NO");
  }
  return options;
}

}  // namespace

std::string without_path(std::string text, const worker::IngestJob& job) {
  const std::string& path = job.path();
  const std::string& name = job.file_name();
  for (std::size_t at = text.find(path); !path.empty() && at != std::string::npos; at = text.find(path, at + name.size())) {
    text.replace(at, path.size(), name);
  }
  return text.substr(0, kMaxMessageBytes);
}

bool gdal_tried_network() { return reports().tried_network; }
std::string take_gdal_failure() { return std::exchange(reports().failure, {}); }
const std::vector<std::string>& gdal_warnings() { return reports().warnings; }

Result<std::unique_ptr<GDALDataset>> open_with_gdal(const std::string& name, const worker::IngestJob& job, FileFormat format) {
  const auto driver = std::find_if(kDrivers.begin(), kDrivers.end(), [&](const Driver& one) { return one.format == format; });
  if (driver == kDrivers.end())
    return failure(ErrorCode::kInvalidArgument, fmt::format("{} is of a kind that is not read.", job.file_name()));
  prepare_gdal();
  driver->enlist();
  // Drawings say which code page their texts have, and are often wrong.
  if (format == FileFormat::kDxf && is_unicode_drawing(job.path())) CPLSetConfigOption("DXF_ENCODING", "UTF-8");
  if (format == FileFormat::kDxf && !job.encoding().empty()) CPLSetConfigOption("DXF_ENCODING", job.encoding().c_str());
  const std::vector<const char*> drivers = {driver->name, nullptr};
  const CPLStringList options = open_options(format);
  const std::string prefix = std::string_view(driver->name) == "CSV" ? "CSV:" : "";
  std::unique_ptr<GDALDataset> dataset(
      GDALDataset::Open((prefix + name).c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers.data(), options.List()));
  const std::string problem = take_gdal_failure();
  // A refused link to a coordinate system is a failure to GDAL; without it the file is as good as any.
  if (dataset != nullptr && (problem.empty() || gdal_tried_network())) return dataset;
  return failure(ErrorCode::kBadData, fmt::format("{} is damaged or not {}: {}.", job.file_name(), driver->name,
                                                  problem.empty() ? "GDAL cannot open it" : without_path(problem, job)));
}

Result<std::unique_ptr<GDALDataset>> empty_dataset() {
  prepare_gdal();
  RegisterOGRMEM();
  std::unique_ptr<GDALDataset> dataset(GetGDALDriverManager()->GetDriverByName("Memory")->Create("made", 0, 0, 0, GDT_Unknown, nullptr));
  if (dataset != nullptr) return dataset;
  return failure(ErrorCode::kUnavailable, "The import has no memory for a table.");
}

std::string put_in_memory(const std::string& ending, const std::string& bytes) {
  std::string name = "/vsimem/layer" + ending;
  auto* copy = static_cast<GByte*>(CPLMalloc(std::max<std::size_t>(bytes.size(), 1)));
  std::copy(bytes.begin(), bytes.end(), copy);
  VSIFCloseL(VSIFileFromMemBuffer(name.c_str(), copy, bytes.size(), TRUE));
  return name;
}

}  // namespace obnova::server
