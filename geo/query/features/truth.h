#pragma once

#include <algorithm>
#include <cstdint>

namespace obnova::geo {

// The three truths of SQL: unknown is what a comparison with null is.
enum class Truth : std::uint8_t { kFalse, kUnknown, kTrue };

inline Truth truth_of(bool b) { return b ? Truth::kTrue : Truth::kFalse; }
inline Truth truth_and(Truth a, Truth b) { return std::min(a, b); }
inline Truth truth_or(Truth a, Truth b) { return std::max(a, b); }
inline Truth truth_not(Truth a) { return static_cast<Truth>(2 - static_cast<int>(a)); }

}  // namespace obnova::geo
