#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/layer/layer_edit.h"
#include "server/twin/history.h"
#include "server/twin/import_difference.h"

namespace obnova::server {

// One batch of changes on its way to the store. What it does to the timelines
// is undone by reading them again, so that they never say what is not on disk.
class History::Writing {
 public:
  Writing(History& history, CityStore& store, CityStore::Edit& edit, const Snapshot& newest, Instant now)
      : history_(history), store_(store), edit_(edit), newest_(newest), now_(now) {}

  Result<void> carry_out(const FactChange& change);
  // Gives the file the columns of a layer that had these fields before.
  Result<void> widen(const std::string& layer, std::span<const geo::Field> had);
  // Changes what a file says differently from the one before it, and keeps what it says.
  Result<ImportTally> take_over(const LayerImport& import);
  // What is carried out from here on can be taken back, until the next batch begins.
  void begin_batch();
  void undo_batch();
  Result<void> write_rows();
  Result<std::vector<std::shared_ptr<const geo::Layer>>> layers() &&;
  Result<void> undo();

 private:
  // A layer that is being changed.
  struct Touched {
    const geo::Layer& before;
    StoredFacts& facts;
    geo::LayerEdit edit;
    std::vector<FeatureId> features;
    std::uint32_t next_row;
    // At the beginning of the batch.
    std::size_t feature_count_before;
    std::uint32_t next_row_before;
  };

  Touched& touched(const std::string& layer);
  // The number of a feature; new ones get the next.
  FeatureId number_of(Touched& layer, const std::string& feature) const;
  Result<void> write_down(Touched& layer, FeatureId feature, const std::vector<std::size_t>& places);
  // Enters what the table of the layer says of a feature that was never edited.
  Result<void> begin_history(Touched& layer, FeatureId feature);
  Result<void> amend(Touched& layer, FeatureId feature, const Period& valid, std::optional<ContentId> content);
  Result<void> put(Touched& layer, FeatureId feature, const FactChange& change, const Content& content);
  Result<void> set(Touched& layer, FeatureId feature, const FactChange& change, const FactChange::Set& set);
  Result<void> write_row(Touched& layer, FeatureId feature);

  History& history_;
  CityStore& store_;
  CityStore::Edit& edit_;
  const Snapshot& newest_;
  const Instant now_;
  std::map<std::string, Touched> touched_;
  // What the batch did to the timelines, in order.
  struct Step {
    Touched& layer;
    FeatureId feature;
    Timeline::Amendment amendment;
  };
  // The contents that a batch has kept, so that they need not be read again.
  Result<ContentId> keep(const Touched& layer, Content content);
  Result<Content> content_of_version(const Touched& layer, ContentId content) const;
  std::map<ContentId, Content> kept_;
  void remember(Touched& layer, FeatureId feature, const Timeline::Amendment& amendment);
  bool in_batch_ = false;
  std::vector<Step> batch_;
};

}  // namespace obnova::server
