#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/ids.h"
#include "geo/base/result.h"
#include "geo/damage/scale.h"

namespace obnova::geo {

// Somebody's statement about damage, as it was made. Never overwritten: what is
// known of a feature is derived from all of its assessments (`condition_of`).
struct Assessment {
  std::string id = {};  // Unique in the city.
  std::string scale = {};
  std::string code = {};  // The word of the source, see `DamageScale::find`.
  // Microseconds since 1970-01-01T00:00:00Z; nullopt when the source does not say.
  std::optional<std::int64_t> observed_at_us = {};
  std::string method = {};  // `satellite`, `drone`, `inspection`, …
  std::string source = {};
  std::optional<double> confidence = {};  // 0 to 1, as the source has it.
  Geometry place = {};
  // What it is about: features of one layer, none while it is not matched.
  std::string layer = {};
  std::vector<FeatureId> features = {};
};

// What an assessment says, ready to be combined with others. Keeps pointers into
// the scale and the assessment it was made from.
struct Observation {
  const DamageCode* code = nullptr;  // Never null.
  std::optional<std::int64_t> observed_at_us = {};
  double confidence = 1;
  std::string_view id = {};  // Decides where everything else is equal.
};

// Fails as `find_code` does, and with kInvalidArgument for a confidence that is not from 0 to 1.
Result<Observation> observation_of(const Assessment& assessment, std::span<const DamageScale> scales);

// `2022-03-14`, the day in UTC.
std::string day_of(std::int64_t observed_at_us);

}  // namespace obnova::geo
