#include "server/ingest/gdal_import.h"

#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "server/ingest/drawing.h"
#include "server/ingest/gdal_columns.h"
#include "server/ingest/gdal_geometry.h"
#include "server/ingest/gdal_drivers.h"
#include "server/ingest/gdal_source.h"
#include "server/ingest/table_places.h"
#include "server/ingest/valid_shape.h"

namespace obnova::server {
namespace {

constexpr std::int64_t kRowsBetweenNews = 4096;

// What a theme's shapes must be; nullopt for themes that take any.
std::optional<int> dimension_of(geo::Theme theme) {
  if (theme == geo::Theme::kRoads) return 1;
  if (theme == geo::Theme::kBarriers || theme == geo::Theme::kTurnRestrictions) return 0;
  return std::nullopt;
}

// A column the reader made up: nothing in it, or how a map would draw the feature.
bool is_invented(const SourceColumn& column) {
  const bool is_style = column.raw_name == "tessellate" || column.raw_name == "extrude" || column.raw_name == "visibility";
  return column.filled_count == 0 || (is_style && column.only_defaults);
}

class VectorImport {
 public:
  VectorImport(const worker::IngestJob& job, const TellProgress& tell, VectorSource source)
      : job_(job), tell_(tell), source_(std::move(source)), theme_(*geo::theme_by_number(job.theme())) {}

  Result<Reading> run();

 private:
  Result<std::string> choose_crs();
  Result<void> survey();
  Result<void> choose_decoder();
  Result<void> find_places();
  Result<void> plan();
  Result<void> read_rows();
  Result<void> read_row(const OGRFeature& feature, std::int64_t row);
  Result<std::string> id_of(const OGRFeature& feature, std::int64_t row);
  Result<std::unique_ptr<OGRGeometry>> given_shape(const OGRFeature& feature);
  Geometry on_drawing(Geometry shape) const;
  Result<std::optional<ValidShape>> shape_of(const OGRFeature& feature, const std::string& row_name);
  Result<void> check_whole() const;
  Result<void> check_gdal() const;
  void warn();

  std::string row_text(const OGRFeature& feature, std::int64_t row) const;

  const worker::IngestJob& job_;
  const TellProgress& tell_;
  VectorSource source_;
  geo::Theme theme_;
  std::optional<geo::Projection> projection_;
  std::vector<SourceColumn> columns_;
  TextSurvey texts_;
  std::optional<TextDecoder> decoder_;
  std::optional<TablePlaces> places_;
  std::optional<DrawingUnit> unit_;
  std::unique_ptr<OGRSpatialReference> first_system_;
  std::int64_t curve_count_ = 0;
  std::optional<ColumnPlan> plan_;
  std::optional<int> id_column_;
  std::unordered_map<std::string, std::int64_t> row_of_id_;
  std::unique_ptr<LayerWriter> writer_;
  worker::IngestSummary summary_;
  std::int64_t row_count_ = 0;
  std::int64_t no_shape_count_ = 0;
};

// What a person finds the row by: its id, the number of the row in a sheet, or
// how many rows come before it.
std::string VectorImport::row_text(const OGRFeature& feature, std::int64_t row) const {
  if (source_.is_made()) return decoder_->decode(feature.GetFieldAsString(0)).value_or(fmt::format("row {}", row));
  const bool is_sheet = source_.format() == FileFormat::kXlsx || source_.format() == FileFormat::kOds;
  return fmt::format("row {}", is_sheet ? feature.GetFID() : row);
}

Result<Reading> VectorImport::run() {
  const Result<std::string> crs = choose_crs();
  if (!crs) return std::unexpected(crs.error());
  auto projection = geo::Projection::make(*crs, job_.city_crs());
  if (!projection) return failure(projection.error().code, fmt::format("{}: {}", job_.file_name(), projection.error().message), "crs");
  projection_ = std::move(*projection);
  if (source_.format() == FileFormat::kDxf) unit_ = DrawingUnit::of_file(job_.path());
  Result<void> done = survey();
  if (done) done = choose_decoder();
  if (done) done = plan();
  if (done) done = read_rows();
  if (done) done = check_whole();
  if (!done) return std::unexpected(done.error());
  warn();
  Reading reading;
  reading.summary = std::move(summary_);
  reading.layers.push_back(std::move(writer_));
  return reading;
}

Result<std::string> VectorImport::choose_crs() {
  const std::string own = source_.crs();
  if (!job_.crs().empty()) {
    if (!own.empty() && own != job_.crs()) {
      summary_.add_warnings(
          fmt::format("The file says its coordinates are {}; they were read as {} as asked.", own.substr(0, 100), job_.crs()));
    }
    return job_.crs();
  }
  if (gdal_tried_network()) {
    summary_.add_warnings(
        "The file says what its coordinates are only by a link, which is not followed; they were read as longitude and latitude "
        "(EPSG:4326).");
    return "EPSG:4326";
  }
  if (!own.empty()) return own;
  if (is_table(source_.format()) || source_.format() == FileFormat::kPowerTables) {
    summary_.add_warnings("The file does not say what its coordinates are; they were read as longitude and latitude (EPSG:4326).");
    return "EPSG:4326";
  }
  const bool is_plane = source_.format() == FileFormat::kDxf || source_.format() == FileFormat::kEpanet;
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} does not say what its coordinates are; say it, such as `--crs {}`.", job_.file_name(),
                             is_plane ? job_.city_crs() : "EPSG:4326"),
                 "crs");
}

Result<void> VectorImport::survey() {
  columns_ = source_columns(source_.layer());
  for (const SourceColumn& column : columns_) texts_.add(0, "name of a column", without_half_letter(column.raw_name));
  source_.layer().ResetReading();
  while (const OGRFeatureUniquePtr feature{source_.layer().GetNextFeature()}) {
    ++row_count_;
    if (job_.max_feature_count() > 0 && row_count_ > job_.max_feature_count()) {
      return failure(ErrorCode::kLimitExceeded, fmt::format("{} holds more than {} features.", job_.file_name(), job_.max_feature_count()));
    }
    survey_row(*feature, row_count_, columns_, texts_);
    if (unit_) unit_->look_at(*feature, *projection_);
    if (row_count_ % kRowsBetweenNews == 0) tell_(0, "looking at rows");
  }
  if (row_count_ == 0) {
    const Result<void> good = check_gdal();
    return good ? failure(ErrorCode::kBadData, fmt::format("{} holds no features.", job_.file_name())) : good;
  }
  return check_gdal();
}

Result<void> VectorImport::choose_decoder() {
  const bool is_known = is_always_unicode(source_.format()) || source_.format() == FileFormat::kDxf;
  if (is_always_unicode(source_.format()) && !job_.encoding().empty()) {
    summary_.add_warnings(
        fmt::format("Texts of {} are Unicode by themselves; the encoding {} was not used.", job_.file_name(), job_.encoding()));
  }
  const auto choice = choose_encoding(job_.file_name(), is_known ? "" : job_.encoding(), source_.claimed_encoding(), texts_);
  if (!choice) return std::unexpected(choice.error());
  if (!choice->warning.empty()) summary_.add_warnings(choice->warning);
  auto decoder = TextDecoder::make(choice->encoding);
  if (!decoder) return std::unexpected(decoder.error());
  decoder_ = std::move(*decoder);
  summary_.set_encoding(decoder_->encoding());
  return {};
}

// Takes away the columns that hold places, ids, or nothing that stands in the file.
Result<void> VectorImport::find_places() {
  if (is_table(source_.format())) {
    auto places = TablePlaces::find(job_, columns_, *decoder_);
    if (!places) return std::unexpected(places.error());
    places_ = *places;
  }
  std::erase_if(columns_, [&](const SourceColumn& column) {
    if (places_ && places_->uses(column.index)) return true;
    if (source_.is_made() && column.index == 0) return true;
    return invents_columns(source_.format()) && is_invented(column);
  });
  return {};
}

Result<void> VectorImport::plan() {
  const Result<void> placed = find_places();
  if (!placed) return placed;
  auto columns = ColumnPlan::make(job_, columns_, *decoder_, source_.format() == FileFormat::kCsv, summary_);
  if (!columns) return std::unexpected(columns.error());
  plan_ = std::move(*columns);
  writer_ = std::make_unique<LayerWriter>(job_.layer(), theme_, plan_->fields());
  for (const auto& [row, reason] : source_.made().rejected) {
    writer_->count_read();
    writer_->note_rejected(row, reason);
  }
  if (job_.id_column().empty()) return {};
  const Result<int> index = column_index(job_.id_column(), columns_, *decoder_, job_.file_name());
  if (!index) return failure(index.error().code, index.error().message, "id_column");
  id_column_ = *index;
  return {};
}

Result<void> VectorImport::read_rows() {
  source_.layer().ResetReading();
  std::int64_t row = 0;
  while (const OGRFeatureUniquePtr feature{source_.layer().GetNextFeature()}) {
    const Result<void> taken = read_row(*feature, ++row);
    if (!taken) {
      return failure(taken.error().code, fmt::format("{}: {}: {}", job_.file_name(), row_text(*feature, row), taken.error().message),
                     taken.error().field);
    }
    if (row % kRowsBetweenNews == 0) tell_(std::min(1.0, static_cast<double>(row) / static_cast<double>(row_count_)), "reading rows");
  }
  if (row != row_count_) return failure(ErrorCode::kBadData, fmt::format("{} changed while it was read.", job_.file_name()));
  return check_gdal();
}

Result<void> VectorImport::read_row(const OGRFeature& feature, std::int64_t row) {
  writer_->count_read();
  const Result<std::string> id = id_of(feature, row);
  if (!id) return std::unexpected(id.error());
  const Result<std::vector<geo::Value>> values = plan_->values_of(feature, *decoder_);
  if (!values) return std::unexpected(values.error());
  const std::string name = row_text(feature, row);
  const auto shape = shape_of(feature, name);
  if (!shape) return std::unexpected(shape.error());
  if (!*shape) return {};
  const auto needed = dimension_of(theme_);
  if (needed && dimension((*shape)->geometry.kind) != *needed) {
    writer_->note_rejected(name, fmt::format("A layer of {} takes {} only.", geo::theme_name(theme_), *needed == 1 ? "lines" : "points"));
    return {};
  }
  if ((*shape)->geometry.kind == GeometryKind::kNone) ++no_shape_count_;
  if ((*shape)->repaired) writer_->note_repaired(name, *(*shape)->repaired);
  return writer_->add(*id, (*shape)->geometry, *values);
}

Result<std::string> VectorImport::id_of(const OGRFeature& feature, std::int64_t row) {
  std::string id = std::to_string(feature.GetFID());
  if (id_column_ || source_.is_made()) {
    const auto text = decoder_->decode(feature.GetFieldAsString(id_column_.value_or(0)));
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    if (!text || text->empty() || text->size() > 255 || std::any_of(text->begin(), text->end(), is_control)) {
      return failure(ErrorCode::kBadData, fmt::format("the column {} holds no usable id.", id_column_ ? job_.id_column() : "id"));
    }
    id = *text;
  }
  const auto [first, is_new] = row_of_id_.emplace(id, row);
  if (is_new) return id;
  return failure(ErrorCode::kBadData, fmt::format("the id {} was used by row {} already.", id, first->second));
}

// The shape as the file gives it; null for none.
Result<std::unique_ptr<OGRGeometry>> VectorImport::given_shape(const OGRFeature& feature) {
  if (places_) return places_->place_of(feature);
  const OGRGeometry* given = feature.GetGeometryRef();
  if (given == nullptr) return nullptr;
  // Features of GML state their systems one by one.
  const OGRSpatialReference* system = given->getSpatialReference();
  if (source_.format() == FileFormat::kGml && system != nullptr) {
    if (first_system_ == nullptr) first_system_.reset(system->Clone());
    if (first_system_->IsSame(system) == 0) {
      return failure(ErrorCode::kInvalidArgument,
                     "its coordinates are in another system than those of the rows before; one system is needed.");
    }
  }
  return std::unique_ptr<OGRGeometry>(given->clone());
}

// Nullopt when the row was rejected.
Result<std::optional<ValidShape>> VectorImport::shape_of(const OGRFeature& feature, const std::string& row_name) {
  const auto rejected = [&](const std::string& why) {
    writer_->note_rejected(row_name, why);
    return std::optional<ValidShape>();
  };
  const Result<std::unique_ptr<OGRGeometry>> given = given_shape(feature);
  if (!given && given.error().code == ErrorCode::kBadData) return rejected(given.error().message);
  if (!given) return std::unexpected(given.error());
  if (*given == nullptr) return ValidShape{};
  Result<SimpleShape> simple = simple_shape(**given);
  if (!simple) return rejected(simple.error().message);
  if (simple->geometry.kind == GeometryKind::kNone) return ValidShape{};
  if (simple->had_curves || (unit_ && was_curved(feature))) ++curve_count_;
  if (unit_) simple->geometry = on_drawing(std::move(simple->geometry));
  const Result<Geometry> on_plane = projection_->to_plane(simple->geometry.view());
  // Frames and legends of drawings lie anywhere.
  if (!on_plane && unit_) return rejected(on_plane.error().message);
  if (!on_plane) return std::unexpected(on_plane.error());
  Result<ValidShape> valid = valid_shape(*on_plane);
  if (!valid) return rejected(valid.error().message);
  if (!valid->repaired) valid->repaired = std::move(simple->repaired);
  return std::optional(std::move(*valid));
}

// In meters, and closed lines as areas where the theme has areas.
Geometry VectorImport::on_drawing(Geometry shape) const {
  for (Point& point : shape.points) point = {point.x_m * unit_->scale(), point.y_m * unit_->scale()};
  return has_areas(theme_) ? area_of_closed_line(std::move(shape)) : shape;
}

Result<void> VectorImport::check_gdal() const {
  const std::string problem = take_gdal_failure();
  if (problem.empty()) return {};
  return failure(ErrorCode::kBadData, fmt::format("{} is damaged: {}.", job_.file_name(), without_path(problem, job_)));
}

Result<void> VectorImport::check_whole() const {
  const worker::LayerTally& tally = writer_->tally();
  if (tally.kept_count() == 0) {
    return failure(ErrorCode::kBadData,
                   fmt::format("No row of {} can be used; {}: {}", job_.file_name(), tally.problems(0).row(), tally.problems(0).reason()));
  }
  const auto meant = source_.null_shape_count();
  if (meant && no_shape_count_ > *meant) {
    return failure(ErrorCode::kBadData,
                   fmt::format("{} is damaged: {} of its shapes cannot be read.", job_.file_name(), no_shape_count_ - *meant));
  }
  if (no_shape_count_ == tally.kept_count() && theme_ != geo::Theme::kOther) {
    return failure(
        ErrorCode::kInvalidArgument,
        fmt::format("No row of {} has a place; name the columns of a table with `--map lon=COLUMN --map lat=COLUMN` or `--map wkt=COLUMN`.",
                    job_.file_name()),
        "field_map");
  }
  return {};
}

void VectorImport::warn() {
  note_operation(projection_->note(), summary_);
  summary_.set_read_count(row_count_ + static_cast<std::int64_t>(source_.made().rejected.size()));
  if (no_shape_count_ > 0)
    summary_.add_warnings(fmt::format("{} rows have no place; no spatial question will find them.", no_shape_count_));
  if (curve_count_ > 0) summary_.add_warnings(fmt::format("{} shapes had arcs, which became lines of short pieces.", curve_count_));
  if (unit_ && unit_->warning()) summary_.add_warnings(*unit_->warning());
  for (const std::string& warning : source_.made().warnings) summary_.add_warnings(warning);
  for (const std::string& warning : gdal_warnings()) summary_.add_warnings(fmt::format("GDAL: {}.", without_path(warning, job_)));
  if (plan_->dropped_number_count() > 0) {
    summary_.add_warnings(fmt::format("{} values that should be numbers are none and were left empty.", plan_->dropped_number_count()));
  }
}

}  // namespace

Result<Reading> read_vector(const worker::IngestJob& job, FileFormat format, const TellProgress& tell) {
  if (!geo::valid_layer_id(job.layer()))
    return failure(ErrorCode::kInvalidArgument, fmt::format("`{}` is no id of a layer.", job.layer()), "layer");
  if (!geo::theme_by_number(job.theme())) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{} needs a theme, such as `--theme buildings`.", job.file_name()), "theme");
  }
  auto source = VectorSource::open(job, format);
  if (!source) return std::unexpected(source.error());
  return VectorImport(job, tell, std::move(*source)).run();
}

}  // namespace obnova::server
