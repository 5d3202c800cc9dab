#include "geo/index/packed_boxes.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace obnova::geo {
namespace {

using Place = PackedBoxes::Place;

// By key, equal keys in the order they came, one digit of the keys after the other.
std::vector<Place> sorted_by_key(std::vector<Place> places) {
  constexpr int kDigitBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  constexpr int kPasses = 3;
  std::vector<std::array<std::uint32_t, kDigits>> starts(kPasses);
  const auto digit = [](std::uint32_t key, int pass) { return (key >> (pass * kDigitBits)) & (kDigits - 1); };
  for (const Place& place : places) {
    for (int pass = 0; pass < kPasses; ++pass) ++starts.data()[pass].data()[digit(place.key, pass)];
  }
  std::vector<Place> next(places.size());
  for (int pass = 0; pass < kPasses; ++pass) {
    std::uint32_t* const start = starts[pass].data();
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < kDigits; ++i) sum += std::exchange(start[i], sum);
    Place* const out = next.data();
    for (const Place& place : places) out[start[digit(place.key, pass)]++] = place;
    places.swap(next);
  }
  return places;
}

std::vector<Place> curve_order(const Frame& frame, std::span<const PackedBoxes::RowBox> boxes) {
  std::vector<Place> places(boxes.size());
  for (std::uint32_t i = 0; i < boxes.size(); ++i) places.data()[i] = {frame.curve_key(boxes.data()[i].box), i};
  return sorted_by_key(std::move(places));
}

constexpr float kNowhere = std::numeric_limits<float>::infinity();

PackedBoxes::Node empty_node() {
  PackedBoxes::Node node;
  node.min_x.fill(kNowhere);
  node.min_y.fill(kNowhere);
  node.max_x.fill(-kNowhere);
  node.max_y.fill(-kNowhere);
  return node;
}

void put(PackedBoxes::Node& node, std::uint32_t lane, const FloatBox& box) {
  node.min_x.data()[lane] = box.min_x;
  node.min_y.data()[lane] = box.min_y;
  node.max_x.data()[lane] = box.max_x;
  node.max_y.data()[lane] = box.max_y;
}

FloatBox extent(const PackedBoxes::Node& node) {
  FloatBox all = {kNowhere, kNowhere, -kNowhere, -kNowhere};
  for (std::uint32_t i = 0; i < PackedBoxes::kWidth; ++i) {
    all.min_x = std::min(all.min_x, node.min_x.data()[i]);
    all.min_y = std::min(all.min_y, node.min_y.data()[i]);
    all.max_x = std::max(all.max_x, node.max_x.data()[i]);
    all.max_y = std::max(all.max_y, node.max_y.data()[i]);
  }
  return all;
}

}  // namespace

PackedBoxes::PackedBoxes(const Frame& frame, std::span<const RowBox> boxes) : PackedBoxes(frame, boxes, curve_order(frame, boxes)) {}

PackedBoxes::PackedBoxes(const Frame& frame, std::span<const RowBox> boxes, std::span<const Place> order) {
  if (order.empty()) return;
  const std::size_t count = order.size();
  const std::size_t leaf_count = (count + kWidth - 1) / kWidth;
  nodes_.reserve(leaf_count + leaf_count / (kWidth - 1) + kMaxLevels);
  nodes_.resize(leaf_count, empty_node());
  rows_.resize(leaf_count);
  boxes_.resize(count);
  constexpr std::size_t kAhead = 16;
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) __builtin_prefetch(&boxes.data()[order.data()[i + kAhead].at]);
    const RowBox& from = boxes.data()[order.data()[i].at];
    boxes_.data()[i] = from.box;
    rows_.data()[i / kWidth].at.data()[i % kWidth] = from.row;
    put(nodes_.data()[i / kWidth], i % kWidth, frame.rounded_outward(from.box));
  }
  level_count_ = 1;
  while (nodes_.size() - level_starts_[level_count_ - 1] > 1) add_level(level_count_ - 1);
}

void PackedBoxes::add_level(std::uint32_t below) {
  const std::size_t begin = level_starts_[below];
  const std::size_t end = nodes_.size();
  level_starts_[level_count_++] = static_cast<std::uint32_t>(end);
  nodes_.resize(end + (end - begin + kWidth - 1) / kWidth, empty_node());
  for (std::size_t i = begin; i < end; ++i) {
    put(nodes_.data()[end + (i - begin) / kWidth], (i - begin) % kWidth, extent(nodes_.data()[i]));
  }
}

}  // namespace obnova::geo
