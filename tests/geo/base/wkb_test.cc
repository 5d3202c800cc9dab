#include "geo/base/wkb.h"

#include <gmock/gmock.h>

#include <bit>
#include <limits>
#include <random>

#include "tests/support/result_matchers.h"

namespace obnova {
namespace {

using testing::HasSubstr;

// Writes WKB by hand, also such that is wrong.
class Bytes {
 public:
  explicit Bytes(bool is_big = false) : is_big_(is_big) {}
  Bytes& order() { return byte(is_big_ ? 0 : 1); }
  Bytes& byte(int value) {
    text_.push_back(static_cast<char>(value));
    return *this;
  }
  Bytes& number(std::uint32_t value) { return put(value); }
  Bytes& head(std::uint32_t type) { return order().number(type); }
  Bytes& at(double x) { return put(std::bit_cast<std::uint64_t>(x)); }
  Bytes& at(double x, double y) { return at(x).at(y); }
  Bytes& add(const Bytes& other) {
    text_ += other.text_;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  template <typename Number>
  Bytes& put(Number value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      const std::size_t shift = 8 * (is_big_ ? sizeof(Number) - 1 - i : i);
      byte(static_cast<int>((value >> shift) & 0xff));
    }
    return *this;
  }

  bool is_big_;
  std::string text_;
};

Bytes square(bool is_big = false) { return Bytes(is_big).head(3).number(1).number(5).at(0, 0).at(4, 0).at(4, 4).at(0, 4).at(0, 0); }

std::vector<Geometry> samples() {
  return {
      Geometry{},
      Geometry::point({1.5, -2}),
      Geometry::line({{0, 0}, {1, 1}, {5, 2}}),
      Geometry::rectangle({{0, 0}, {4, 4}}),
      {GeometryKind::kMultiPoint, {{1, 1}, {1, 1}, {2, 2}}, {3}, {}},
      {GeometryKind::kMultiLineString, {{0, 0}, {1, 0}, {5, 5}, {6, 6}, {7, 7}}, {2, 5}, {}},
      {GeometryKind::kMultiPolygon,
       {{0, 0}, {9, 0}, {9, 9}, {0, 0}, {4, 1}, {5, 2}, {5, 1}, {4, 1}, {20, 0}, {21, 0}, {21, 1}, {20, 0}},
       {4, 8, 12},
       {2, 3}},
  };
}

TEST(WkbTest, EveryKindComesBackAsItWent) {
  for (const Geometry& shape : samples()) EXPECT_EQ(from_wkb(to_wkb(shape.view())), shape);
}

TEST(WkbTest, TruncationAtEveryByteFails) {
  for (const Geometry& shape : samples()) {
    const std::string whole = to_wkb(shape.view());
    for (std::size_t size = 1; size < whole.size(); ++size) {
      EXPECT_THAT(from_wkb(whole.substr(0, size)), FailsWith(ErrorCode::kInvalidArgument)) << size << " of " << whole.size();
    }
  }
}

TEST(WkbTest, DamagedBytesNeverCrash) {
  std::mt19937_64 random(11);
  for (const Geometry& shape : samples()) {
    const std::string whole = to_wkb(shape.view());
    for (int i = 0; i < 5000 && !whole.empty(); ++i) {
      std::string damaged = whole;
      for (int flips = 0; flips < 3; ++flips) damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
      const auto read = from_wkb(damaged);
      if (read) {
        EXPECT_EQ(from_wkb(to_wkb(read->view())), *read);
      }
    }
  }
}

TEST(WkbTest, TrailingBytesFail) {
  EXPECT_THAT(from_wkb(square().text() + "x"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("after its end")));
}

TEST(WkbTest, BothByteOrdersMeanTheSame) { EXPECT_EQ(from_wkb(square(true).text()), Geometry::rectangle({{0, 0}, {4, 4}})); }

TEST(WkbTest, ByteOrdersMayMixInsideAMulti) {
  const Bytes bytes = Bytes().head(6).number(2).add(square(true)).add(square());
  const auto shape = from_wkb(bytes.text());
  ASSERT_THAT(shape, Succeeds());
  EXPECT_EQ(shape->part_ends.size(), 2U);
}

TEST(WkbTest, UnknownTypesAndByteOrdersFail) {
  for (const std::uint32_t type : {0U, 8U, 10U, 15U, 16U, 17U, 9999U, 4001U, 0x80000000U + 1001U}) {
    EXPECT_THAT(from_wkb(Bytes().head(type).at(1, 2).text()), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("not supported"))) << type;
  }
  EXPECT_THAT(from_wkb(Bytes().byte(7).number(1).at(1, 2).text()), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("byte order")));
}

TEST(WkbTest, LyingCountsFailBeforeAnythingIsAllocated) {
  constexpr std::uint32_t kMany = 0xffffffffU;
  for (const std::uint32_t type : {2U, 3U, 4U, 5U, 6U, 7U}) {
    EXPECT_THAT(from_wkb(Bytes().head(type).number(kMany).at(1, 2).text()),
                FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("promises")));
  }
  EXPECT_THAT(from_wkb(Bytes().head(3).number(1).number(kMany).at(1, 2).text()), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(WkbTest, ZAndMAndSridAreDropped) {
  const Geometry expected = Geometry::point({1, 2});
  EXPECT_EQ(from_wkb(Bytes().head(1001).at(1, 2).at(3).text()), expected);
  EXPECT_EQ(from_wkb(Bytes().head(2001).at(1, 2).at(3).text()), expected);
  EXPECT_EQ(from_wkb(Bytes().head(3001).at(1, 2).at(3, 4).text()), expected);
  EXPECT_EQ(from_wkb(Bytes().head(0x80000001U).at(1, 2).at(3).text()), expected);
  EXPECT_EQ(from_wkb(Bytes().head(0xc0000001U).at(1, 2).at(3, 4).text()), expected);
  EXPECT_EQ(from_wkb(Bytes().head(0x20000001U).number(4326).at(1, 2).text()), expected);
  EXPECT_EQ(from_wkb(Bytes(true).head(0xe0000001U).number(4326).at(1, 2).at(3, 4).text()), expected);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(from_wkb(Bytes().head(1001).at(1, 2).at(nan).text()), expected);
}

TEST(WkbTest, CoordinatesThatAreNotFiniteFail) {  // RELIABILITY G01, G02, G03.
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double bad : {infinity, -infinity, nan, 1e308}) {
    EXPECT_THAT(from_wkb(Bytes().head(1).at(bad, 0).text()), FailsWith(ErrorCode::kInvalidArgument)) << bad;
    EXPECT_THAT(from_wkb(Bytes().head(1).at(0, bad).text()), FailsWith(ErrorCode::kInvalidArgument)) << bad;
    EXPECT_THAT(from_wkb(Bytes().head(2).number(2).at(0, 0).at(bad, bad).text()), FailsWith(ErrorCode::kInvalidArgument)) << bad;
  }
}

TEST(WkbTest, MinusZeroAndTinyNumbersBecomeZero) {  // RELIABILITY G05.
  const auto shape = from_wkb(Bytes().head(1).at(-0.0, 5e-324).text());
  ASSERT_THAT(shape, Succeeds());
  EXPECT_EQ(to_wkb(shape->view()), to_wkb(Geometry::point({0, 0}).view()));
}

TEST(WkbTest, EmptyShapesAreNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(from_wkb(""), Geometry{});
  EXPECT_EQ(from_wkb(Bytes().head(1).at(nan, nan).text()), Geometry{});
  for (const std::uint32_t type : {2U, 3U, 4U, 5U, 6U, 7U}) EXPECT_EQ(from_wkb(Bytes().head(type).number(0).text()), Geometry{}) << type;
  EXPECT_EQ(from_wkb(Bytes().head(6).number(1).head(3).number(0).text()), Geometry{});
  EXPECT_EQ(to_wkb({}), "");
}

TEST(WkbTest, EmptyMembersOfAMultiAreLeftOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto points = from_wkb(Bytes().head(4).number(2).head(1).at(nan, nan).head(1).at(1, 2).text());
  EXPECT_EQ(points, (Geometry{GeometryKind::kMultiPoint, {{1, 2}}, {1}, {}}));
}

TEST(WkbTest, ACollectionOfOneKindIsItsMultiShape) {
  const Bytes nested = Bytes().head(7).number(2).add(square()).head(7).number(1).head(6).number(1).add(square());
  const auto shape = from_wkb(nested.text());
  ASSERT_THAT(shape, Succeeds());
  EXPECT_EQ(shape->kind, GeometryKind::kMultiPolygon);
  EXPECT_EQ(shape->part_ends.size(), 2U);
}

TEST(WkbTest, MixedCollectionsFail) {
  EXPECT_THAT(from_wkb(Bytes().head(7).number(2).add(square()).head(1).at(1, 1).text()),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("mixes")));
  EXPECT_THAT(from_wkb(Bytes().head(5).number(1).add(square()).text()), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(WkbTest, CollectionsNestEightDeepAndNoDeeper) {  // RELIABILITY G31.
  const auto nested = [](int depth) {
    Bytes bytes;
    for (int i = 0; i < depth; ++i) bytes.head(7).number(1);
    return from_wkb(bytes.head(1).at(1, 2).text());
  };
  EXPECT_THAT(nested(8), Succeeds());
  EXPECT_THAT(nested(9), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("nests")));
  EXPECT_THAT(nested(100000), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(WkbTest, UnclosedAndShortRingsFail) {  // RELIABILITY G11, G12.
  EXPECT_THAT(from_wkb(Bytes().head(3).number(1).number(4).at(0, 0).at(4, 0).at(4, 4).at(0, 4).text()),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("does not end where it begins")));
  for (std::uint32_t size = 0; size < 4; ++size) {
    Bytes bytes = Bytes().head(3).number(1).number(size);
    for (std::uint32_t i = 0; i < size; ++i) bytes.at(i + 1 == size ? 0 : i, 0);
    EXPECT_THAT(from_wkb(bytes.text()), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("at least 4 points"))) << size;
  }
  EXPECT_THAT(from_wkb(Bytes().head(3).number(1).number(4).at(0, 0).at(1, 1).at(1, 1).at(0, 0).text()),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("got 3 without repeats")));
}

TEST(WkbTest, ALineNeedsTwoDifferentPoints) {  // RELIABILITY G45.
  EXPECT_THAT(from_wkb(Bytes().head(2).number(1).at(1, 1).text()), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(from_wkb(Bytes().head(2).number(3).at(1, 1).at(1, 1).at(1, 1).text()),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("2 different points")));
}

TEST(WkbTest, RepeatedVerticesAreRemovedAndRingsTurned) {  // RELIABILITY G18, G21; FIELD_NOTES pitfall 3.
  const Bytes clockwise = Bytes().head(3).number(1).number(7).at(0, 0).at(0, 4).at(0, 4).at(4, 4).at(4, 0).at(0, 0).at(0, 0);
  EXPECT_EQ(from_wkb(clockwise.text()), Geometry::rectangle({{0, 0}, {4, 4}}));
  const Bytes hole_like_shell =
      Bytes().head(3).number(2).number(5).at(0, 0).at(9, 0).at(9, 9).at(0, 9).at(0, 0).number(4).at(1, 1).at(2, 1).at(2, 2).at(1, 1);
  const auto shape = from_wkb(hole_like_shell.text());
  ASSERT_THAT(shape, Succeeds());
  EXPECT_THAT(shape->view().path(1), testing::ElementsAre(Point{1, 1}, Point{2, 2}, Point{2, 1}, Point{1, 1}));
}

}  // namespace
}  // namespace obnova
