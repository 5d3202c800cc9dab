#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace obnova {

// A row of one table. Ids of different tables do not mix.
template <typename Table>
struct Id {
  std::uint32_t index = 0;
  auto operator<=>(const Id&) const = default;
};

// A row of a layer within one snapshot. The stable name of a feature across
// snapshots is its string id.
using FeatureId = Id<struct FeatureTable>;

}  // namespace obnova

template <typename Table>
struct std::hash<obnova::Id<Table>> {
  std::size_t operator()(const obnova::Id<Table>& id) const noexcept { return std::hash<std::uint32_t>{}(id.index); }
};
