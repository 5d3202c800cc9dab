#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "geo/base/point.h"

namespace obnova::server {

// The order of boxes along a Hilbert curve through `extent`, so that neighbors
// in the file are neighbors on the ground. Equal places keep their order.
std::vector<std::uint32_t> hilbert_order(const std::vector<Box>& boxes, const Box& extent);

// One leaf of a packed tree: the box of a feature and where it begins, in bytes
// from the first one.
struct TreeLeaf {
  Box box;
  std::uint64_t offset = 0;
};

// Children a node.
inline constexpr std::uint16_t kTreeNodeSize = 16;

// A packed R-tree as FlatGeobuf has it: levels from the root to the leaves, 40
// bytes a node. Precondition: at least one leaf.
std::string packed_tree(std::vector<TreeLeaf> leaves);

}  // namespace obnova::server
