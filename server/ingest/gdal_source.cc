#include "server/ingest/gdal_source.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <utility>
#include <vector>

#include "server/ingest/shapefile_files.h"

namespace obnova::server {
namespace {

// What GDAL did since it was asked last; a process reads one file, on one thread.
struct GdalReports {
  std::string failure;
  bool tried_network = false;
};
GdalReports& reports() {
  static GdalReports all;
  return all;
}

void CPL_STDCALL note_error(CPLErr severity, CPLErrorNum, const char* message) {
  if (severity >= CE_Failure && reports().failure.empty()) reports().failure = message;
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
                                                                                      {"SHAPE_RESTORE_SHX", "NO"}}) {
    CPLSetConfigOption(option, value);
  }
  RegisterOGRGeoPackage();
  RegisterOGRGeoJSON();
  RegisterOGRGeoJSONSeq();
  RegisterOGRShape();
  RegisterOGRFlatGeobuf();
  RegisterOGRCSV();
  RegisterOGRKML();
  RegisterOGRGML();
}

const char* driver_of(FileFormat format) {
  switch (format) {
    case FileFormat::kGeoPackage:
      return "GPKG";
    case FileFormat::kGeoJson:
      return "GeoJSON";
    case FileFormat::kGeoJsonLines:
      return "GeoJSONSeq";
    case FileFormat::kShapefile:
    case FileFormat::kShapefileZip:
      return "ESRI Shapefile";
    case FileFormat::kFlatGeobuf:
      return "FlatGeobuf";
    case FileFormat::kCsv:
      return "CSV";
    case FileFormat::kKml:
      return "KML";
    default:
      return "GML";
  }
}

// The column of the file that is mapped to one of the words for a coordinate.
std::string mapped(const worker::IngestJob& job, const char* word, const char* usual) {
  const auto found = job.field_map().find(word);
  return found == job.field_map().end() ? usual : found->second;
}

CPLStringList open_options(const worker::IngestJob& job, FileFormat format) {
  CPLStringList options;
  if (format == FileFormat::kShapefile || format == FileFormat::kShapefileZip) options.SetNameValue("ENCODING", "");
  if (format == FileFormat::kGml) options.SetNameValue("DOWNLOAD_SCHEMA", "NO").SetNameValue("WRITE_GFS", "NO");
  if (format == FileFormat::kCsv) {
    options.SetNameValue("X_POSSIBLE_NAMES", mapped(job, "lon", "lon,lng,long,longitude,x,easting").c_str());
    options.SetNameValue("Y_POSSIBLE_NAMES", mapped(job, "lat", "lat,latitude,y,northing").c_str());
    options.SetNameValue("GEOM_POSSIBLE_NAMES", mapped(job, "wkt", "wkt,geom,geometry,the_geom,_WKT").c_str());
    options.SetNameValue("KEEP_GEOM_COLUMNS", "NO");
  }
  return options;
}

// Paths of the server are nobody's business; a message of GDAL may hold one.
std::string without_path(std::string text, const std::string& path, const std::string& name) {
  for (std::size_t at = text.find(path); !path.empty() && at != std::string::npos; at = text.find(path, at + name.size())) {
    text.replace(at, path.size(), name);
  }
  return text.substr(0, 200);
}

// How many tables of a GeoPackage are not tables: SQLite's modules of other
// formats read any file of the machine, and views may never end.
std::int64_t strange_table_count(GDALDataset& dataset) {
  OGRLayer* answer = dataset.ExecuteSQL(
      "SELECT count(*) FROM sqlite_master WHERE (sql LIKE 'CREATE VIRTUAL%' AND sql NOT LIKE '%USING rtree%')"
      " OR (type = 'view' AND name IN (SELECT table_name FROM gpkg_contents))",
      nullptr, nullptr);
  if (answer == nullptr) return 1;
  const OGRFeatureUniquePtr row{answer->GetNextFeature()};
  const std::int64_t count = row ? row->GetFieldAsInteger64(0) : 1;
  dataset.ReleaseResultSet(answer);
  return count;
}

std::string layer_names(GDALDataset& dataset) {
  std::string names;
  for (const auto* layer : dataset.GetLayers()) names += (names.empty() ? "" : ", ") + std::string(const_cast<OGRLayer*>(layer)->GetName());
  return names.size() > 600 ? names.substr(0, 600) + " …" : names;
}

}  // namespace

VectorSource::VectorSource() = default;
VectorSource::~VectorSource() = default;
VectorSource::VectorSource(VectorSource&&) noexcept = default;
VectorSource& VectorSource::operator=(VectorSource&&) noexcept = default;

bool VectorSource::tried_network() { return reports().tried_network; }
std::string VectorSource::take_failure() { return std::exchange(reports().failure, {}); }

Result<VectorSource> VectorSource::open(const worker::IngestJob& job, FileFormat format) {
  prepare_gdal();
  VectorSource source;
  source.format_ = format;
  const bool is_shapefile = format == FileFormat::kShapefile || format == FileFormat::kShapefileZip;
  const std::string name = (format == FileFormat::kCsv ? "CSV:" : "") + job.path();
  const Result<void> opened = is_shapefile ? source.open_shapefile(job, format) : source.open_dataset(name, job, format);
  if (!opened) return std::unexpected(opened.error());
  const Result<void> chosen = source.choose_layer(job);
  if (!chosen) return std::unexpected(chosen.error());
  return source;
}

Result<void> VectorSource::open_shapefile(const worker::IngestJob& job, FileFormat format) {
  Result<ShapefileFiles> files = format == FileFormat::kShapefile ? shapefile_beside(job) : shapefile_in_zip(job);
  if (!files) return std::unexpected(files.error());
  const Result<ShapefileFacts> facts = check_shapefile(files->parts, job.file_name());
  if (!facts) return std::unexpected(facts.error());
  null_shape_count_ = facts->null_shape_count;
  claimed_encoding_ = facts->encoding;
  // The files live in memory: nothing is left behind whatever happens.
  const std::string base = "/vsimem/" + std::string("layer");
  for (auto& [ending, part] : {std::pair<const char*, std::string*>{".shp", &files->parts.shp},
                               {".shx", &files->parts.shx},
                               {".dbf", &files->parts.dbf},
                               {".prj", &files->parts.prj}}) {
    if (part->empty()) continue;
    auto* bytes = static_cast<GByte*>(CPLMalloc(part->size()));
    std::copy(part->begin(), part->end(), bytes);
    VSIFCloseL(VSIFileFromMemBuffer((base + ending).c_str(), bytes, part->size(), TRUE));
    part->clear();
    part->shrink_to_fit();
  }
  return open_dataset(base + ".shp", job, format);
}

Result<void> VectorSource::open_dataset(const std::string& name, const worker::IngestJob& job, FileFormat format) {
  const std::vector<const char*> drivers = {driver_of(format), nullptr};
  const CPLStringList options = open_options(job, format);
  dataset_.reset(GDALDataset::Open(name.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers.data(), options.List()));
  const std::string problem = take_failure();
  // A refused link to a coordinate system is a failure to GDAL; without it the file is as good as any.
  if (dataset_ != nullptr && (problem.empty() || tried_network())) return {};
  return failure(ErrorCode::kBadData,
                 fmt::format("{} is damaged or not {}: {}.", job.file_name(), driver_of(format),
                             problem.empty() ? "GDAL cannot open it" : without_path(problem, job.path(), job.file_name())));
}

Result<void> VectorSource::choose_layer(const worker::IngestJob& job) {
  const bool is_shapefile = format_ == FileFormat::kShapefile || format_ == FileFormat::kShapefileZip;
  const int count = dataset_->GetLayerCount();
  if (count == 0) return failure(ErrorCode::kBadData, fmt::format("{} holds no layer.", job.file_name()));
  if (format_ == FileFormat::kGeoPackage && strange_table_count(*dataset_) > 0) {
    return failure(ErrorCode::kBadData, fmt::format("{} holds virtual tables or views, which are not read.", job.file_name()));
  }
  if (job.source_layer().empty() || is_shapefile) {
    if (count > 1) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("{} holds {} layers ({}); name one with --source-layer.", job.file_name(), count, layer_names(*dataset_)),
                     "source_layer");
    }
    layer_ = dataset_->GetLayer(0);
    return {};
  }
  layer_ = dataset_->GetLayerByName(job.source_layer().c_str());
  if (layer_ != nullptr) return {};
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} has no layer `{}`; it has {}.", job.file_name(), job.source_layer(), layer_names(*dataset_)),
                 "source_layer");
}

std::string VectorSource::crs() const {
  const OGRSpatialReference* system = layer_->GetSpatialRef();
  if (system == nullptr) return {};
  OGRSpatialReference flat(*system);
  flat.DemoteTo2D(nullptr);
  const char* authority = flat.GetAuthorityName(nullptr);
  const char* code = flat.GetAuthorityCode(nullptr);
  if (authority != nullptr && code != nullptr) return fmt::format("{}:{}", authority, code);
  char* wkt = nullptr;
  const std::vector<const char*> options = {"FORMAT=WKT2_2019", nullptr};
  std::string text;
  if (flat.exportToWkt(&wkt, options.data()) == OGRERR_NONE && wkt != nullptr) text = wkt;
  CPLFree(wkt);
  return text;
}

}  // namespace obnova::server
