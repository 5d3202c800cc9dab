#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "geo/base/ids.h"
#include "geo/index/inline_vector.h"

namespace obnova::geo {

inline constexpr std::size_t kFewRows = 2048;
using FoundRows = InlineVector<std::uint32_t, kFewRows>;

// The rows in order, which must be different and below `row_end`. Leaves `rows` in disorder.
std::vector<FeatureId> in_order(FoundRows& rows, std::uint32_t row_end);

}  // namespace obnova::geo
