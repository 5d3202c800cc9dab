#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "geo/index/frame.h"
#include "geo/index/layer_index.h"
#include "geo/index/number_table.h"
#include "geo/index/packed_boxes.h"

namespace obnova::geo {

// The packed boxes of a whole layer, from which indexes differ by patches.
struct BaseBoxes {
  explicit BaseBoxes(std::span<const PackedBoxes::RowBox> all);

  Frame frame;
  PackedBoxes boxes;
  std::vector<std::uint32_t> position_of_row;  // NumberTable::kNoNumber where there is no box.
};

// Changes that came one after the other: what they put into an index and which
// older boxes they hide. Immutable.
class BoxPatch {
 public:
  // `changes` on top of `older` patches, the newest of those first.
  BoxPatch(const BaseBoxes& base, std::span<const BoxChange> changes, std::span<const std::shared_ptr<const BoxPatch>> older);

  const PackedBoxes& boxes() const { return boxes_; }
  std::size_t row_count() const { return rows_.size(); }
  // Whether older boxes of the row do not count.
  bool hides(std::uint32_t row) const { return rows_.bits_of(row) != 0; }
  // The boxes of a leaf of the base that do not count.
  PackedBoxes::Lanes hidden_lanes(std::uint32_t leaf) const { return leaves_.bits_of(leaf); }

 private:
  void add_changes(const BaseBoxes& base, std::span<const BoxChange> changes, std::vector<PackedBoxes::RowBox>& boxes);
  void add_patch(const BoxPatch& older, std::vector<PackedBoxes::RowBox>& boxes, std::vector<PackedBoxes::Place>& order);

  PackedBoxes boxes_;
  std::vector<std::uint32_t> keys_;  // By position, to be merged again.
  NumberTable rows_;
  NumberTable leaves_;
};

}  // namespace obnova::geo
