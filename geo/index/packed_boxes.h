#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "geo/base/point.h"
#include "geo/index/frame.h"
#include "geo/index/page_allocator.h"

namespace obnova::geo {

// Boxes in the order of a Hilbert curve, and a tree over them that needs no
// pointers: node n of a level holds the boxes of the nodes 16 n to 16 n + 15 of
// the level below, or of the positions 16 n to 16 n + 15 in the lowest level.
// Immutable; part of LayerIndex, like all of this folder.
class PackedBoxes {
 public:
  static constexpr std::uint32_t kWidth = 16;
  using Lanes = std::uint32_t;  // One bit for each box of a node.

  // Sides beside sides, so that 16 boxes are compared in a few instructions.
  // Lanes without a box hold one that meets nothing.
  struct Node {
    std::array<float, kWidth> min_x;
    std::array<float, kWidth> min_y;
    std::array<float, kWidth> max_x;
    std::array<float, kWidth> max_y;
  };
  struct Rows {
    std::array<std::uint32_t, kWidth> at;
  };
  struct RowBox {
    std::uint32_t row;
    Box box;
  };

  // A place on the curve, and where in a list the box is that lies there.
  struct Place {
    std::uint32_t key;
    std::uint32_t at;
  };

  PackedBoxes() = default;
  // In any order, without empty boxes.
  PackedBoxes(const Frame& frame, std::span<const RowBox> boxes);
  // With their order known, by key.
  PackedBoxes(const Frame& frame, std::span<const RowBox> boxes, std::span<const Place> order);

  std::uint32_t size() const { return static_cast<std::uint32_t>(boxes_.size()); }
  const Box& box_at(std::uint32_t position) const { return boxes_.data()[position]; }
  std::uint32_t row_at(std::uint32_t position) const { return rows_.data()[position / kWidth].at[position % kWidth]; }
  std::uint32_t leaf_count() const { return static_cast<std::uint32_t>(rows_.size()); }
  const Rows& rows_of_leaf(std::uint32_t leaf) const { return rows_.data()[leaf]; }

  // 0 is the lowest level; meaningless without boxes.
  std::uint32_t top_level() const { return level_count_ - 1; }
  const Node& node(std::uint32_t level, std::uint32_t index) const { return nodes_.data()[level_starts_[level] + index]; }
  // How many boxes a node holds, which are in its first lanes.
  std::uint32_t lane_count(std::uint32_t level, std::uint32_t index) const {
    const std::uint32_t below = level == 0 ? size() : level_starts_[level] - level_starts_[level - 1];
    return below - index * kWidth < kWidth ? below - index * kWidth : kWidth;
  }
  // Asks for what will be read of a box of that level, which may lie beyond the last.
  void prefetch_child(std::uint32_t level, std::uint32_t child) const {
    if (level > 0) {
      prefetch(nodes_.data()[level_starts_[level - 1] + child]);
    } else {
      __builtin_prefetch(&rows_.data()[child / kWidth]);
    }
  }
  Lanes lanes_of_leaf(std::uint32_t leaf) const { return (Lanes{1} << lane_count(0, leaf)) - 1; }

  // Calls `leaves(first, end)` for runs of leaves that lie in the window as a
  // whole and `lanes(leaf, some)` for others, each box once, until one returns
  // false; then it is false itself. `window` is `exact` rounded inward.
  template <typename VisitLeaves, typename VisitLanes>
  bool visit_window(const Box& exact, const FloatBox& window, VisitLeaves&& leaves, VisitLanes&& lanes) const;

 private:
  static constexpr std::size_t kMaxLevels = 8;  // 16^8 boxes.
  struct Step {
    std::uint32_t level;
    std::uint32_t index;
  };
  // A window, and what is surely inside it whatever was rounded.
  struct Windows {
    const Box& exact;
    FloatBox may;
    FloatBox must;
  };

  static Lanes lanes_meeting(const Node& node, const FloatBox& window);
  static Lanes lanes_inside(const Node& node, const FloatBox& window);
  static void prefetch(const Node& node);
  Lanes lanes_in_leaf(std::uint32_t leaf, const Windows& windows) const;
  template <typename VisitLeaves, typename VisitLanes>
  bool visit_children(Step step, Lanes meeting, Lanes inside, const Windows& windows, VisitLeaves& leaves, VisitLanes& lanes) const;
  void add_level(std::uint32_t below);

  template <typename T>
  using Array = std::vector<T, PageAllocator<T>>;

  Array<Node> nodes_;  // The lowest level first.
  Array<Rows> rows_;   // By leaf.
  Array<Box> boxes_;   // By position, for the few cases single precision does not decide.
  std::array<std::uint32_t, kMaxLevels> level_starts_ = {};
  std::uint32_t level_count_ = 0;
};

#if defined(__SSE2__)

namespace detail {

// 16 comparisons of `all` with one number, as masks of four lanes each.
template <typename Compare>
inline PackedBoxes::Lanes each_lane(Compare compare) {
  const __m128i low = _mm_packs_epi32(_mm_castps_si128(compare(0)), _mm_castps_si128(compare(4)));
  const __m128i high = _mm_packs_epi32(_mm_castps_si128(compare(8)), _mm_castps_si128(compare(12)));
  return static_cast<PackedBoxes::Lanes>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
}

// Four lanes: low <= low_limit and high >= high_limit on both axes.
inline PackedBoxes::Lanes lanes_between(const float* low_x, const float* low_y, const float* high_x, const float* high_y,
                                        const FloatBox& limits) {
  const __m128 max_x = _mm_set1_ps(limits.max_x), max_y = _mm_set1_ps(limits.max_y);
  const __m128 min_x = _mm_set1_ps(limits.min_x), min_y = _mm_set1_ps(limits.min_y);
  return each_lane([&](int i) {
    const __m128 x = _mm_and_ps(_mm_cmple_ps(_mm_loadu_ps(low_x + i), max_x), _mm_cmpge_ps(_mm_loadu_ps(high_x + i), min_x));
    const __m128 y = _mm_and_ps(_mm_cmple_ps(_mm_loadu_ps(low_y + i), max_y), _mm_cmpge_ps(_mm_loadu_ps(high_y + i), min_y));
    return _mm_and_ps(x, y);
  });
}

}  // namespace detail

#else

namespace detail {

inline PackedBoxes::Lanes lanes_between(const float* low_x, const float* low_y, const float* high_x, const float* high_y,
                                        const FloatBox& limits) {
  PackedBoxes::Lanes lanes = 0;
  for (PackedBoxes::Lanes i = 0; i < PackedBoxes::kWidth; ++i) {
    const bool is_x = (low_x[i] <= limits.max_x) & (high_x[i] >= limits.min_x);
    const bool is_y = (low_y[i] <= limits.max_y) & (high_y[i] >= limits.min_y);
    lanes |= static_cast<PackedBoxes::Lanes>(is_x & is_y) << i;
  }
  return lanes;
}

}  // namespace detail

#endif

inline PackedBoxes::Lanes PackedBoxes::lanes_meeting(const Node& node, const FloatBox& window) {
  return detail::lanes_between(node.min_x.data(), node.min_y.data(), node.max_x.data(), node.max_y.data(), window);
}

inline PackedBoxes::Lanes PackedBoxes::lanes_inside(const Node& node, const FloatBox& window) {
  return detail::lanes_between(node.max_x.data(), node.max_y.data(), node.min_x.data(), node.min_y.data(), window);
}

inline void PackedBoxes::prefetch(const Node& node) {
  __builtin_prefetch(node.min_x.data());
  __builtin_prefetch(node.min_y.data());
  __builtin_prefetch(node.max_x.data());
  __builtin_prefetch(node.max_y.data());
}

inline PackedBoxes::Lanes PackedBoxes::lanes_in_leaf(std::uint32_t leaf, const Windows& windows) const {
  const Node& boxes = nodes_.data()[leaf];
  Lanes found = lanes_meeting(boxes, windows.may);
  if (found == 0) return 0;
  for (Lanes doubtful = found & ~lanes_meeting(boxes, windows.must); doubtful != 0; doubtful &= doubtful - 1) {
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(doubtful));
    if (!box_at(leaf * kWidth + lane).intersects(windows.exact)) found &= ~(Lanes{1} << lane);
  }
  return found;
}

template <typename VisitLeaves, typename VisitLanes>
bool PackedBoxes::visit_children(Step step, Lanes meeting, Lanes inside, const Windows& windows, VisitLeaves& leaves,
                                 VisitLanes& lanes) const {
  const std::uint32_t first = step.index * kWidth;
  const std::uint32_t shift = 4 * (step.level - 1);  // A child holds 16^(level - 1) leaves.
  for (Lanes rest = inside; rest != 0;) {
    const auto begin = static_cast<std::uint32_t>(std::countr_zero(rest));
    const auto count = static_cast<std::uint32_t>(std::countr_one(rest >> begin));
    rest &= ~(((Lanes{1} << count) - 1) << begin);
    const std::uint64_t end = std::uint64_t{first + begin + count} << shift;
    if (!leaves((first + begin) << shift, end < leaf_count() ? static_cast<std::uint32_t>(end) : leaf_count())) return false;
  }
  if (step.level > 1) return true;
  for (Lanes rest = meeting & ~inside; rest != 0; rest &= rest - 1) {
    const std::uint32_t leaf = first + static_cast<std::uint32_t>(std::countr_zero(rest));
    const Lanes found = lanes_in_leaf(leaf, windows);
    if (found != 0 && !lanes(leaf, found)) return false;
  }
  return true;
}

template <typename VisitLeaves, typename VisitLanes>
bool PackedBoxes::visit_window(const Box& exact, const FloatBox& window, VisitLeaves&& leaves, VisitLanes&& lanes) const {
  if (boxes_.empty()) return true;
  using detail::next_above, detail::next_below;
  const Windows windows = {
      exact, window, {next_above(window.min_x), next_above(window.min_y), next_below(window.max_x), next_below(window.max_y)}};
  if (level_count_ == 1) {
    const Lanes found = lanes_in_leaf(0, windows);
    return found == 0 || lanes(0, found);
  }
  std::array<Step, kMaxLevels * kWidth> waiting;
  std::size_t waiting_count = 0;
  waiting[waiting_count++] = {top_level(), 0};
  while (waiting_count > 0) {
    const Step step = waiting[--waiting_count];
    const Node& boxes = node(step.level, step.index);
    const Lanes meeting = lanes_meeting(boxes, windows.may);
    if (meeting == 0) continue;
    const Lanes inside = meeting & lanes_inside(boxes, windows.must);
    for (Lanes rest = meeting & ~inside; rest != 0; rest &= rest - 1) {
      const std::uint32_t child = step.index * kWidth + static_cast<std::uint32_t>(std::countr_zero(rest));
      prefetch(node(step.level - 1, child));
      if (step.level > 1) {
        waiting[waiting_count++] = {step.level - 1, child};
      } else {
        __builtin_prefetch(&rows_.data()[child]);
      }
    }
    if (!visit_children(step, meeting, inside, windows, leaves, lanes)) return false;
  }
  return true;
}

}  // namespace obnova::geo
