#include "geo/index/box_patch.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace obnova::geo {
namespace {

Frame frame_of(std::span<const PackedBoxes::RowBox> boxes) {
  Box extent;
  for (const PackedBoxes::RowBox& box : boxes) extent.add(box.box);
  return Frame(extent);
}

std::size_t most_rows(std::span<const BoxChange> changes, std::span<const std::shared_ptr<const BoxPatch>> older) {
  std::size_t count = changes.size();
  for (const auto& patch : older) count += patch->row_count();
  return count;
}

bool is_before(const PackedBoxes::Place& a, const PackedBoxes::Place& b) { return a.key < b.key; }

}  // namespace

BaseBoxes::BaseBoxes(std::span<const PackedBoxes::RowBox> all) : frame(frame_of(all)), boxes(frame, all) {
  for (std::uint32_t position = 0; position < boxes.size(); ++position) {
    const std::uint32_t row = boxes.row_at(position);
    if (row >= position_of_row.size()) position_of_row.resize(row + std::size_t{1}, NumberTable::kNoNumber);
    position_of_row.data()[row] = position;
  }
}

BoxPatch::BoxPatch(const BaseBoxes& base, std::span<const BoxChange> changes, std::span<const std::shared_ptr<const BoxPatch>> older)
    : rows_(most_rows(changes, older)), leaves_(most_rows(changes, older)) {
  std::vector<PackedBoxes::RowBox> boxes;
  std::vector<PackedBoxes::Place> order;
  boxes.reserve(most_rows(changes, older));
  order.reserve(most_rows(changes, older));
  add_changes(base, changes, boxes);
  for (std::uint32_t i = 0; i < boxes.size(); ++i) order.push_back({base.frame.curve_key(boxes[i].box), i});
  std::ranges::sort(order, is_before);
  for (const auto& patch : older) add_patch(*patch, boxes, order);
  boxes_ = PackedBoxes(base.frame, boxes, order);
  keys_.reserve(order.size());
  for (const PackedBoxes::Place& place : order) keys_.push_back(place.key);
}

void BoxPatch::add_changes(const BaseBoxes& base, std::span<const BoxChange> changes, std::vector<PackedBoxes::RowBox>& boxes) {
  for (const BoxChange& change : changes | std::views::reverse) {
    const std::uint32_t row = change.feature.index;
    if (!rows_.add(row, 1)) continue;
    if (!change.box.empty()) boxes.push_back({row, change.box});
    if (row >= base.position_of_row.size()) continue;
    const std::uint32_t position = base.position_of_row.data()[row];
    if (position == NumberTable::kNoNumber) continue;
    leaves_.add(position / PackedBoxes::kWidth, PackedBoxes::Lanes{1} << (position % PackedBoxes::kWidth));
  }
}

// What is there already is newer.
void BoxPatch::add_patch(const BoxPatch& older, std::vector<PackedBoxes::RowBox>& boxes, std::vector<PackedBoxes::Place>& order) {
  const auto newer_count = static_cast<std::ptrdiff_t>(order.size());
  for (std::uint32_t position = 0; position < older.boxes_.size(); ++position) {
    const std::uint32_t row = older.boxes_.row_at(position);
    if (!rows_.add(row, 1)) continue;
    order.push_back({older.keys_.data()[position], static_cast<std::uint32_t>(boxes.size())});
    boxes.push_back({row, older.boxes_.box_at(position)});
  }
  std::ranges::inplace_merge(order, order.begin() + newer_count, is_before);
  if (older.rows_.size() > older.boxes_.size()) older.rows_.each([&](std::uint32_t row, std::uint32_t) { rows_.add(row, 1); });
  older.leaves_.each([&](std::uint32_t leaf, std::uint32_t lanes) { leaves_.add(leaf, lanes); });
}

}  // namespace obnova::geo
