#include "server/ingest/exported_import.h"

#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "geo/base/wkb.h"
#include "geo/io/projection.h"
#include "server/ingest/exported_rows.h"
#include "server/ingest/gdal_geometry.h"
#include "server/ingest/text_encoding.h"
#include "server/ingest/valid_shape.h"

namespace obnova::server {
namespace {

constexpr std::int64_t kRowsBetweenNews = 4096;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxIdBytes = 255;

template <typename Number>
std::optional<geo::Value> number_of(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return geo::Value(number);
}

std::optional<geo::Value> from_text(const std::string& text, geo::FieldType type) {
  switch (type) {
    case geo::FieldType::kBool:
      if (text == "true" || text == "false") return geo::Value(text == "true");
      return std::nullopt;
    case geo::FieldType::kInt:
      return number_of<std::int64_t>(text);
    case geo::FieldType::kDouble:
      return number_of<double>(text);
    case geo::FieldType::kString:
      break;
  }
  if (text.size() > kMaxTextBytes || !is_utf8(text)) return std::nullopt;
  return geo::Value(text);
}

// The value as its field has it; nullopt when it is of no such type.
std::optional<geo::Value> as_type(const geo::Value& value, geo::FieldType type) {
  if (std::holds_alternative<std::monostate>(value)) return value;
  if (const auto* text = std::get_if<std::string>(&value)) return from_text(*text, type);
  if (geo::fits(value, type)) {
    const auto* number = std::get_if<double>(&value);
    return number == nullptr || std::isfinite(*number) ? std::optional(value) : std::nullopt;
  }
  const auto* whole = std::get_if<std::int64_t>(&value);
  if (whole != nullptr && type == geo::FieldType::kDouble) return geo::Value(static_cast<double>(*whole));
  if (whole != nullptr && type == geo::FieldType::kBool && (*whole == 0 || *whole == 1)) return geo::Value(*whole == 1);
  return std::nullopt;
}

class ExportedImport {
 public:
  ExportedImport(const worker::IngestJob& job, const ExportedNote& note, std::unique_ptr<ExportedRows> rows, const TellProgress& tell)
      : job_(job), note_(note), rows_(std::move(rows)), tell_(tell) {}

  Result<Reading> run();

 private:
  struct Planned {
    geo::Field field;
    std::optional<std::size_t> column;  // Of the rows; nullopt where the field has no value anywhere.
  };
  void plan();
  Result<worker::LayerSaid> said() const;
  Result<Geometry> covered_area() const;
  Result<void> read_row(ExportedRows::Row row);
  Result<std::string> id_of(const ExportedRows::Row& row);
  std::unexpected<Error> bad_row(const std::string& why) const {
    return failure(ErrorCode::kBadData, fmt::format("{}: row {}: {}", job_.file_name(), row_count_, why));
  }

  const worker::IngestJob& job_;
  const ExportedNote& note_;
  const std::unique_ptr<ExportedRows> rows_;
  const TellProgress& tell_;
  std::optional<geo::Projection> projection_;
  std::vector<Planned> planned_;
  std::unique_ptr<LayerWriter> writer_;
  std::unordered_set<std::string> ids_;
  worker::IngestSummary summary_;
  std::int64_t row_count_ = 0;
};

// The fields of the note in its order, then what the file has more.
void ExportedImport::plan() {
  const auto& columns = rows_->columns();
  std::vector<bool> used(columns.size());
  std::vector<std::string> names;
  for (const ExportedNote::Column& known : note_.columns) {
    const auto found = std::ranges::find(columns, known.name, &ExportedRows::Column::name);
    if (found == columns.end() && rows_->count() != 0) {
      summary_.add_warnings(fmt::format("The column {} is gone, and with it the field {}.", known.name, known.field.name));
      continue;
    }
    names.push_back(known.field.name);
    planned_.push_back({known.field, std::nullopt});
    if (found == columns.end()) continue;
    planned_.back().column = static_cast<std::size_t>(found - columns.begin());
    used[*planned_.back().column] = true;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (used[i]) continue;
    std::string name = columns[i].name;
    for (int number = 2; std::ranges::find(names, name) != names.end(); ++number) name = fmt::format("{}_{}", columns[i].name, number);
    names.push_back(name);
    planned_.push_back({{name, columns[i].type}, i});
    summary_.add_warnings(fmt::format("The column {} is new since the export; it became the field {}.", columns[i].name, name));
  }
}

Result<Geometry> ExportedImport::covered_area() const {
  if (!note_.covered_area_wkb.empty()) return from_wkb(note_.covered_area_wkb);
  if (note_.covered_area_json.empty()) return Geometry{};
  const std::unique_ptr<OGRGeometry> shape(OGRGeometryFactory::createFromGeoJson(note_.covered_area_json.c_str()));
  if (!shape) return failure(ErrorCode::kBadData, fmt::format("{}: its covered area is no shape.", job_.file_name()));
  auto simple = simple_shape(*shape);
  if (!simple) return failure(ErrorCode::kBadData, fmt::format("{}: its covered area: {}", job_.file_name(), simple.error().message));
  return std::move(simple->geometry);
}

Result<worker::LayerSaid> ExportedImport::said() const {
  worker::LayerSaid said = note_.said;
  const auto area = covered_area();
  if (!area) return std::unexpected(area.error());
  if (area->kind == GeometryKind::kNone) return said;
  const auto on_plane = projection_->to_plane(area->view());
  if (!on_plane) return std::unexpected(on_plane.error());
  const auto valid = valid_shape(*on_plane);
  if (!valid) return std::unexpected(valid.error());
  said.set_covered_area_wkb(to_wkb(valid->geometry.view()));
  return said;
}

Result<std::string> ExportedImport::id_of(const ExportedRows::Row& row) {
  const auto is_control = [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; };
  if (!row.id || row.id->empty() || row.id->size() > kMaxIdBytes || !is_utf8(*row.id) || std::ranges::any_of(*row.id, is_control)) {
    return bad_row(fmt::format("the column {} holds no usable id.", note_.id_column));
  }
  if (!ids_.insert(*row.id).second) return bad_row(fmt::format("the id {} was used before.", *row.id));
  return *row.id;
}

Result<void> ExportedImport::read_row(ExportedRows::Row row) {
  writer_->count_read();
  const auto id = id_of(row);
  if (!id) return std::unexpected(id.error());
  std::vector<geo::Value> values;
  for (const Planned& planned : planned_) {
    auto value = planned.column ? as_type(row.values[*planned.column], planned.field.type) : geo::Value();
    if (!value) return bad_row(fmt::format("a value of {} is not of the type of its field.", planned.field.name));
    values.push_back(std::move(*value));
  }
  const std::string name = fmt::format("row {}", row_count_);
  if (row.shape == nullptr) return writer_->add(*id, {}, values);
  auto simple = simple_shape(*row.shape);
  if (!simple) {
    writer_->note_rejected(name, simple.error().message);
    return {};
  }
  if (simple->geometry.kind == GeometryKind::kNone) return writer_->add(*id, {}, values);
  const auto on_plane = projection_->to_plane(simple->geometry.view());
  if (!on_plane) return bad_row(on_plane.error().message);
  auto valid = valid_shape(*on_plane);
  if (!valid) {
    writer_->note_rejected(name, valid.error().message);
    return {};
  }
  if (valid->repaired || simple->repaired) writer_->note_repaired(name, valid->repaired ? *valid->repaired : *simple->repaired);
  return writer_->add(*id, valid->geometry, values);
}

Result<Reading> ExportedImport::run() {
  auto projection = geo::Projection::make(rows_->crs(), job_.city_crs());
  if (!projection) return failure(projection.error().code, fmt::format("{}: {}", job_.file_name(), projection.error().message), "crs");
  projection_ = std::move(*projection);
  plan();
  auto stated = said();
  if (!stated) return std::unexpected(stated.error());
  std::vector<geo::Field> fields;
  for (const Planned& planned : planned_) fields.push_back(planned.field);
  const auto theme = geo::theme_by_number(job_.theme());
  writer_ = std::make_unique<LayerWriter>(job_.layer_from_file() ? note_.layer : job_.layer(), theme.value_or(note_.theme), fields);
  writer_->say(std::move(*stated));
  const double count = static_cast<double>(std::max<std::int64_t>(1, rows_->count()));
  for (auto row = rows_->next();; row = rows_->next()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    if (++row_count_ % kRowsBetweenNews == 0) tell_(std::min(1.0, static_cast<double>(row_count_) / count), "reading rows");
    if (job_.max_feature_count() > 0 && row_count_ > job_.max_feature_count()) {
      return failure(ErrorCode::kLimitExceeded, fmt::format("{} holds more than {} features.", job_.file_name(), job_.max_feature_count()));
    }
    const auto read = read_row(std::move(**row));
    if (!read) return std::unexpected(read.error());
  }
  if (rows_->count() >= 0 && rows_->count() != row_count_) {
    return failure(ErrorCode::kBadData, fmt::format("{} says it has {} rows; {} came.", job_.file_name(), rows_->count(), row_count_));
  }
  note_operation(projection_->note(), summary_);
  summary_.set_read_count(row_count_);
  summary_.set_encoding("UTF-8");
  Reading reading;
  reading.summary = std::move(summary_);
  reading.layers.push_back(std::move(writer_));
  return reading;
}

}  // namespace

Result<Reading> read_exported(const worker::IngestJob& job, FileFormat format, const ExportedNote& note, const TellProgress& tell) {
  auto rows = ExportedRows::open(job, format, note);
  if (!rows) return std::unexpected(rows.error());
  return ExportedImport(job, note, std::move(*rows), tell).run();
}

}  // namespace obnova::server
