#include "server/ingest/gdal_source.h"

#include <cpl_conv.h>
#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <fstream>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "server/ingest/city_json.h"
#include "server/ingest/epanet_import.h"
#include "server/ingest/gdal_drivers.h"
#include "server/ingest/power_tables.h"
#include "server/ingest/xml_check.h"
#include "server/ingest/zip_members.h"

namespace obnova::server {
namespace {

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

// The table of an archive that is wanted alone.
Result<std::string> table_in_memory(const std::vector<ZipEntry>& entries, const worker::IngestJob& job) {
  const Result<std::string> stem = chosen_stem(stems_of(entries, ".csv"), job);
  if (!stem) return stem;
  const Result<std::string> table = member_of(entries, *stem + ".csv", job);
  return table ? put_in_memory(".csv", *table) : table;
}

std::string content_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The only layer that is not empty: new tables have three sheets, and GPX has
// always five layers, of which two repeat the points of the others. Null when
// there are more or none.
OGRLayer* only_filled_layer(GDALDataset& dataset, FileFormat format) {
  OGRLayer* filled = nullptr;
  for (OGRLayer* layer : dataset.GetLayers()) {
    if (format == FileFormat::kGpx && std::string_view(layer->GetName()).ends_with("_points")) continue;
    if (layer->GetFeatureCount() == 0) continue;
    if (filled != nullptr) return nullptr;
    filled = layer;
  }
  return filled;
}

}  // namespace

VectorSource::VectorSource() = default;
VectorSource::~VectorSource() = default;
VectorSource::VectorSource(VectorSource&&) noexcept = default;
VectorSource& VectorSource::operator=(VectorSource&&) noexcept = default;

Result<VectorSource> VectorSource::open(const worker::IngestJob& job, FileFormat format) {
  VectorSource source;
  source.format_ = format;
  const Result<void> opened = source.open_format(job);
  if (!opened) return std::unexpected(opened.error());
  const Result<void> chosen = source.choose_layer(job);
  if (!chosen) return std::unexpected(chosen.error());
  return source;
}

Result<void> VectorSource::open_format(const worker::IngestJob& job) {
  switch (format_) {
    case FileFormat::kZip:
      return open_archive(job);
    case FileFormat::kShapefile:
      return open_shapefile(shapefile_beside(job), job);
    case FileFormat::kKmz: {
      const Result<std::string> document = kml_of_kmz(job);
      if (!document) return std::unexpected(document.error());
      const Result<void> good = check_xml(*document, job.file_name());
      return good ? open_dataset(put_in_memory(".kml", *document), job) : good;
    }
    case FileFormat::kKml:
    case FileFormat::kGml:
    case FileFormat::kGpx: {
      const Result<void> good = check_xml_file(job.path(), job.file_name());
      return good ? open_dataset(job.path(), job) : good;
    }
    case FileFormat::kXlsx:
    case FileFormat::kOds: {
      const Result<void> good = check_office_document(job);
      return good ? open_dataset(job.path(), job) : good;
    }
    case FileFormat::kEpanet:
      return take_made(read_epanet(content_of(job.path()), job.file_name()));
    case FileFormat::kCityJson:
      return take_made(read_city_json(content_of(job.path()), job.file_name(), {job.source_layer(), static_cast<geo::Theme>(job.theme())}));
    default:
      return open_dataset(job.path(), job);
  }
}

Result<void> VectorSource::open_archive(const worker::IngestJob& job) {
  const Result<std::vector<ZipEntry>> entries = list_zip(job.path(), job.file_name());
  if (!entries) return std::unexpected(entries.error());
  const Result<FileFormat> format = format_in_zip(*entries, job.file_name());
  if (!format) return std::unexpected(format.error());
  format_ = *format;
  if (format_ == FileFormat::kPowerTables && job.source_layer().empty()) {
    const auto tables = power_tables_of(*entries, job);
    if (!tables) return std::unexpected(tables.error());
    return take_made(read_power_tables(*tables, job.file_name()));
  }
  if (format_ == FileFormat::kShapefile) return open_shapefile(shapefile_in_zip(job), job);
  const Result<std::string> name = format_ == FileFormat::kMapInfo ? map_info_in_memory(*entries, job) : table_in_memory(*entries, job);
  if (format_ == FileFormat::kPowerTables) format_ = FileFormat::kCsv;
  if (!name) return std::unexpected(name.error());
  return open_dataset(*name, job);
}

Result<void> VectorSource::open_shapefile(Result<ShapefileFiles> files, const worker::IngestJob& job) {
  if (!files) return std::unexpected(files.error());
  const Result<ShapefileFacts> facts = check_shapefile(files->parts, job.file_name());
  if (!facts) return std::unexpected(facts.error());
  null_shape_count_ = facts->null_shape_count;
  claimed_encoding_ = facts->encoding;
  // The files live in memory: nothing is left behind whatever happens.
  for (const auto& [ending, part] : {std::pair<const char*, std::string*>{".shx", &files->parts.shx},
                                     {".dbf", &files->parts.dbf},
                                     {".prj", &files->parts.prj},
                                     {".shp", &files->parts.shp}}) {
    if (!part->empty()) put_in_memory(ending, *part);
    std::string().swap(*part);
  }
  return open_dataset("/vsimem/layer.shp", job);
}

Result<void> VectorSource::open_dataset(const std::string& name, const worker::IngestJob& job) {
  auto dataset = open_with_gdal(name, job, format_);
  if (!dataset) return std::unexpected(dataset.error());
  dataset_ = std::move(*dataset);
  return {};
}

Result<void> VectorSource::take_made(Result<MadeTable> made) {
  if (!made) return std::unexpected(made.error());
  auto dataset = dataset_of(*made);
  if (!dataset) return std::unexpected(dataset.error());
  dataset_ = std::move(*dataset);
  is_made_ = true;
  made_ = std::move(*made);
  std::vector<MadeRow>().swap(made_.rows);
  return {};
}

Result<void> VectorSource::choose_layer(const worker::IngestJob& job) {
  const int count = dataset_->GetLayerCount();
  if (count == 0) return failure(ErrorCode::kBadData, fmt::format("{} holds no layer.", job.file_name()));
  if (format_ == FileFormat::kGeoPackage && strange_table_count(*dataset_) > 0) {
    return failure(ErrorCode::kBadData, fmt::format("{} holds virtual tables or views, which are not read.", job.file_name()));
  }
  if (format_ == FileFormat::kDxf) return choose_drawing_layer(job);
  // The layer of an archive was chosen among its files.
  const bool is_chosen = is_made_ || format_ == FileFormat::kShapefile || format_ == FileFormat::kMapInfo || format_ == FileFormat::kKmz ||
                         format_ == FileFormat::kCsv;
  if (job.source_layer().empty() || (is_chosen && count == 1)) {
    if (count > 1 && !job.only_survey()) {
      const bool may_have_empty = is_table(format_) || invents_columns(format_);
      layer_ = may_have_empty ? only_filled_layer(*dataset_, format_) : nullptr;
      if (layer_ != nullptr) return {};
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

// Layers of a drawing are a column of its one layer of entities.
Result<void> VectorSource::choose_drawing_layer(const worker::IngestJob& job) {
  layer_ = dataset_->GetLayer(0);
  if (job.source_layer().empty() || job.source_layer() == layer_->GetName()) return {};
  std::set<std::string> names;
  while (const OGRFeatureUniquePtr feature{layer_->GetNextFeature()}) names.insert(feature->GetFieldAsString("Layer"));
  if (names.contains(job.source_layer())) {
    std::string quoted;
    for (const char c : job.source_layer()) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    if (layer_->SetAttributeFilter(fmt::format("Layer = '{}'", quoted).c_str()) == OGRERR_NONE) return {};
  }
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} has no layer `{}`; it has {}.", job.file_name(), job.source_layer(), all.substr(0, 600)), "source_layer");
}

std::vector<std::string> VectorSource::names() const {
  std::vector<std::string> names;
  for (OGRLayer* layer : dataset_->GetLayers()) names.emplace_back(layer->GetName());
  return names;
}

std::string VectorSource::crs() const {
  if (is_made_) return made_.crs;
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
