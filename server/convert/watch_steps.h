#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/base/limits.h"
#include "geo/query/features/select.h"
#include "obnova/v1/feature.pb.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// What is to be done about a feature: put it as it is now, or remove it.
struct WatchStep {
  FeatureId feature;
  bool put = true;
};
using WatchSteps = std::vector<WatchStep>;

// A selection in one snapshot.
struct WatchedState {
  std::shared_ptr<const Snapshot> snapshot;
  geo::Selection selection;

  const geo::Layer& layer() const { return *snapshot->city->layers().find(selection.layer)->second.layer; }
};
// Fails as `to_selection`.
Result<WatchedState> watched_state(std::shared_ptr<const Snapshot> snapshot, const v1::FeatureSelection& selection);

// The features of a layer that are not the same in two snapshots, ascending;
// nullopt when they cannot be compared: the layer was replaced, or its fields
// are others. Precondition: `after` has the layer.
std::optional<std::vector<FeatureId>> changed_features(const Snapshot& before, const Snapshot& after, const std::string& layer);

// What brings a reader from one state to another, of these features: what
// matches is put, what matched and does not any more is removed.
Result<WatchSteps> steps_between(const WatchedState& before, const WatchedState& after, const std::vector<FeatureId>& changed,
                                 const Limits& limits);
// The steps from nothing: all that matches is put.
Result<WatchSteps> all_steps(const WatchedState& state, const Limits& limits);

// Adds messages for the steps from `next` on until the message has about
// `byte_count` bytes, and returns the first step that is not in it.
Result<std::size_t> add_changes(const WatchedState& state, const WatchSteps& steps, std::size_t next, std::size_t byte_count,
                                v1::WatchFeaturesResponse& message);
// The same as rows of a snapshot; all steps put.
Result<std::size_t> add_rows(const WatchedState& state, const WatchSteps& steps, std::size_t next, std::size_t byte_count,
                             v1::WatchFeaturesResponse& message);

}  // namespace obnova::server
