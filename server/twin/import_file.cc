#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "server/twin/checksum.h"
#include "server/twin/import_difference.h"
#include "server/twin/instant.h"
#include "server/twin/open_city.h"
#include "server/twin/row_mapping.h"
#include "server/twin/twin.h"

namespace obnova::server {
namespace {

// An import waits for the one before it, however long that takes.
constexpr std::chrono::hours kPatience(2);
constexpr std::int64_t kMaxFeatureCount = 20'000'000;
// The part of the progress that belongs to the worker; the rest is ours.
constexpr double kReadingShare = 0.9;

// What an import gathers on its way. Rows of new layers go to the store and into
// layers at once; of layers that are there it is first seen what is different.
struct Gathering {
  const Snapshot& now;
  CityStore::Import& import;
  const worker::IngestJob& job;
  const geo::LayerDescription& said;
  std::map<std::string, std::shared_ptr<const geo::Layer>> layers;
  std::optional<geo::LayerBuilder> builder;
  std::string layer_id;
  // What an exported file says of the layer that begins next.
  std::optional<geo::LayerDescription> stated = {};

  bool is_new(const std::string& layer) const { return !now.city->layers().contains(layer); }
};

std::string layer_name(const std::string& city, const std::string& layer) { return fmt::format("cities/{}/layers/{}", city, layer); }

bool from_openstreetmap(const worker::IngestJob& job) { return job.layer().empty(); }

// What nobody said with the import is as the file states it.
void fill_in(geo::LayerDescription& said, const geo::LayerDescription& stated) {
  if (said.title.empty()) said.title = stated.title;
  if (said.licence.empty()) said.licence = stated.licence;
  if (said.attribution.empty()) said.attribution = stated.attribution;
  if (said.dated.empty()) said.dated = stated.dated;
  if (said.covered_area.kind == GeometryKind::kNone) said.covered_area = stated.covered_area;
  said.source = stated.source;
}

geo::LayerDescription description_of(const Gathering& gathering, const std::string& layer, geo::Theme theme) {
  geo::LayerDescription description = gathering.said;
  description.id = layer;
  description.theme = theme;
  if (gathering.stated) {
    fill_in(description, *gathering.stated);
    return description;
  }
  if (description.source.empty()) description.source = gathering.job.file_name();
  const bool osm = from_openstreetmap(gathering.job);
  if (osm || description.title.empty()) description.title = layer;
  if (osm && description.licence.empty()) description.licence = "ODbL-1.0";
  if (osm && description.attribution.empty()) description.attribution = "© OpenStreetMap contributors";
  return description;
}

void end_layer(Gathering& gathering) {
  if (gathering.builder) gathering.layers[gathering.layer_id] = std::move(*gathering.builder).build();
  gathering.builder.reset();
}

Result<void> begin_layer(Gathering& gathering, const std::string& layer, geo::Theme theme, const std::vector<geo::Field>& fields) {
  end_layer(gathering);
  if (gathering.layers.contains(layer)) return failure(ErrorCode::kBadData, fmt::format("The worker sent layer {} twice.", layer));
  const geo::LayerDescription description = description_of(gathering, layer, theme);
  const auto begun = gathering.is_new(layer) ? gathering.import.begin_layer(description, fields) : Result<void>();
  if (!begun) return begun;
  gathering.builder.emplace(description, fields);
  gathering.layer_id = layer;
  gathering.stated.reset();
  return {};
}

Result<void> add_feature(Gathering& gathering, const std::string& id, const Geometry& geometry, std::span<const geo::Value> values) {
  if (!gathering.builder) return failure(ErrorCode::kBadData, fmt::format("The worker sent feature {} outside of a layer.", id));
  const auto added = gathering.builder->add(id, geometry.view(), values);
  if (!added) return std::unexpected(added.error());
  return gathering.is_new(gathering.layer_id) ? gathering.import.add_feature(id, geometry.view(), values) : Result<void>();
}

// What a layer is called after an import: what nobody said anew stays as it was.
geo::LayerDescription described_together(geo::LayerDescription said, const geo::LayerDescription& before, const std::string& title) {
  if (title.empty()) said.title = before.title;
  if (said.licence.empty()) said.licence = before.licence;
  if (said.attribution.empty()) said.attribution = before.attribution;
  if (said.covered_area.kind == GeometryKind::kNone) said.covered_area = before.covered_area;
  return said;
}

// A later map says what has become so since its date. One of the same date or of
// none corrects what was said before.
Period valid_since(const std::string& dated, const std::string& before) {
  const auto day = start_of_day(dated);
  return day && dated > before ? Period{.from = *day} : Period{};
}

// The layers of the file that are there already, by id.
std::vector<LayerImport> known_layers(const Gathering& gathering) {
  std::vector<LayerImport> imports;
  for (const auto& [id, layer] : gathering.layers) {
    if (gathering.is_new(id)) continue;
    const geo::LayerDescription& before = gathering.now.city->layers().find(id)->second.layer->description();
    imports.push_back({.said = layer,
                       .description = described_together(layer->description(), before, gathering.said.title),
                       .valid = valid_since(layer->description().dated, before.dated)});
  }
  return imports;
}

std::string features_in_words(std::int64_t count) { return count == 1 ? "1 feature" : fmt::format("{} features", count); }

void report_tally(const ImportTally& tally, const std::string& layer, v1::LayerReport& report, v1::ImportReport& whole) {
  report.set_was_there_before(true);
  report.set_added_count(tally.added);
  report.set_changed_count(tally.changed);
  report.set_removed_count(tally.removed);
  if (tally.overruled > 0) {
    whole.add_warnings(
        fmt::format("Layer {}: the file says something new of {} that had been edited, and has the last word; "
                    "the history keeps the edits.",
                    layer, features_in_words(tally.overruled)));
  }
  if (tally.still_removed > 0) {
    whole.add_warnings(fmt::format("Layer {}: the file says something new of {} that had been removed; they stay removed.", layer,
                                   features_in_words(tally.still_removed)));
  }
}

v1::LayerReport layer_report(const worker::LayerTally& tally, const std::string& city, const geo::Layer* layer) {
  v1::LayerReport report;
  report.set_layer(layer_name(city, tally.layer()));
  if (layer != nullptr) report.set_theme(static_cast<v1::Theme>(layer->description().theme));
  report.set_read_count(tally.read_count());
  // What was really written, not what the worker says it sent.
  report.set_kept_count(layer == nullptr ? 0 : static_cast<std::int64_t>(layer->feature_count()));
  report.set_repaired_count(tally.repaired_count());
  report.set_rejected_count(tally.rejected_count());
  for (const worker::RowProblem& problem : tally.problems()) {
    v1::RowNote& note = *report.add_notes();
    note.set_row(problem.row());
    note.set_rejected(problem.rejected());
    note.set_reason(problem.reason());
  }
  return report;
}

v1::ImportReport import_report(const worker::IngestSummary& summary, const CityRecord& city, const FileChecksum& file,
                               const Gathering& gathering) {
  v1::ImportReport report;
  for (const worker::LayerTally& tally : summary.layers()) {
    const auto layer = gathering.layers.find(tally.layer());
    *report.add_layers() = layer_report(tally, city.id, layer == gathering.layers.end() ? nullptr : layer->second.get());
  }
  v1::CrsOperation& operation = *report.mutable_crs_operation();
  operation.set_source_crs(summary.source_crs());
  operation.set_target_crs(city.crs);
  operation.set_description(summary.operation());
  if (summary.accuracy_m() >= 0) operation.set_accuracy_m(summary.accuracy_m());
  report.set_encoding(summary.encoding());
  report.set_sha256(file.sha256);
  report.set_size_bytes(file.size_bytes);
  report.set_read_count(summary.read_count());
  *report.mutable_warnings() = summary.warnings();
  report.set_revision(gathering.import.revision());
  return report;
}

// The same with every row mapped on its way.
IngestSink mapped(IngestSink sink, const RowMapping& mapping, const Snapshot& before) {
  IngestSink outer = sink;
  outer.begin_layer = [begin = sink.begin_layer, &mapping, &before](const std::string& layer, geo::Theme theme,
                                                                    const std::vector<geo::Field>& source) -> Result<void> {
    const auto fields = mapping.fields(before, layer, source);
    if (!fields) return std::unexpected(fields.error());
    return begin(layer, theme, *fields);
  };
  outer.add_feature = [add = sink.add_feature, &mapping](const std::string& id, const Geometry& geometry,
                                                         std::span<const geo::Value> values) {
    return mapping.row(id, geometry, values, add);
  };
  return outer;
}

// Runs the worker and leaves everything it read in the import and in `layers`.
Result<worker::IngestSummary> gather(Gathering& gathering, const worker::IngestJob& job, const IngestSettings& settings,
                                     const RowMapping* mapping, const std::function<void(double, const std::string&)>& progress,
                                     const Limits& limits) {
  const IngestSink sink = {
      .begin_layer = [&](const std::string& layer, geo::Theme theme,
                         const std::vector<geo::Field>& fields) { return begin_layer(gathering, layer, theme, fields); },
      .add_feature = [&](const std::string& id, const Geometry& geometry,
                         std::span<const geo::Value> values) { return add_feature(gathering, id, geometry, values); },
      .progress = [&](double fraction, const std::string& stage) { progress(fraction * kReadingShare, stage); },
      .describe = [&](const geo::LayerDescription& stated) { gathering.stated = stated; }};
  auto summary = run_ingest(job, mapping == nullptr ? sink : mapped(sink, *mapping, gathering.now), settings, limits);
  if (!summary) return summary;
  end_layer(gathering);
  if (mapping != nullptr) {
    const auto warnings = mapping->finish();
    if (!warnings) return std::unexpected(warnings.error());
    for (const std::string& warning : *warnings) summary->add_warnings(warning);
  }
  if (gathering.layers.empty()) {
    return failure(ErrorCode::kBadData, fmt::format("The file {} holds nothing that can be imported.", job.file_name()));
  }
  if (limits.stopped()) return failure(ErrorCode::kCancelled, "The import was cancelled.");
  return summary;
}

}  // namespace

Result<worker::IngestSummary> Twin::read_file(const worker::IngestJob& job, const IngestSink& sink, const Limits& limits) const {
  return run_ingest(job, sink, settings_.ingest, limits);
}

Result<v1::ImportReport> Twin::import_file(const std::string& id, const worker::IngestJob& job, const geo::LayerDescription& description,
                                           const std::function<void(double, const std::string&)>& progress, const Limits& limits,
                                           const RowMapping* mapping) {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  progress(0, "checking the file");
  const auto checksum = checksum_of(job.path(), limits);
  if (!checksum) return std::unexpected(checksum.error());
  progress(0, "waiting for the city");
  const auto turn = Turn::take(*city, kPatience, limits);
  if (!turn) return std::unexpected(turn.error());

  const std::shared_ptr<const Snapshot> before = (*city)->snapshot();
  const auto now = (*city)->present(before, settings_.clock());
  if (!now) return std::unexpected(now.error());
  worker::IngestJob full_job = job;
  full_job.set_city_crs(before->record.crs);
  if (full_job.max_feature_count() == 0) full_job.set_max_feature_count(kMaxFeatureCount);
  auto import = (*city)->store->begin_import();
  if (!import) return std::unexpected(import.error());
  Gathering gathering{.now = *now, .import = *import, .job = full_job, .said = description, .layers = {}, .builder = {}, .layer_id = {}};
  const auto summary = gather(gathering, full_job, settings_.ingest, mapping, progress, limits);
  if (!summary) return std::unexpected(summary.error());

  progress(kReadingShare, "writing");
  v1::ImportReport report = import_report(*summary, before->record, *checksum, gathering);
  const auto imports = known_layers(gathering);
  for (const LayerImport& layer : imports) {
    const auto described = import->go_on_with_layer(layer.description);
    if (!described) return std::unexpected(described.error());
  }
  const auto commit = [&](const std::vector<ImportTally>& tallies) -> Result<void> {
    for (v1::LayerReport& layer : *report.mutable_layers()) {
      const auto known = std::ranges::find(imports, layer.layer(),
                                           [&](const LayerImport& known_layer) { return layer_name(id, known_layer.description.id); });
      if (known != imports.end()) report_tally(tallies[known - imports.begin()], known->description.id, layer, report);
    }
    const auto revision = import->commit(report.SerializeAsString());
    if (!revision) return std::unexpected(revision.error());
    return {};
  };
  auto taken_over = (*city)->history->take_over(*(*city)->store, *import, *now, imports, commit);
  if (!taken_over) return std::unexpected(taken_over.error());
  for (auto& layer : *taken_over) gathering.layers[layer->id()] = std::move(layer);
  progress(0.95, "indexing");
  auto snapshot = make_snapshot(**city, &*now, std::move(gathering.layers));
  if (!snapshot) return std::unexpected(snapshot.error());
  (*city)->publish(std::move(*snapshot));
  return report;
}

}  // namespace obnova::server
