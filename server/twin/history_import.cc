#include <utility>

#include "server/twin/history_writing.h"
#include "server/twin/import_difference.h"

namespace obnova::server {
namespace {

// A patch this large a part of its layer is made one with it.
constexpr std::size_t kPatchShare = 8;

bool same_types(std::span<const geo::Field> a, std::span<const geo::Field> b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].type != b[i].type) return false;
  }
  return true;
}

// The city with layers wide enough for what files say of them.
Snapshot with_wider_layers(const Snapshot& now, const std::vector<LayerImport>& imports) {
  std::vector<std::shared_ptr<const geo::Layer>> wider;
  for (const LayerImport& import : imports) {
    const geo::Layer& layer = *now.city->layers().find(import.description.id)->second.layer;
    const auto fields = fields_together(layer.fields(), import.said->fields());
    if (fields.size() != layer.fields().size() || !same_types(layer.fields(), fields)) wider.push_back(with_fields(layer, fields));
  }
  Snapshot result = now;
  if (!wider.empty()) result.city = geo::City::patched(*now.city, now.city->revision(), std::move(wider));
  return result;
}

}  // namespace

Result<void> History::Writing::widen(const std::string& layer, std::span<const geo::Field> had) {
  Touched& wider = touched(layer);
  const std::span<const geo::Field> fields = wider.before.fields();
  if (fields.size() == had.size() && same_types(had, fields)) return {};
  const auto widened = edit_.widen_fields(layer, {fields.begin(), fields.end()});
  if (!widened || same_types(had, fields)) return widened;
  for (const FeatureId feature : wider.before.features()) {
    const Content content = content_of(wider.before, feature);
    const auto written = edit_.put_row(layer, feature, wider.before.feature_name(feature), content.geometry.view(), content.values);
    if (!written) return written;
  }
  return {};
}

Result<ImportTally> History::Writing::take_over(const LayerImport& import) {
  const std::string& id = import.description.id;
  Touched& layer = touched(id);
  const auto read_content = [&](ContentId content) { return store_.read_content(content, layer.before.fields()); };
  const Revision kept_revision = newest_.layer_records.find(id)->second.kept_revision;
  auto difference = difference_of(layer.before, layer.facts, kept_revision, read_content, import);
  if (!difference) return std::unexpected(difference.error());
  for (const ImportDifference::Entry& entry : difference->entries) {
    const FeatureId feature = number_of(layer, entry.feature);
    if (entry.change) {
      const auto done = carry_out(*entry.change);
      if (!done) return std::unexpected(done.error());
    }
    std::optional<ContentId> said;
    if (entry.said) {
      const auto kept = edit_.add_content(entry.said->geometry.view(), layer.before.fields(), entry.said->values);
      if (!kept) return std::unexpected(kept.error());
      said = *kept;
    }
    layer.facts.imported[feature] = said;
    const auto written = edit_.write_imported(id, feature, said);
    if (!written) return std::unexpected(written.error());
  }
  layer.edit.describe(import.description);
  return difference->tally;
}

Result<std::vector<std::shared_ptr<const geo::Layer>>> History::take_over(CityStore& store, CityStore::Import& import, const Snapshot& now,
                                                                          const std::vector<LayerImport>& imports,
                                                                          const CommitImport& commit) {
  const std::lock_guard lock(mutex_);
  const Snapshot base = with_wider_layers(now, imports);
  Writing writing(*this, store, import.edit(), base, now.valid_at);
  std::vector<ImportTally> tallies;
  Result<void> done;
  for (const LayerImport& layer : imports) {
    const std::string& id = layer.description.id;
    done = writing.widen(id, now.city->layers().find(id)->second.layer->fields());
    const auto tally = done ? writing.take_over(layer) : Result<ImportTally>(std::unexpected(done.error()));
    if (!tally) done = std::unexpected(tally.error());
    if (!done) break;
    tallies.push_back(*tally);
  }
  if (done) done = writing.write_rows();
  if (done) done = commit(tallies);
  if (!done) {
    const auto undone = writing.undo();
    return std::unexpected(undone ? done.error() : undone.error());
  }
  auto layers = std::move(writing).layers();
  if (!layers) return layers;
  for (auto& layer : *layers) {
    if (layer->changed_rows().size() > layer->row_count() / kPatchShare) layer = layer->packed();
  }
  return layers;
}

}  // namespace obnova::server
