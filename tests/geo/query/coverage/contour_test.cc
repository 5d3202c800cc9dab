#include "geo/query/coverage/contour.h"

#include <random>
#include <vector>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

Lattice lattice_of(std::int64_t columns, std::int64_t rows) {
  Lattice lattice;
  lattice.cell_m = 10;
  lattice.column_count = columns;
  lattice.row_count = rows;
  return lattice;
}

// `#` is deep inside, `.` far outside; the first line is the northernmost row.
Geometry contour_of(const std::vector<std::string>& picture) {
  const Lattice lattice = lattice_of(static_cast<std::int64_t>(picture[0].size()), static_cast<std::int64_t>(picture.size()));
  std::vector<float> values;
  for (std::size_t row = picture.size(); row-- > 0;) {
    for (const char c : picture[row]) values.push_back(c == '#' ? 1 : -1);
  }
  return contour(lattice, values);
}

TEST(ContourTest, NothingInsideIsNoArea) { EXPECT_EQ(contour_of({"...", "...", "..."}).kind, GeometryKind::kNone); }

TEST(ContourTest, OnePlaceIsADiamond) {
  const Geometry area = contour_of({"...", ".#.", "..."});
  EXPECT_EQ(area.kind, GeometryKind::kMultiPolygon);
  EXPECT_DOUBLE_EQ(area_m2(area.view()), 50);
  EXPECT_TRUE(covers(area.view(), {10, 10}));
}

TEST(ContourTest, TheRimIsOutside) {
  const Geometry area = contour_of({"####", "####", "####", "####"});
  EXPECT_EQ(area.part_ends.size(), 1U);
  EXPECT_EQ(validity_problem(area.view()), std::nullopt);
  EXPECT_FALSE(covers(area.view(), {0, 15}));
  EXPECT_TRUE(covers(area.view(), {15, 15}));
}

TEST(ContourTest, HolesBelongToTheirPart) {
  const Geometry area = contour_of({
      "...........",
      ".#####.....",
      ".#...#.###.",
      ".#.#.#.#.#.",
      ".#...#.###.",
      ".#####.....",
      "...........",
  });
  EXPECT_EQ(area.part_ends.size(), 3U);  // The ring, the island in it, the ring beside it.
  EXPECT_EQ(area.path_ends.size(), 5U);
  EXPECT_EQ(validity_problem(area.view()), std::nullopt);
  EXPECT_FALSE(covers(area.view(), {20, 30}));
  EXPECT_TRUE(covers(area.view(), {30, 30}));
  EXPECT_FALSE(covers(area.view(), {80, 30}));
}

TEST(ContourTest, CornersThatTouchAreNotJoined) {
  const Geometry area = contour_of({"....", ".#..", "..#.", "...."});
  EXPECT_EQ(area.part_ends.size(), 2U);
  EXPECT_EQ(validity_problem(area.view()), std::nullopt);
}

TEST(ContourTest, AGreaterFieldHoldsTheLesser) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const Lattice lattice = lattice_of(14, 11);
    std::vector<float> lesser;
    std::vector<float> greater;
    for (std::size_t i = 0; i < lattice.size(); ++i) {
      // Zeros and whole numbers, so that edges of the range are met.
      lesser.push_back(static_cast<float>(static_cast<int>(random() % 9) - 4) / 2);
      greater.push_back(lesser.back() + static_cast<float>(random() % 3) / 2);
    }
    const Geometry small = contour(lattice, lesser);
    const Geometry large = contour(lattice, greater);
    ASSERT_EQ(validity_problem(small.view()), std::nullopt) << "seed " << seed;
    ASSERT_EQ(validity_problem(large.view()), std::nullopt) << "seed " << seed;
    const auto rest = difference(small.view(), large.view());
    ASSERT_THAT(rest, Succeeds());
    EXPECT_LT(area_m2(rest->view()), 1e-6) << "seed " << seed;
  }
}

TEST(ContourTest, LatticesReachAroundTheirBoxAndStayBounded) {
  const Box box = {{-12.5, 3}, {5'000'017, 2'000'000}};
  const Lattice lattice = Lattice::over(box, 10, 1e6);
  EXPECT_LE(lattice.size(), 1'100'000U);
  EXPECT_LT(lattice.place(0, 0).x_m, box.min.x_m);
  EXPECT_LT(lattice.place(0, 0).y_m, box.min.y_m);
  const Point last = lattice.place(lattice.column_count - 1, lattice.row_count - 1);
  EXPECT_GT(last.x_m, box.max.x_m);
  EXPECT_GT(last.y_m, box.max.y_m);
  EXPECT_EQ(Lattice::over(Box{{0, 0}, {100, 100}}, 10, 1e6).cell_m, 10);
}

}  // namespace
}  // namespace obnova::geo
