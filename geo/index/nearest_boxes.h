#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "geo/index/frame.h"
#include "geo/index/inline_vector.h"
#include "geo/index/packed_boxes.h"

namespace obnova::geo {

// Finds the boxes of several trees of one frame in the order of a lower bound
// of their distance. Keeps one sorted list for each node it opened and a heap of
// their least elements, so what it sorts by heap are few nodes, not many boxes.
class NearestBoxes {
 public:
  // Squared distances as the bits of a float, which have the same order. The
  // lowest four bits are the lane of a box in its node.
  using Key = std::int32_t;
  static constexpr Key kFarthest = std::bit_cast<Key>(std::numeric_limits<float>::max());

  struct Found {
    std::uint32_t source;
    std::uint32_t position;
    Key key;
  };

  NearestBoxes(const Frame& frame, Point from) : from_(frame.rounded_outward({from, from})) {}

  // Before the first question. `source` is what Found will say.
  void add(const PackedBoxes& boxes, std::uint32_t source) {
    if (boxes.size() > 0) open({&boxes, source, boxes.top_level(), 0}, kFarthest);
  }

  // False when there is no more box up to `farthest`.
  bool next(Key farthest, Found& found);

  // Never more than the distance to the box.
  static double at_least_m(Key key) { return std::sqrt(static_cast<double>(std::bit_cast<float>(key & ~15))) * (1 - 1e-6); }
  // No box whose key is greater is within the distance.
  static Key key_at(double distance_m) {
    if (!(distance_m >= 0)) return -1;
    const double squared = distance_m * distance_m * (1 + 1e-5) + std::numeric_limits<float>::min();
    return squared < static_cast<double>(std::numeric_limits<float>::max()) ? std::bit_cast<Key>(static_cast<float>(squared)) | 15
                                                                            : kFarthest;
  }

 private:
  static constexpr std::uint32_t kWidth = PackedBoxes::kWidth;
  using Keys = std::array<Key, kWidth>;
  using Floats = float __attribute__((vector_size(16)));
  using Ints = Key __attribute__((vector_size(16)));

  struct Place {
    const PackedBoxes* boxes;
    std::uint32_t source;
    std::uint32_t level;
    std::uint32_t node;
  };
  // A node whose boxes are in order; the first ones have been taken.
  struct Opened {
    Keys keys;
    Place place;
    std::uint32_t next;
    std::uint32_t count;
  };
  // A key above, the number of an opened node below.
  using Waiting = std::uint64_t;

  static Waiting waiting(Key key, std::size_t opened) { return (static_cast<Waiting>(key) << 32) | opened; }
  static void sort_into(Keys& result, const Keys& keys);
  Keys keys_of(const PackedBoxes::Node& node) const;
  void open(const Place& place, Key farthest);
  void push(Waiting value);
  void replace_top(Waiting value);
  void pop();

  FloatBox from_;
  InlineVector<Opened, 64> opened_;
  InlineVector<Waiting, 64> heap_;
};

// Four boxes at a time. Written for GCC's vectors because its own choice is to branch.
inline NearestBoxes::Keys NearestBoxes::keys_of(const PackedBoxes::Node& node) const {
  constexpr float kMost = std::numeric_limits<float>::max();
  const auto larger = [](Floats a, Floats b) { return a > b ? a : b; };
  const auto four = [](float x) { return Floats{x, x, x, x}; };
  const auto load = [](const std::array<float, kWidth>& from, std::uint32_t i) {
    Floats result;
    std::memcpy(&result, from.data() + i, sizeof result);
    return result;
  };
  Keys keys;
  for (std::uint32_t i = 0; i < kWidth; i += 4) {
    const Floats dx = larger(larger(load(node.min_x, i) - four(from_.max_x), four(from_.min_x) - load(node.max_x, i)), Floats{});
    const Floats dy = larger(larger(load(node.min_y, i) - four(from_.max_y), four(from_.min_y) - load(node.max_y, i)), Floats{});
    const Floats squared = dx * dx + dy * dy;
    const auto lanes = static_cast<Key>(i);
    const Floats reached = squared < four(kMost) ? squared : four(kMost);
    const Ints result = (std::bit_cast<Ints>(reached) & ~15) | Ints{lanes, lanes + 1, lanes + 2, lanes + 3};
    std::memcpy(keys.data() + i, &result, sizeof result);
  }
  return keys;
}

// Counts for each key how many are below it: no branch depends on the keys.
inline void NearestBoxes::sort_into(Keys& result, const Keys& keys) {
  std::array<Key, kWidth> ranks = {};
  for (std::uint32_t j = 0; j < kWidth; ++j) {
    const Key other = keys.data()[j];
    for (std::uint32_t i = 0; i < kWidth; ++i) ranks.data()[i] += keys.data()[i] > other ? 1 : 0;
  }
  for (std::uint32_t i = 0; i < kWidth; ++i) result.data()[ranks.data()[i]] = keys.data()[i];
}

inline void NearestBoxes::open(const Place& place, Key farthest) {
  Keys keys = keys_of(place.boxes->node(place.level, place.node));
  const std::uint32_t count = place.boxes->lane_count(place.level, place.node);
  for (std::uint32_t i = count; i < kWidth; ++i) keys.data()[i] = std::numeric_limits<Key>::max() - static_cast<Key>(kWidth - i);
  std::uint32_t near_count = 0;
  for (std::uint32_t i = 0; i < kWidth; ++i) near_count += keys.data()[i] <= farthest ? 1 : 0;
  if (near_count == 0) return;
  Opened& opened = *opened_.room_for(1);
  sort_into(opened.keys, keys);
  opened.place = place;
  opened.next = 0;
  opened.count = near_count;
  for (std::uint32_t i = 0; i < 2; ++i) place.boxes->prefetch_child(place.level, place.node * kWidth + (opened.keys.data()[i] & 15));
  push(waiting(opened.keys.data()[0], opened_.size()));
  opened_.add(1);
}

inline bool NearestBoxes::next(Key farthest, Found& found) {
  while (heap_.size() > 0) {
    const Waiting top = heap_.data()[0];
    const auto key = static_cast<Key>(top >> 32);
    if (key > farthest) return false;
    Opened& opened = opened_.data()[top & 0xFFFFFFFF];
    if (++opened.next < opened.count) {
      replace_top(waiting(opened.keys.data()[opened.next], top & 0xFFFFFFFF));
    } else {
      pop();
    }
    const Place place = opened.place;
    const std::uint32_t child = place.node * kWidth + static_cast<std::uint32_t>(key & 15);
    if (place.level == 0) {
      found = {place.source, child, key};
      return true;
    }
    open({place.boxes, place.source, place.level - 1, child}, farthest);
  }
  return false;
}

inline void NearestBoxes::push(Waiting value) {
  heap_.push_back(value);
  Waiting* const heap = heap_.data();
  std::size_t i = heap_.size() - 1;
  for (; i > 0 && value < heap[(i - 1) / 2]; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
  heap[i] = value;
}

inline void NearestBoxes::replace_top(Waiting value) {
  Waiting* const heap = heap_.data();
  const std::size_t size = heap_.size();
  std::size_t i = 0;
  for (std::size_t child = 1; child < size; child = 2 * i + 1) {
    if (child + 1 < size) child += heap[child + 1] < heap[child] ? 1 : 0;
    if (value <= heap[child]) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = value;
}

inline void NearestBoxes::pop() {
  const Waiting last = heap_.data()[heap_.size() - 1];
  heap_.pop_back();
  if (heap_.size() > 0) replace_top(last);
}

}  // namespace obnova::geo
