#include "server/rpc/assessment_import.h"

#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/base/overlay.h"
#include "server/assess/source_choice.h"
#include "server/assess/statement_rows.h"
#include "server/rpc/catalog_messages.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxSourceLayers = 100;
constexpr double kLookingShare = 0.1;  // Of the progress, before anything is imported.

// A field of the specification of the file, named as in the whole one.
Error of_file(Error error) {
  constexpr std::string_view kBegin = "spec.";
  if (error.field.starts_with(kBegin)) error.field = "spec.file." + error.field.substr(kBegin.size());
  return error;
}

SourceWish wish_of(const v1::AssessmentImportSpec& spec) {
  SourceWish wish{.file_name = spec.file().file_name(),
                  .layers = {spec.source_layers().begin(), spec.source_layers().end()},
                  .every_layer = spec.every_layer(),
                  .code_column = spec.code_column(),
                  .date_column = spec.date_column(),
                  .id_column = spec.file().id_column(),
                  .area_layer = spec.area_layer()};
  if (!spec.file().source_layer().empty()) wish.layers.push_back(spec.file().source_layer());
  return wish;
}

std::optional<DateOrder> order_of(const v1::AssessmentImportSpec& spec) {
  if (spec.date_order() == v1::DATE_ORDER_DAY_FIRST) return DateOrder::kDayFirst;
  if (spec.date_order() == v1::DATE_ORDER_MONTH_FIRST) return DateOrder::kMonthFirst;
  return std::nullopt;
}

StatementRule rule_of(const v1::AssessmentImportSpec& spec, const StatementSource& source, const geo::DamageScale& scale) {
  return {.scale = &scale,
          .looks = source.looks,
          .dated = spec.file().dated(),
          .date_order = order_of(spec),
          .method = spec.method(),
          .source = spec.source().empty() ? spec.file().file_name() : spec.source(),
          .confidence_column = spec.confidence_column(),
          .id_column = source.id_column,
          .exhaustive = spec.exhaustive()};
}

Result<void> check(const v1::AssessmentImportSpec& spec, const Twin& twin) {
  const v1::ImportSpec& file = spec.file();
  if (geo::find_scale(twin.damage().scales, spec.scale()) == nullptr) {
    std::string known;
    for (const geo::DamageScale& scale : twin.damage().scales) known += (known.empty() ? "" : ", ") + scale.id;
    return failure(ErrorCode::kInvalidArgument, fmt::format("There is no damage scale \"{}\"; there are: {}.", spec.scale(), known),
                   "spec.scale");
  }
  if (file.theme() != v1::THEME_UNSPECIFIED && file.theme() != v1::THEME_ASSESSMENTS) {
    return failure(ErrorCode::kInvalidArgument, "Statements about damage are of theme `assessments`: leave `theme` out.",
                   "spec.file.theme");
  }
  if (!v1::DateOrder_IsValid(spec.date_order())) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The order of dates {} is unknown.", static_cast<int>(spec.date_order())),
                   "spec.date_order");
  }
  const bool names_layers = !file.source_layer().empty() || spec.source_layers_size() > 0;
  if ((names_layers && spec.every_layer()) || (!file.source_layer().empty() && spec.source_layers_size() > 0)) {
    return failure(ErrorCode::kInvalidArgument, "Layers are named once, or every layer is taken.", "spec.source_layers");
  }
  if (spec.source_layers_size() > static_cast<int>(kMaxSourceLayers)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("At most {} layers are taken at once.", kMaxSourceLayers),
                   "spec.source_layers");
  }
  if (!spec.area_layer().empty() && file.has_covered_area()) {
    return failure(ErrorCode::kInvalidArgument, "The assessed area is given as a shape or as a layer, not both.", "spec.area_layer");
  }
  auto checked = check_words(spec.method(), "spec.method");
  if (checked) checked = check_words(spec.source(), "spec.source");
  return checked;
}

// The areas of one layer of the file as one shape on the plane.
Result<Geometry> area_of(const Twin& twin, worker::IngestJob job, const std::string& layer, const Limits& limits) {
  job.set_source_layer(layer);
  std::vector<Geometry> areas;
  const IngestSink sink = {.begin_layer = [](const std::string&, geo::Theme, const std::vector<geo::Field>&) -> Result<void> { return {}; },
                           .add_feature = [&](const std::string&, const Geometry& geometry, std::span<const geo::Value>) -> Result<void> {
                             if (dimension(geometry.kind) == 2) areas.push_back(geometry);
                             return {};
                           },
                           .progress = {}};
  const auto read = twin.read_file(job, sink, limits);
  if (!read) return std::unexpected(read.error());
  if (areas.empty()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` of {} holds no areas.", layer, job.file_name()),
                   "spec.area_layer");
  }
  return union_all(areas);
}

// What one layer of the file gave, added to the report of all.
void merge(v1::ImportReport& whole, v1::ImportReport&& part) {
  if (whole.layers().empty()) {
    whole = std::move(part);
    return;
  }
  whole.mutable_layers()->MergeFrom(part.layers());
  whole.mutable_warnings()->MergeFrom(part.warnings());
  whole.set_read_count(whole.read_count() + part.read_count());
  whole.set_revision(part.revision());
}

// The import of one file.
struct FileOfStatements {
  Twin& twin;
  const v1::AssessmentImportSpec& spec;
  const std::string& city;
  worker::IngestJob job;
  geo::LayerDescription description;
  const Operations::Progress& progress;
  const Limits& limits;

  Result<v1::ImportReport> import() {
    const geo::DamageScale& scale = *geo::find_scale(twin.damage().scales, spec.scale());
    progress(0, "looking at layers");
    worker::IngestJob survey = job;
    survey.set_only_survey(true);
    survey.clear_source_layer();
    const auto found = twin.read_file(survey, {}, limits);
    if (!found) return std::unexpected(found.error());
    const std::vector<worker::SourceLayer> layers(found->source_layers().begin(), found->source_layers().end());
    const auto sources = choose_sources(layers, wish_of(spec), scale);
    if (!sources) return std::unexpected(sources.error());
    const auto assessed = read_area(layers, scale);
    if (!assessed) return std::unexpected(assessed.error());
    return import_all(*sources, scale);
  }

  Result<void> read_area(const std::vector<worker::SourceLayer>& layers, const geo::DamageScale& scale) {
    const auto layer = choose_area_layer(layers, wish_of(spec), scale);
    if (!layer) return std::unexpected(layer.error());
    if (description.covered_area.kind == GeometryKind::kNone && !layer->empty()) {
      auto area = area_of(twin, job, *layer, limits);
      if (!area) return std::unexpected(area.error());
      description.covered_area = std::move(*area);
    }
    if (!spec.exhaustive() || description.covered_area.kind != GeometryKind::kNone) return {};
    return failure(ErrorCode::kInvalidArgument, "A list is exhaustive in an area: state the area or name its layer.", "spec.exhaustive");
  }

  Result<v1::ImportReport> import_all(const std::vector<StatementSource>& sources, const geo::DamageScale& scale) {
    const std::vector<std::string> names = short_names(sources);
    const std::string layer = job.layer();
    v1::ImportReport whole;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto share = static_cast<double>(sources.size());
      const Operations::Progress part = [&](double fraction, const std::string& stage) {
        progress(kLookingShare + (1 - kLookingShare) * (static_cast<double>(i) + fraction) / share, stage);
      };
      job.set_source_layer(sources[i].layer);
      if (sources.size() > 1) job.set_layer(layer_id_from(fmt::format("{}_{}", layer, names[i]), "assessments"));
      StatementRows rows(rule_of(spec, sources[i], scale));
      const RowMapping mapping = rows.mapping();
      auto report = twin.import_file(city, job, description, part, limits, &mapping);
      if (!report) return report;
      merge(whole, std::move(*report));
    }
    return whole;
  }
};

}  // namespace

Result<void> AssessmentImport::take(const Call& call, v1::ImportAssessmentsRequest message) {
  if (message.piece_case() == v1::ImportAssessmentsRequest::kSpec) return take_spec(call, std::move(*message.mutable_spec()));
  if (message.piece_case() != v1::ImportAssessmentsRequest::kData) {
    return failure(ErrorCode::kInvalidArgument, "A message of an import carries `spec` or `data`; this one has neither.", "piece");
  }
  if (!file_) return failure(ErrorCode::kInvalidArgument, "The first message of an import carries `spec`.", "data");
  v1::ImportLayerRequest piece;
  piece.set_allocated_data(message.release_data());
  return file_->take(call, std::move(piece));
}

Result<void> AssessmentImport::take_spec(const Call& call, v1::AssessmentImportSpec spec) {
  if (file_) return failure(ErrorCode::kInvalidArgument, "An import has one `spec`, in its first message.", "spec");
  const auto checked = check(spec, twin_);
  if (!checked) return checked;
  v1::ImportLayerRequest piece;
  *piece.mutable_spec() = spec.file();
  piece.mutable_spec()->set_theme(v1::THEME_ASSESSMENTS);
  piece.mutable_spec()->clear_id_column();
  piece.mutable_spec()->clear_source_layer();
  const auto said = std::make_shared<const v1::AssessmentImportSpec>(std::move(spec));
  file_.emplace(twin_, operations_, settings_,
                [said](Twin& twin, const std::string& city, const worker::IngestJob& job, const geo::LayerDescription& description,
                       const Operations::Progress& progress, const Limits& limits) -> Result<v1::ImportReport> {
                  v1::Context context;
                  context.set_city("cities/" + city);
                  const auto snapshot = twin.newest(context);
                  if (!snapshot) return std::unexpected(snapshot.error());
                  FileOfStatements file{twin, *said, city, job, description, progress, limits};
                  file.job.set_city_crs((*snapshot)->record.crs);
                  return file.import();
                });
  const auto taken = file_->take(call, std::move(piece));
  if (!taken) return std::unexpected(of_file(taken.error()));
  return {};
}

Result<v1::ImportAssessmentsResponse> AssessmentImport::finish(const Call& call) {
  if (!file_) return failure(ErrorCode::kInvalidArgument, "An import needs a `spec`.", "spec");
  const auto begun = file_->finish(call);
  if (!begun) return std::unexpected(of_file(begun.error()));
  v1::ImportAssessmentsResponse response;
  response.set_operation(begun->operation());
  return response;
}

}  // namespace obnova::server
