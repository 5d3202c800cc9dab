#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/ascii_city.h"

namespace obnova::geo {

// A seeded little city on a grid of whole numbers, so that many ways are
// equally long: ways of some blocks, one-way streets, closed and destroyed
// ones, barriers, restrictions at nodes and over via ways.
class RandomRoads {
 public:
  explicit RandomRoads(std::uint32_t seed, int size = 5) : random_(seed), size_(size) {
    add_ways();
    add_barriers();
    add_restrictions();
  }

  AsciiCity city() const {
    return {{},
            ascii::tagged_layer("roads", Theme::kRoads, ways_),
            ascii::tagged_layer("barriers", Theme::kBarriers, barriers_),
            ascii::tagged_layer("turn_restrictions", Theme::kTurnRestrictions, restrictions_)};
  }

  // An area with whole and half coordinates that closes part of the city.
  Geometry area() {
    const double x = below(2 * size_) * 50.0, y = below(2 * size_) * 50.0;
    const double width = 50.0 * (1 + below(4)), height = 50.0 * (1 + below(4));
    if (below(2) == 0) return Geometry::rectangle({{x, y}, {x + width, y + height}});
    return Geometry::polygon({{x, y}, {x + width, y + 25}, {x + width / 2, y + height + 25}});
  }

  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }

 private:
  using Cell = std::pair<int, int>;
  static Point place(Cell cell) { return {cell.first * 100.0, cell.second * 100.0}; }
  bool one_in(int count) { return below(count) == 0; }

  void add_ways() {
    const std::array<const char*, 8> classes = {"residential", "residential", "residential", "primary",
                                                "secondary",   "service",     "footway",     "cycleway"};
    const std::array<Cell, 4> steps = {{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
    for (int i = 0; i < 3 * size_ * size_ / 2; ++i) {
      Cell at = {below(size_), below(size_)};
      std::vector<Cell> cells = {at};
      const int length = 1 + below(3);
      while (static_cast<int>(cells.size()) <= length) {
        const Cell step = steps[static_cast<std::size_t>(below(4))];
        at = {std::clamp(at.first + step.first, 0, size_ - 1), std::clamp(at.second + step.second, 0, size_ - 1)};
        if (at != cells.back()) cells.push_back(at);
      }
      Tags tags = {{"highway", classes[static_cast<std::size_t>(below(8))]}};
      if (one_in(6)) tags["oneway"] = one_in(4) ? "-1" : "yes";
      if (one_in(8)) tags["oneway:bicycle"] = "no";
      if (one_in(8)) tags["maxspeed"] = one_in(2) ? "20" : "30";
      if (one_in(15)) tags["access"] = one_in(2) ? "private" : "no";
      if (one_in(15)) tags["bicycle"] = one_in(2) ? "yes" : "no";
      if (one_in(20)) tags["condition"] = "destroyed";
      if (one_in(20)) tags["maxweight"] = "3.5";
      Geometry line;
      std::vector<Point> points;
      for (const Cell& cell : cells) points.push_back(place(cell));
      ways_.emplace_back("way/" + std::to_string(i), Geometry::line(points), tags);
      cells_.push_back(cells);
    }
  }

  void add_barriers() {
    const std::array<const char*, 4> kinds = {"gate", "bollard", "lift_gate", "stile"};
    for (int i = 0; i < size_ / 3; ++i) {
      barriers_.emplace_back("node/" + std::to_string(i), Geometry::point(place({below(size_), below(size_)})),
                             Tags{{"barrier", kinds[static_cast<std::size_t>(below(4))]}});
    }
  }

  std::vector<std::size_t> ways_at(Cell cell) const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (std::ranges::find(cells_[i], cell) != cells_[i].end()) result.push_back(i);
    }
    return result;
  }

  Cell some_cell(std::size_t way) { return cells_[way][static_cast<std::size_t>(below(static_cast<int>(cells_[way].size())))]; }
  std::size_t some_way(Cell cell) {
    const std::vector<std::size_t> ways = ways_at(cell);
    return ways[static_cast<std::size_t>(below(static_cast<int>(ways.size())))];
  }
  static std::string name(std::size_t way) { return "way/" + std::to_string(way); }

  void add_restrictions() {
    const std::array<const char*, 6> kinds = {"no_left_turn",     "no_right_turn",  "no_u_turn",
                                              "only_straight_on", "no_straight_on", "only_left_turn"};
    for (int i = 0; i < 3 * size_; ++i) {
      const std::size_t from = static_cast<std::size_t>(below(static_cast<int>(cells_.size())));
      const Cell via = some_cell(from);
      Tags tags = {{"restriction", kinds[static_cast<std::size_t>(below(6))]}, {"from_way", name(from)}, {"via_ways", ""}};
      if (one_in(2)) {
        const std::size_t via_way = some_way(via);
        if (via_way == from) continue;
        tags["via_ways"] = name(via_way);
        Cell end = some_cell(via_way);
        if (one_in(4)) {
          const std::size_t second = some_way(end);
          if (second == from || second == via_way) continue;
          tags["via_ways"] += ";" + name(second);
          end = some_cell(second);
        }
        tags["to_way"] = name(some_way(end));
      } else {
        tags["to_way"] = name(one_in(4) ? from : some_way(via));
      }
      if (one_in(6)) tags["except"] = one_in(2) ? "bicycle" : "psv;hgv";
      restrictions_.emplace_back("relation/" + std::to_string(i), Geometry::point(place(via)), tags);
    }
  }

  std::mt19937 random_;
  int size_;
  std::vector<std::tuple<std::string, Geometry, Tags>> ways_, barriers_, restrictions_;
  std::vector<std::vector<Cell>> cells_;
};

}  // namespace obnova::geo
