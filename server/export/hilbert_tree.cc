#include "server/export/hilbert_tree.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace obnova::server {
namespace {

constexpr std::uint32_t kSide = 1U << 16;  // Cells along each axis.

// The distance of a cell along the curve: at every scale the quadrants come in
// the order 0, 1, 3, 2, each turned so that its ends meet those of its neighbors.
std::uint32_t along_curve(std::uint32_t x, std::uint32_t y) {
  std::uint32_t distance = 0;
  for (std::uint32_t half = kSide / 2; half > 0; half /= 2) {
    const bool east = (x & half) != 0;
    const bool north = (y & half) != 0;
    distance += half * half * ((east ? 3U : 0U) ^ (north ? 1U : 0U));
    if (north) continue;
    if (east) {
      x = kSide - 1 - x;
      y = kSide - 1 - y;
    }
    std::swap(x, y);
  }
  return distance;
}

std::uint32_t cell_of(double middle, double from, double width) {
  if (!(width > 0)) return 0;
  return static_cast<std::uint32_t>(std::clamp((middle - from) / width, 0.0, 1.0) * (kSide - 1));
}

void append_node(std::string& bytes, const TreeLeaf& node) { bytes.append(reinterpret_cast<const char*>(&node), sizeof(TreeLeaf)); }

}  // namespace

std::vector<std::uint32_t> hilbert_order(const std::vector<Box>& boxes, const Box& extent) {
  std::vector<std::uint32_t> distances;
  distances.reserve(boxes.size());
  for (const Box& box : boxes) {
    distances.push_back(along_curve(cell_of((box.min.x_m + box.max.x_m) / 2, extent.min.x_m, extent.max.x_m - extent.min.x_m),
                                    cell_of((box.min.y_m + box.max.y_m) / 2, extent.min.y_m, extent.max.y_m - extent.min.y_m)));
  }
  std::vector<std::uint32_t> order(boxes.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return distances[i]; });
  return order;
}

std::string packed_tree(std::vector<TreeLeaf> leaves) {
  static_assert(sizeof(TreeLeaf) == 40, "A node is four doubles and an offset.");
  std::vector<std::vector<TreeLeaf>> levels;  // From the leaves up. There is always a root above the leaves.
  levels.push_back(std::move(leaves));
  do {
    const std::vector<TreeLeaf>& below = levels.back();
    std::vector<TreeLeaf> level;
    for (std::size_t first = 0; first < below.size(); first += kTreeNodeSize) {
      TreeLeaf node{.box = {}, .offset = first};
      for (std::size_t i = first; i < std::min(below.size(), first + kTreeNodeSize); ++i) node.box.add(below[i].box);
      level.push_back(node);
    }
    levels.push_back(std::move(level));
  } while (levels.back().size() > 1);
  // A node says which number its first child has among all nodes of the file.
  std::size_t first_of_level = 0;
  std::string bytes;
  for (std::size_t level = levels.size(); level-- > 0;) {
    first_of_level += levels[level].size();
    for (TreeLeaf node : levels[level]) {
      if (level > 0) node.offset += first_of_level;
      append_node(bytes, node);
    }
  }
  return bytes;
}

}  // namespace obnova::server
