#include <gmock/gmock.h>

#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "geo/base/overlay.h"
#include "tests/geo/base/shapes.h"
#include "tests/support/result_matchers.h"

namespace obnova {
namespace {

constexpr int kRounds = 150;

TEST(PreparedShapeTest, AnswersLikeThePlainPredicates) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const auto area = valid_area(random, {0, 0}, 1);
    const auto other = valid_area(random, {static_cast<double>(random() % 20), 0}, 1);
    if (!area || !other) continue;
    auto prepared = PreparedShape::make(area->view());
    ASSERT_TRUE(prepared.has_value());
    const PreparedShape moved = std::move(*prepared);
    const Geometry line = Geometry::line({{-20, 1}, {static_cast<double>(random() % 20) - 18, 2}});
    for (const Geometry& asked : {*other, line, Geometry::point({3, 3}), Geometry{}}) {
      EXPECT_EQ(moved.intersects(asked.view()), intersects(area->view(), asked.view()).value()) << "seed " << seed;
      EXPECT_EQ(moved.covers(asked.view()), covers(area->view(), asked.view()).value()) << "seed " << seed;
    }
    EXPECT_EQ(moved.box(), area->view().box());
  }
}

TEST(PreparedShapeTest, NothingAndLinesMayBePrepared) {
  const auto nothing = PreparedShape::make({});
  ASSERT_TRUE(nothing.has_value());
  EXPECT_FALSE(nothing->covers(Point{0, 0}));
  EXPECT_EQ(nothing->intersects(square(0, 0, 4).view()), false);
  EXPECT_EQ(nothing->covers(square(0, 0, 4).view()), false);
  const auto line = PreparedShape::make(Geometry::line({{0, 0}, {4, 4}}).view());
  ASSERT_TRUE(line.has_value());
  EXPECT_TRUE(line->covers(Point{2, 2}));
  EXPECT_FALSE(line->covers(Point{2, 3}));
}

TEST(PreparedShapeTest, MayBeMadeAskedAndDestroyedByDifferentThreads) {
  std::optional<PreparedShape> shape;
  std::thread([&shape] { shape = *PreparedShape::make(square(0, 0, 4).view()); }).join();
  std::thread([&shape] { EXPECT_EQ(shape->intersects(square(2, 2, 4).view()), true); }).join();
  EXPECT_EQ(shape->covers(square(1, 1, 1).view()), true);
}

}  // namespace
}  // namespace obnova
