#include "geo/index/box_patch.h"

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

}  // namespace

BaseBoxes::BaseBoxes(std::vector<PackedBoxes::RowBox> all) : frame(frame_of(all)), boxes(frame, std::move(all)) {
  for (std::uint32_t position = 0; position < boxes.size(); ++position) {
    const std::uint32_t row = boxes.row_at(position);
    if (row >= position_of_row.size()) position_of_row.resize(row + std::size_t{1}, NumberTable::kNoNumber);
    position_of_row.data()[row] = position;
  }
}

BoxPatch::BoxPatch(const BaseBoxes& base, std::span<const BoxChange> changes, std::span<const std::shared_ptr<const BoxPatch>> older)
    : rows_(most_rows(changes, older)), leaves_(most_rows(changes, older)) {
  std::vector<PackedBoxes::RowBox> boxes;
  boxes.reserve(most_rows(changes, older));
  for (const BoxChange& change : changes | std::views::reverse) {
    const std::uint32_t row = change.feature.index;
    if (!rows_.add(row, 1)) continue;
    if (!change.box.empty()) boxes.push_back({row, change.box});
    if (row >= base.position_of_row.size()) continue;
    const std::uint32_t position = base.position_of_row.data()[row];
    if (position == NumberTable::kNoNumber) continue;
    leaves_.add(position / PackedBoxes::kWidth, PackedBoxes::Lanes{1} << (position % PackedBoxes::kWidth));
  }
  for (const auto& patch : older) {
    for (std::uint32_t position = 0; position < patch->boxes_.size(); ++position) {
      const std::uint32_t row = patch->boxes_.row_at(position);
      if (rows_.add(row, 1)) boxes.push_back({row, patch->boxes_.box_at(position)});
    }
    patch->rows_.each([&](std::uint32_t row, std::uint32_t) { rows_.add(row, 1); });
    patch->leaves_.each([&](std::uint32_t leaf, std::uint32_t lanes) { leaves_.add(leaf, lanes); });
  }
  boxes_ = PackedBoxes(base.frame, std::move(boxes));
}

}  // namespace obnova::geo
