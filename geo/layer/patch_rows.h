#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "geo/base/ids.h"

namespace obnova::geo {

// Finds the few changed rows of a large layer: a row leads to its slot in the
// patch, mostly to none. An open-addressing table of 16 to 32 bytes a changed
// row, whatever the size of the layer.
class PatchRows {
 public:
  static constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();

  // `rows[i]` has slot i; all differ.
  explicit PatchRows(std::span<const FeatureId> rows) : entries_(std::bit_ceil(2 * rows.size() + 2)), mask_(entries_.size() - 1) {
    for (std::uint32_t slot = 0; slot < rows.size(); ++slot) {
      std::size_t at = place_of(rows[slot]);
      while (entries_[at].slot != kNoSlot) at = (at + 1) & mask_;
      entries_[at] = {.row = rows[slot].index, .slot = slot};
    }
  }

  std::uint32_t slot_of(FeatureId row) const {
    std::size_t at = place_of(row);
    while (entries_[at].slot != kNoSlot && entries_[at].row != row.index) at = (at + 1) & mask_;
    return entries_[at].slot;
  }

 private:
  struct Entry {
    std::uint32_t row = 0;
    std::uint32_t slot = kNoSlot;
  };

  // Fibonacci hashing: rows next to each other are spread over the table.
  std::size_t place_of(FeatureId row) const { return ((row.index * 0x9E3779B97F4A7C15ULL) >> 32) & mask_; }

  std::vector<Entry> entries_;  // A power of two, at most half of it in use.
  std::size_t mask_;
};

}  // namespace obnova::geo
