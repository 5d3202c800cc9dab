#include "server/ingest/exported_rows.h"

#include <cpl_conv.h>
#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <utility>

#include "server/ingest/gdal_drivers.h"
#include "server/ingest/gdal_source.h"
#include "server/ingest/zip_archive.h"

namespace obnova::server {
namespace {

// GeoPackage, FlatGeobuf and GeoJSON, through GDAL.
class LayerRows final : public ExportedRows {
 public:
  LayerRows(VectorSource source, const worker::IngestJob& job, const ExportedNote& note) : source_(std::move(source)), job_(job) {
    const OGRFeatureDefn* definition = source_.layer().GetLayerDefn();
    for (int i = 0; i < definition->GetFieldCount(); ++i) {
      const OGRFieldDefn* field = definition->GetFieldDefn(i);
      if (field->GetNameRef() == note.id_column) {
        id_index_ = i;
        continue;
      }
      if (field->GetType() == OFTBinary) continue;
      columns_.push_back({field->GetNameRef(), type_of(*field)});
      indexes_.push_back(i);
    }
    count_ = source_.layer().GetFeatureCount();  // Asked later, it would begin the reading anew.
    source_.layer().ResetReading();
  }

  const std::vector<Column>& columns() const override { return columns_; }
  std::string crs() const override { return source_.crs(); }
  std::int64_t count() const override { return count_; }
  Result<std::optional<Row>> next() override {
    const OGRFeatureUniquePtr feature{source_.layer().GetNextFeature()};
    if (const std::string problem = take_gdal_failure(); !problem.empty()) {
      return failure(ErrorCode::kBadData, fmt::format("{} is damaged: {}.", job_.file_name(), without_path(problem, job_)));
    }
    if (!feature) return std::nullopt;
    Row row;
    if (id_index_ && feature->IsFieldSetAndNotNull(*id_index_)) row.id = feature->GetFieldAsString(*id_index_);
    for (std::size_t i = 0; i < columns_.size(); ++i) row.values.push_back(value_of(*feature, indexes_[i], columns_[i].type));
    row.shape.reset(feature->StealGeometry());
    return row;
  }

 private:
  static geo::FieldType type_of(const OGRFieldDefn& field) {
    if (field.GetType() == OFTReal) return geo::FieldType::kDouble;
    if (field.GetType() != OFTInteger && field.GetType() != OFTInteger64) return geo::FieldType::kString;
    return field.GetSubType() == OFSTBoolean ? geo::FieldType::kBool : geo::FieldType::kInt;
  }
  static geo::Value value_of(const OGRFeature& feature, int index, geo::FieldType type) {
    if (!feature.IsFieldSetAndNotNull(index)) return {};
    switch (type) {
      case geo::FieldType::kBool:
        return feature.GetFieldAsInteger(index) != 0;
      case geo::FieldType::kInt:
        return static_cast<std::int64_t>(feature.GetFieldAsInteger64(index));
      case geo::FieldType::kDouble:
        return feature.GetFieldAsDouble(index);
      case geo::FieldType::kString:
        break;
    }
    return std::string(feature.GetFieldAsString(index));
  }

  const VectorSource source_;
  const worker::IngestJob job_;
  std::vector<Column> columns_;
  std::vector<int> indexes_;  // Of the columns, for GDAL.
  std::optional<int> id_index_;
  std::int64_t count_ = 0;
};

// CSV as this program writes it, where "" is empty text and nothing is null.
class TableRows final : public ExportedRows {
 public:
  TableRows(std::string text, std::string file_name) : text_(std::move(text)), file_name_(std::move(file_name)) {
    const auto head = read_cells();
    for (std::size_t i = 1; i + 1 < head.size(); ++i) columns_.push_back({head[i].value_or(""), geo::FieldType::kString});
  }

  const std::vector<Column>& columns() const override { return columns_; }
  std::string crs() const override { return "EPSG:4326"; }
  std::int64_t count() const override { return -1; }
  Result<std::optional<Row>> next() override {
    if (at_ >= text_.size()) return std::nullopt;
    auto cells = read_cells();
    ++row_;
    if (cells.size() != columns_.size() + 2) {
      return failure(ErrorCode::kBadData,
                     fmt::format("{}: row {} has {} cells where {} are wanted.", file_name_, row_, cells.size(), columns_.size() + 2));
    }
    Row row;
    row.id = std::move(cells.front());
    if (cells.back()) {
      OGRGeometry* shape = nullptr;
      if (OGRGeometryFactory::createFromWkt(cells.back()->c_str(), nullptr, &shape) != OGRERR_NONE) {
        return failure(ErrorCode::kBadData, fmt::format("{}: row {} has a shape that is no WKT.", file_name_, row_));
      }
      row.shape.reset(shape);
    }
    for (std::size_t i = 1; i + 1 < cells.size(); ++i) row.values.push_back(cells[i] ? geo::Value(std::move(*cells[i])) : geo::Value());
    return row;
  }

 private:
  // The cells of a line; a cell without anything, quotes included, is null.
  std::vector<std::optional<std::string>> read_cells() {
    std::vector<std::optional<std::string>> cells;
    while (true) {
      cells.push_back(read_cell());
      if (at_ >= text_.size()) return cells;
      if (text_[at_++] == ',') continue;
      if (at_ < text_.size() && text_[at_ - 1] == '\r' && text_[at_] == '\n') ++at_;
      return cells;
    }
  }
  std::optional<std::string> read_cell() {
    const auto ends = [this] { return at_ >= text_.size() || text_[at_] == ',' || text_[at_] == '\r' || text_[at_] == '\n'; };
    if (ends()) return std::nullopt;
    std::string cell;
    if (text_[at_] != '"') {
      while (!ends()) cell += text_[at_++];
      return cell;
    }
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != '"') {
        cell += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell += text_[at_++];
      } else {
        break;
      }
    }
    ++at_;
    while (!ends()) ++at_;
    return cell;
  }

  const std::string text_;
  const std::string file_name_;
  std::size_t at_ = 0;
  std::int64_t row_ = 0;
  std::vector<Column> columns_;
};

Result<std::unique_ptr<ExportedRows>> open_layer(worker::IngestJob job, FileFormat format, const ExportedNote& note) {
  // A text that looks like a time stays the text it was.
  CPLSetConfigOption("OGR_GEOJSON_DATE_AS_STRING", "YES");
  job.set_source_layer(format == FileFormat::kGeoPackage ? note.place : "");
  auto source = VectorSource::open(job, format);
  if (!source) return std::unexpected(source.error());
  return std::make_unique<LayerRows>(std::move(*source), job, note);
}

// A file of an archive, unpacked into memory.
Result<std::unique_ptr<ExportedRows>> open_member(worker::IngestJob job, const ExportedNote& note) {
  const auto entries = list_zip(job.path(), job.file_name());
  if (!entries) return std::unexpected(entries.error());
  const auto entry = std::ranges::find(*entries, note.place, &ZipEntry::name);
  if (entry == entries->end()) return failure(ErrorCode::kBadData, fmt::format("{} holds no file {}.", job.file_name(), note.place));
  auto content = read_zip_entry(job.path(), job.file_name(), *entry);
  if (!content) return std::unexpected(content.error());
  if (note.place.ends_with(".csv")) return std::make_unique<TableRows>(std::move(*content), note.place);
  const bool is_flatgeobuf = note.place.ends_with(".fgb");
  job.set_path(put_in_memory(is_flatgeobuf ? ".fgb" : ".geojson", *content));
  return open_layer(std::move(job), is_flatgeobuf ? FileFormat::kFlatGeobuf : FileFormat::kGeoJson, note);
}

}  // namespace

Result<std::unique_ptr<ExportedRows>> ExportedRows::open(const worker::IngestJob& job, FileFormat format, const ExportedNote& note) {
  return format == FileFormat::kZip ? open_member(job, note) : open_layer(job, format, note);
}

}  // namespace obnova::server
