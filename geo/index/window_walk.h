#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "geo/base/point.h"
#include "geo/index/frame.h"
#include "geo/index/packed_boxes.h"

namespace obnova::geo {

// Finds the packed boxes that meet one window. For LayerIndex only.
class WindowWalk {
 public:
  using Lanes = PackedBoxes::Lanes;

  // `inward` is the window rounded inward by the frame of the boxes. Both the
  // boxes and the window must outlive the walk.
  WindowWalk(const PackedBoxes& boxes, const Box& window, const FloatBox& inward)
      : boxes_(boxes),
        window_(window),
        may_(inward),
        must_{detail::next_above(inward.min_x), detail::next_above(inward.min_y), detail::next_below(inward.max_x),
              detail::next_below(inward.max_y)} {}

  // Calls `leaves(first, end)` for runs of leaves that lie in the window as a
  // whole and `lanes(leaf, some)` for others, each box once, until one returns
  // false; then it is false itself.
  template <typename VisitLeaves, typename VisitLanes>
  bool visit(VisitLeaves& leaves, VisitLanes& lanes) const;

 private:
  static constexpr std::uint32_t kWidth = PackedBoxes::kWidth;
  struct Step {
    std::uint32_t level;
    std::uint32_t node;
  };

  static Lanes lanes_between(const float* low_x, const float* low_y, const float* high_x, const float* high_y, const FloatBox& limits);
  static Lanes lanes_meeting(const PackedBoxes::Node& node, const FloatBox& window) {
    return lanes_between(node.min_x.data(), node.min_y.data(), node.max_x.data(), node.max_y.data(), window);
  }
  static Lanes lanes_inside(const PackedBoxes::Node& node, const FloatBox& window) {
    return lanes_between(node.max_x.data(), node.max_y.data(), node.min_x.data(), node.min_y.data(), window);
  }
  Lanes lanes_in_leaf(std::uint32_t leaf) const;
  template <typename VisitLeaves>
  bool visit_inside(Step step, Lanes inside, VisitLeaves& leaves) const;
  template <typename VisitLanes>
  bool visit_partly(std::uint32_t first_leaf, Lanes partly, VisitLanes& lanes) const;

  const PackedBoxes& boxes_;
  const Box& window_;
  FloatBox may_;   // What does not meet this does not meet the window.
  FloatBox must_;  // What meets this meets the window, whatever was rounded.
};

// The lanes with low <= the upper limit and high >= the lower limit on both axes.
inline WindowWalk::Lanes WindowWalk::lanes_between(const float* low_x, const float* low_y, const float* high_x, const float* high_y,
                                                   const FloatBox& limits) {
#if defined(__SSE2__)
  const __m128 max_x = _mm_set1_ps(limits.max_x), max_y = _mm_set1_ps(limits.max_y);
  const __m128 min_x = _mm_set1_ps(limits.min_x), min_y = _mm_set1_ps(limits.min_y);
  const auto four = [&](int i) {
    const __m128 x = _mm_and_ps(_mm_cmple_ps(_mm_loadu_ps(low_x + i), max_x), _mm_cmpge_ps(_mm_loadu_ps(high_x + i), min_x));
    const __m128 y = _mm_and_ps(_mm_cmple_ps(_mm_loadu_ps(low_y + i), max_y), _mm_cmpge_ps(_mm_loadu_ps(high_y + i), min_y));
    return _mm_castps_si128(_mm_and_ps(x, y));
  };
  const __m128i all = _mm_packs_epi16(_mm_packs_epi32(four(0), four(4)), _mm_packs_epi32(four(8), four(12)));
  return static_cast<Lanes>(_mm_movemask_epi8(all));
#else
  Lanes lanes = 0;
  for (std::uint32_t i = 0; i < kWidth; ++i) {
    const bool is_x = (low_x[i] <= limits.max_x) & (high_x[i] >= limits.min_x);
    const bool is_y = (low_y[i] <= limits.max_y) & (high_y[i] >= limits.min_y);
    lanes |= static_cast<Lanes>(is_x & is_y) << i;
  }
  return lanes;
#endif
}

inline WindowWalk::Lanes WindowWalk::lanes_in_leaf(std::uint32_t leaf) const {
  const PackedBoxes::Node& node = boxes_.node(0, leaf);
  Lanes found = lanes_meeting(node, may_);
  if (found == 0) return 0;
  for (Lanes doubtful = found & ~lanes_meeting(node, must_); doubtful != 0; doubtful &= doubtful - 1) {
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(doubtful));
    if (!boxes_.box_at(leaf * kWidth + lane).intersects(window_)) found &= ~(Lanes{1} << lane);
  }
  return found;
}

template <typename VisitLeaves>
bool WindowWalk::visit_inside(Step step, Lanes inside, VisitLeaves& leaves) const {
  const std::uint32_t shift = 4 * (step.level - 1);  // A child holds 16^(level - 1) leaves.
  for (Lanes rest = inside; rest != 0;) {
    const auto begin = static_cast<std::uint32_t>(std::countr_zero(rest));
    const auto count = static_cast<std::uint32_t>(std::countr_one(rest >> begin));
    rest &= ~(((Lanes{1} << count) - 1) << begin);
    const std::uint32_t first = step.node * kWidth + begin;
    const std::uint64_t end = std::uint64_t{first + count} << shift;
    if (!leaves(first << shift, end < boxes_.leaf_count() ? static_cast<std::uint32_t>(end) : boxes_.leaf_count())) return false;
  }
  return true;
}

template <typename VisitLanes>
bool WindowWalk::visit_partly(std::uint32_t first_leaf, Lanes partly, VisitLanes& lanes) const {
  for (Lanes rest = partly; rest != 0; rest &= rest - 1) {
    const std::uint32_t leaf = first_leaf + static_cast<std::uint32_t>(std::countr_zero(rest));
    const Lanes found = lanes_in_leaf(leaf);
    if (found != 0 && !lanes(leaf, found)) return false;
  }
  return true;
}

template <typename VisitLeaves, typename VisitLanes>
bool WindowWalk::visit(VisitLeaves& leaves, VisitLanes& lanes) const {
  if (boxes_.size() == 0) return true;
  if (boxes_.top_level() == 0) return visit_partly(0, 1, lanes);
  std::array<Step, PackedBoxes::kMaxLevels * kWidth> waiting;
  std::size_t waiting_count = 0;
  waiting[waiting_count++] = {boxes_.top_level(), 0};
  while (waiting_count > 0) {
    const Step step = waiting[--waiting_count];
    const PackedBoxes::Node& node = boxes_.node(step.level, step.node);
    const Lanes meeting = lanes_meeting(node, may_);
    if (meeting == 0) continue;
    const Lanes inside = meeting & lanes_inside(node, must_);
    const Lanes partly = meeting & ~inside;
    for (Lanes rest = partly; rest != 0; rest &= rest - 1) {
      const std::uint32_t child = step.node * kWidth + static_cast<std::uint32_t>(std::countr_zero(rest));
      boxes_.prefetch_child(step.level, child);  // All are on their way while the first is looked at.
      if (step.level > 1) waiting[waiting_count++] = {step.level - 1, child};
    }
    if (!visit_inside(step, inside, leaves)) return false;
    if (step.level == 1 && !visit_partly(step.node * kWidth, partly, lanes)) return false;
  }
  return true;
}

}  // namespace obnova::geo
