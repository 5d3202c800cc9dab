#pragma once

#include <compare>
#include <optional>
#include <string>

#include "geo/base/ids.h"
#include "geo/base/result.h"
#include "obnova/v1/feature.pb.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// The state of a city that a watch has shown: what was known, of which instant.
// Later states are greater.
struct WatchPosition {
  Revision revision = 0;
  Instant valid_at = 0;
  auto operator<=>(const WatchPosition&) const = default;
};
WatchPosition position_of(const Snapshot& snapshot);

// Where a reader is. In the middle of many changes it has those of the rows
// before `row`; the others are still as they were at `rest`.
struct WatchToken {
  WatchPosition position;
  FeatureId row = {};
  std::optional<WatchPosition> rest = {};
};

// Tells a watch from those that ask for something else.
std::string watch_digest(const v1::Context& context, const v1::FeatureSelection& selection);

std::string spell(const WatchToken& token, const std::string& digest);
// Fails with kInvalidArgument, naming `resume_token`, for a text that is none of
// ours or of another digest.
Result<WatchToken> read_watch_token(const std::string& text, const std::string& digest);

}  // namespace obnova::server
