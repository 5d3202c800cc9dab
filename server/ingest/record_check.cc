#include "server/ingest/record_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "geo/base/overlay.h"
#include "geo/base/wkb.h"

namespace obnova::server {
namespace {

constexpr int kMaxRows = 10'000;
constexpr int kMaxFields = 1'000;
constexpr int kMaxProblems = 100;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxMessageBytes = 1'000;
constexpr std::size_t kMaxSaidBytes = 500;
constexpr double kFarthest_m = 1e8;  // Two and a half times around the Earth.

std::unexpected<Error> broken(const std::string& what) {
  return failure(ErrorCode::kBadData, "The import worker broke its protocol: " + what + ".");
}

bool is_clean_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() <= kMaxNameBytes && std::none_of(name.begin(), name.end(), is_control);
}

bool is_code(int code) { return code >= 0 && code <= static_cast<int>(ErrorCode::kUnavailable); }

Result<void> check_columns(const worker::FeatureRows& rows, const std::vector<geo::Field>& fields) {
  const int count = rows.ids_size();
  if (count == 0 || count > kMaxRows) return broken(fmt::format("{} rows in one message", count));
  if (rows.wkb_size() != count) return broken(fmt::format("{} ids and {} geometries", count, rows.wkb_size()));
  if (rows.columns_size() != static_cast<int>(fields.size())) {
    return broken(fmt::format("{} columns for {} fields", rows.columns_size(), fields.size()));
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const worker::Column& column = rows.columns(static_cast<int>(i));
    const geo::FieldType type = fields[i].type;
    const auto size_for = [&](geo::FieldType of) { return type == of ? count : 0; };
    if (static_cast<int>(column.nulls().size()) != count || static_cast<int>(column.bools().size()) != size_for(geo::FieldType::kBool) ||
        column.ints_size() != size_for(geo::FieldType::kInt) || column.doubles_size() != size_for(geo::FieldType::kDouble) ||
        column.strings_size() != size_for(geo::FieldType::kString)) {
      return broken(fmt::format("the column {} has a wrong length", fields[i].name));
    }
  }
  return {};
}

Result<geo::Value> value_of(const worker::Column& column, const geo::Field& field, int row) {
  if (column.nulls()[static_cast<std::size_t>(row)] != '\0') return geo::Value();
  switch (field.type) {
    case geo::FieldType::kBool:
      return geo::Value(column.bools()[static_cast<std::size_t>(row)] != '\0');
    case geo::FieldType::kInt:
      return geo::Value(static_cast<std::int64_t>(column.ints(row)));
    case geo::FieldType::kDouble:
      if (!std::isfinite(column.doubles(row))) return broken(fmt::format("a value of {} is not finite", field.name));
      return geo::Value(column.doubles(row));
    case geo::FieldType::kString:
      if (column.strings(row).size() > kMaxTextBytes)
        return broken(fmt::format("a text of {} is longer than {} bytes", field.name, kMaxTextBytes));
      return geo::Value(column.strings(row));
  }
  return broken("a type that does not exist");
}

Result<Geometry> shape_of(const std::string& wkb, const std::string& id) {
  Result<Geometry> geometry = from_wkb(wkb);
  if (!geometry) return broken(fmt::format("the geometry of {} is not readable", id));
  const auto is_far = [](Point p) { return std::abs(p.x_m) > kFarthest_m || std::abs(p.y_m) > kFarthest_m; };
  if (std::any_of(geometry->points.begin(), geometry->points.end(), is_far))
    return broken(fmt::format("the geometry of {} is too far away", id));
  if (dimension(geometry->kind) == 2 && validity_problem(geometry->view())) return broken(fmt::format("the area of {} is not valid", id));
  return geometry;
}

}  // namespace

Result<void> RecordCheck::take(const worker::IngestRecord& record) {
  if (finished_) return broken("it goes on after its summary");
  switch (record.record_case()) {
    case worker::IngestRecord::kLayerStart:
      return begin_layer(record.layer_start());
    case worker::IngestRecord::kRows:
      return take_rows(record.rows());
    case worker::IngestRecord::kProgress:
      return take_progress(record.progress());
    case worker::IngestRecord::kSummary:
      return take_summary(record.summary());
    case worker::IngestRecord::kError:
      if (!is_code(record.error().code()) || record.error().message().empty()) return broken("an error without a reason");
      return failure(static_cast<ErrorCode>(record.error().code()), record.error().message().substr(0, kMaxMessageBytes));
    case worker::IngestRecord::kRasterStart:
      if (!row_counts_.empty()) return broken("a raster beside layers");
      return raster_.begin(record.raster_start());
    case worker::IngestRecord::kRasterCells:
      return raster_.take(record.raster_cells());
    case worker::IngestRecord::RECORD_NOT_SET:
      return broken("an empty record");
  }
  return broken("a record of no kind");
}

Result<void> RecordCheck::begin_layer(const worker::LayerStart& start) {
  const auto theme = geo::theme_by_number(start.theme());
  if (!geo::valid_layer_id(start.layer())) return broken("a layer with a bad id");
  if (raster_.begun()) return broken("a layer beside a raster");
  if (!theme) return broken(fmt::format("the layer {} has no theme", start.layer()));
  if (!was_asked_for(start)) return broken("a layer nobody asked for");
  for (const auto& [name, count] : row_counts_) {
    if (name == start.layer()) return broken(fmt::format("the layer {} begins twice", name));
  }
  if (start.field_names_size() != start.field_types_size() || start.field_names_size() > kMaxFields)
    return broken("a wrong number of fields");
  fields_.clear();
  std::set<std::string> names;
  for (int i = 0; i < start.field_names_size(); ++i) {
    const int type = start.field_types(i);
    if (!is_clean_name(start.field_names(i)) || !names.insert(start.field_names(i)).second)
      return broken("a field without a name of its own");
    if (type < 1 || type > 4) return broken(fmt::format("the field {} has no type", start.field_names(i)));
    fields_.push_back({start.field_names(i), static_cast<geo::FieldType>(type)});
  }
  layer_ = start.layer();
  row_counts_.emplace_back(layer_, 0);
  ids_.clear();
  const Result<void> described = describe(start);
  if (!described) return described;
  return sink_.begin_layer(layer_, *theme, fields_);
}

// What an exported file says of itself counts where the job leaves it open.
bool RecordCheck::was_asked_for(const worker::LayerStart& start) const {
  if (job_.layer().empty()) return true;
  const bool right_layer = start.layer() == job_.layer() || (job_.layer_from_file() && start.has_said());
  const bool right_theme = start.theme() == job_.theme() || (job_.theme() == 0 && start.has_said());
  return right_layer && right_theme;
}

Result<void> RecordCheck::describe(const worker::LayerStart& start) {
  if (!start.has_said() || !sink_.describe) return {};
  const worker::LayerSaid& said = start.said();
  for (const std::string* words : {&said.title(), &said.source(), &said.licence(), &said.attribution(), &said.dated()}) {
    if (words->size() > kMaxSaidBytes) return broken("a description that is too long");
  }
  auto area = shape_of(said.covered_area_wkb(), "the covered area");
  if (!area) return std::unexpected(area.error());
  if (area->kind != GeometryKind::kNone && dimension(area->kind) != 2) return broken("a covered area that is none");
  sink_.describe({.title = said.title(),
                  .source = said.source(),
                  .licence = said.licence(),
                  .attribution = said.attribution(),
                  .dated = said.dated(),
                  .covered_area = std::move(*area)});
  return {};
}

Result<void> RecordCheck::take_rows(const worker::FeatureRows& rows) {
  if (layer_.empty()) return broken("rows before a layer");
  const Result<void> columns = check_columns(rows, fields_);
  if (!columns) return columns;
  for (int row = 0; row < rows.ids_size(); ++row) {
    const Result<void> taken = take_row(rows, row);
    if (!taken) return taken;
  }
  return {};
}

Result<void> RecordCheck::take_row(const worker::FeatureRows& rows, int row) {
  const std::string& id = rows.ids(row);
  const Result<void> good_id = check_id(id);
  if (!good_id) return good_id;
  if (job_.max_feature_count() > 0 && ++feature_count_ > job_.max_feature_count()) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("{} holds more than {} features.", job_.file_name(), job_.max_feature_count()));
  }
  const Result<Geometry> geometry = shape_of(rows.wkb(row), id);
  if (!geometry) return std::unexpected(geometry.error());
  values_.clear();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    Result<geo::Value> value = value_of(rows.columns(static_cast<int>(i)), fields_[i], row);
    if (!value) return std::unexpected(value.error());
    values_.push_back(std::move(*value));
  }
  ++row_counts_.back().second;
  return sink_.add_feature(id, *geometry, values_);
}

Result<void> RecordCheck::check_id(const std::string& id) {
  if (!is_clean_name(id)) return broken("a feature with a bad id");
  if (!ids_.insert(id).second) return broken(fmt::format("the id {} comes twice in {}", id, layer_));
  return {};
}

Result<void> RecordCheck::take_progress(const worker::WorkerProgress& progress) {
  if (!std::isfinite(progress.fraction()) || progress.stage().size() > kMaxNameBytes) return broken("progress that is none");
  fraction_ = std::clamp(progress.fraction(), fraction_, 1.0);
  if (sink_.progress) sink_.progress(fraction_, progress.stage());
  return {};
}

Result<void> RecordCheck::take_summary(const worker::IngestSummary& summary) {
  if (!raster_.complete()) return broken("fewer cells than the raster has");
  std::set<std::string> names;
  for (const worker::LayerTally& tally : summary.layers()) {
    if (!geo::valid_layer_id(tally.layer()) || !names.insert(tally.layer()).second) return broken("a summary of a layer with a bad id");
    const Result<void> checked = check_tally(tally);
    if (!checked) return checked;
  }
  for (const auto& [name, count] : row_counts_) {
    if (!names.contains(name)) return broken(fmt::format("no summary of {}", name));
  }
  for (const worker::SourceLayer& layer : summary.source_layers()) {
    const bool is_clean = layer.name().empty() || is_clean_name(layer.name());
    if (!is_clean || !std::ranges::all_of(layer.columns(), is_clean_name)) return broken("a layer of the file with a bad name");
  }
  if (!std::isfinite(summary.accuracy_m()) || summary.read_count() < 0 || summary.warnings_size() > kMaxProblems)
    return broken("a summary out of bounds");
  summary_ = summary;
  finished_ = true;
  return {};
}

Result<void> RecordCheck::check_tally(const worker::LayerTally& tally) const {
  std::int64_t rows = 0;
  for (const auto& [name, count] : row_counts_) rows += name == tally.layer() ? count : 0;
  const bool is_possible = tally.kept_count() == rows && tally.rejected_count() >= 0 &&
                           tally.read_count() == tally.kept_count() + tally.rejected_count() && tally.repaired_count() >= 0 &&
                           tally.repaired_count() <= tally.kept_count() && tally.problems_size() <= kMaxProblems &&
                           tally.problems_size() <= tally.repaired_count() + tally.rejected_count();
  if (!is_possible) return broken(fmt::format("the counts of {} do not add up", tally.layer()));
  return {};
}

}  // namespace obnova::server
