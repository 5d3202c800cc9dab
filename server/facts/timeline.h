#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "geo/base/ids.h"

namespace obnova::server {

// Microseconds since 1970-01-01T00:00:00Z.
using Instant = std::int64_t;
inline constexpr Instant kEver = std::numeric_limits<Instant>::min();
inline constexpr Instant kForever = std::numeric_limits<Instant>::max();

// Half-open: two periods that touch share no instant, the later one has it.
struct Period {
  Instant from = kEver;
  Instant to = kForever;

  bool empty() const { return from >= to; }
  bool contains(Instant instant) const { return from <= instant && (instant < to || to == kForever); }
  bool operator==(const Period&) const = default;
};
// May be empty.
Period intersection(const Period& a, const Period& b);

// The record axis: what the city knew is counted in revisions of its file.
using Revision = std::int64_t;
inline constexpr Revision kStillKnown = std::numeric_limits<Revision>::max();

// A stored geometry with attributes. Never changed once written.
using ContentId = std::int64_t;

// A fact: what a feature was during a period of the real world, and from which
// revision to which other the city believed so. Both are half-open.
struct Version {
  FeatureId feature;
  Period valid;
  Revision known_from = 0;
  Revision known_to = kStillKnown;
  ContentId content = 0;
  bool operator==(const Version&) const = default;
};

// A point on both axes.
struct Moment {
  Instant valid_at = 0;
  Revision revision = 0;
};

// The facts of one layer that are not simply "so it is": all versions of every
// feature that was ever edited. A feature that stands in no version is the same
// at every moment, as the table of the layer has it.
//
// Richard Snodgrass, Developing Time-Oriented Database Applications in SQL
// (2000), chapter 10: nothing is deleted, an amendment ends what was known and
// begins what is known now. Used by one thread at a time.
class Timeline {
 public:
  // What one amendment changed; places in `versions`.
  struct Amendment {
    std::vector<std::size_t> ended;  // Known no longer, from this revision.
    std::vector<std::size_t> begun;  // Known from this revision.
  };

  // Enters a version as stored. Precondition: revisions come in no order, but
  // versions of one feature never overlap on both axes.
  void load(const Version& version);

  // From `revision` on it is known that the feature was `content` during
  // `valid`, or that it was not there at all. What was known of other times
  // stays. Preconditions: a feature whose first version this is was not there
  // before; `revision` is not less than any other; `valid` is not empty.
  Amendment amend(FeatureId feature, const Period& valid, std::optional<ContentId> content, Revision revision);
  // Takes back the last amendment that was not taken back yet. A version that
  // was loaded counts as one that began it.
  void undo(const Amendment& last);

  bool has(FeatureId feature) const { return by_feature_.contains(feature); }
  // What the feature was; null when it was not there. Precondition: `has`.
  const Version* at(FeatureId feature, const Moment& moment) const;
  // What is known now of a feature in a period: the versions that meet it, by time.
  std::vector<Version> known_in(FeatureId feature, const Period& period) const;
  // The first instant after this one at which a version begins or ends; kForever when none does.
  Instant next_transition(Instant after) const;
  // The last one up to this one; kEver when none does.
  Instant last_transition(Instant until) const;
  // Of one feature, in the order they became known; versions of one revision by
  // `valid`. Empty for those nobody edited.
  std::vector<Version> history(FeatureId feature) const;

  // Features that may differ between two moments, ascending. All that do are
  // among them. Takes time for what was recorded between the two, however much
  // was recorded in all.
  std::vector<FeatureId> changed_between(const Moment& a, const Moment& b) const;

  std::span<const Version> versions() const { return versions_; }

 private:
  std::size_t begin_version(const Version& version);
  void drop_last_version();

  std::vector<Version> versions_;
  std::unordered_map<FeatureId, std::vector<std::size_t>> by_feature_;
  std::multimap<Revision, FeatureId> recorded_;  // Where knowledge begins or ends.
  std::multimap<Instant, FeatureId> happened_;   // Where validity begins or ends.
};

}  // namespace obnova::server
