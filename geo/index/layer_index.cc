#include "geo/index/layer_index.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "geo/index/packed_boxes.h"
#include "geo/index/patched_boxes.h"
#include "geo/index/row_order.h"

namespace obnova::geo {
namespace {

using Lanes = PackedBoxes::Lanes;

constexpr std::size_t kPackedShare = 6;        // Changes up to a sixth of the base stay beside it.
constexpr std::size_t kAlwaysUnpacked = 1024;  // Changes that stay beside any base.

// A patch takes in older ones of its size class, so there is at most one of each.
int size_class(std::size_t row_count) { return (std::bit_width(row_count | 1) - 1) / 4; }

std::vector<PackedBoxes::RowBox> rows_with_box(std::span<const Box> boxes) {
  std::vector<PackedBoxes::RowBox> found;
  found.reserve(boxes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!boxes.data()[i].empty()) found.push_back({static_cast<std::uint32_t>(i), boxes.data()[i]});
  }
  return found;
}

std::shared_ptr<const PatchedBoxes> packed_boxes(std::span<const PackedBoxes::RowBox> all, std::uint32_t row_end) {
  return std::make_shared<const PatchedBoxes>(PatchedBoxes{std::make_shared<const BaseBoxes>(all), {}, row_end});
}

// The boxes that count, by row and box.
std::vector<PackedBoxes::RowBox> current_boxes(const PatchedBoxes& from) {
  std::vector<PackedBoxes::RowBox> all;
  std::size_t most = 0;
  for (std::size_t i = 0; i < from.tree_count(); ++i) most += from.tree(i).size();
  all.reserve(most);
  for (std::size_t i = 0; i < from.tree_count(); ++i) {
    const PackedBoxes& boxes = from.tree(i);
    for (std::uint32_t leaf = 0; leaf < boxes.leaf_count(); ++leaf) {
      const Lanes every = boxes.lanes_of_leaf(leaf);
      for (Lanes rest = every & ~from.hidden_lanes(i, leaf, every); rest != 0; rest &= rest - 1) {
        const std::uint32_t position = leaf * PackedBoxes::kWidth + static_cast<std::uint32_t>(std::countr_zero(rest));
        all.push_back({boxes.row_at(position), boxes.box_at(position)});
      }
    }
  }
  return all;
}

// Writes the rows of some lanes without a branch on each.
void add_rows(const PackedBoxes::Rows& rows, Lanes lanes, FoundRows& found) {
  std::uint32_t* const out = found.room_for(PackedBoxes::kWidth);
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < PackedBoxes::kWidth; ++i) {
    out[count] = rows.at.data()[i];
    count += (lanes >> i) & 1;
  }
  found.add(count);
}

}  // namespace

LayerIndex::LayerIndex(std::span<const Box> boxes) : boxes_(packed_boxes(rows_with_box(boxes), static_cast<std::uint32_t>(boxes.size()))) {}
LayerIndex::LayerIndex(std::shared_ptr<const PatchedBoxes> boxes) : boxes_(std::move(boxes)) {}
LayerIndex::~LayerIndex() = default;
LayerIndex::LayerIndex(const LayerIndex&) = default;
LayerIndex::LayerIndex(LayerIndex&&) noexcept = default;
LayerIndex& LayerIndex::operator=(const LayerIndex&) = default;
LayerIndex& LayerIndex::operator=(LayerIndex&&) noexcept = default;

LayerIndex LayerIndex::with_changes(std::span<const BoxChange> changes) const {
  if (changes.empty()) return *this;
  const std::span<const std::shared_ptr<const BoxPatch>> older = boxes_->patches;
  std::size_t merged_count = 0;
  std::size_t row_count = changes.size();
  while (merged_count < older.size() && size_class(older[merged_count]->row_count()) <= size_class(row_count)) {
    row_count += older[merged_count++]->row_count();
  }
  PatchedBoxes changed{boxes_->base, {}, boxes_->row_end};
  changed.patches.reserve(older.size() - merged_count + 1);
  changed.patches.push_back(std::make_shared<const BoxPatch>(*boxes_->base, changes, older.first(merged_count)));
  for (const auto& patch : older.subspan(merged_count)) {
    changed.patches.push_back(patch);
    row_count += patch->row_count();
  }
  for (const BoxChange& change : changes) changed.row_end = std::max(changed.row_end, change.feature.index + 1);
  const bool is_much = row_count > std::max<std::size_t>(boxes_->base->boxes.size() / kPackedShare, kAlwaysUnpacked);
  if (is_much) return LayerIndex(packed_boxes(current_boxes(changed), changed.row_end));
  return LayerIndex(std::make_shared<const PatchedBoxes>(std::move(changed)));
}

LayerIndex LayerIndex::packed() const {
  return boxes_->patches.empty() ? *this : LayerIndex(packed_boxes(current_boxes(*boxes_), boxes_->row_end));
}

std::vector<FeatureId> LayerIndex::in_window(const Box& window) const {
  FoundRows found;
  const auto add_leaves = [&](const PackedBoxes& boxes, std::uint32_t first, std::uint32_t end) {
    constexpr std::size_t kWidth = PackedBoxes::kWidth;
    std::uint32_t* const out = found.room_for((end - first) * kWidth);
    for (std::size_t i = 0; i < end - first; ++i) {
      std::memcpy(out + i * kWidth, boxes.rows_of_leaf(first + static_cast<std::uint32_t>(i)).at.data(), kWidth * sizeof(std::uint32_t));
    }
    found.add((end - first - 1) * kWidth + boxes.lane_count(0, end - 1));
    return true;
  };
  boxes_->visit_window(window, add_leaves, [&](const PackedBoxes& boxes, std::uint32_t leaf, Lanes lanes) {
    add_rows(boxes.rows_of_leaf(leaf), lanes, found);
    return true;
  });
  return in_order(found, boxes_->row_end);
}

void LayerIndex::visit_window(const Box& window, FunctionRef<bool(FeatureId)> visit) const {
  const auto visit_lanes = [&](const PackedBoxes& boxes, std::uint32_t leaf, Lanes lanes) {
    const PackedBoxes::Rows& rows = boxes.rows_of_leaf(leaf);
    for (; lanes != 0; lanes &= lanes - 1) {
      if (!visit(FeatureId{rows.at.data()[std::countr_zero(lanes)]})) return false;
    }
    return true;
  };
  const auto visit_leaves = [&](const PackedBoxes& boxes, std::uint32_t first, std::uint32_t end) {
    for (std::uint32_t leaf = first; leaf < end; ++leaf) {
      if (!visit_lanes(boxes, leaf, boxes.lanes_of_leaf(leaf))) return false;
    }
    return true;
  };
  boxes_->visit_window(window, visit_leaves, visit_lanes);
}

}  // namespace obnova::geo
