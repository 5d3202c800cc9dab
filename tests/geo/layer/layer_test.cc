#include "geo/layer/layer.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Optional;

std::vector<Field> fields() {
  return {{"name", FieldType::kString}, {"levels", FieldType::kInt}, {"height", FieldType::kDouble}, {"damaged", FieldType::kBool}};
}

LayerBuilder schools() { return LayerBuilder({.id = "schools"}, fields()); }

TEST(LayerTest, GivesBackWhatWasAdded) {
  LayerBuilder builder = schools();
  Geometry court = Geometry::polygon({{0, 0}, {10, 0}, {10, 10}, {0, 10}});
  court.points.insert(court.points.end(), {{2, 2}, {2, 4}, {4, 4}, {4, 2}, {2, 2}});
  court.path_ends = {5, 10};
  court.part_ends = {2};
  const Geometry wall = Geometry::line({{1, 1}, {5, 7}});
  EXPECT_THAT(builder.add("way/1", court, {Value("Школа №7"), Value(std::int64_t{3}), Value(9.5), Value(true)}), Succeeds());
  EXPECT_THAT(builder.add("way/2", Geometry{}, {Value(), Value(), Value(), Value()}), Succeeds());
  EXPECT_THAT(builder.add("way/3", wall, {Value("Школа №7"), Value(std::int64_t{-1}), Value(0.0), Value(false)}), Succeeds());
  const auto layer = std::move(builder).build();

  ASSERT_EQ(layer->feature_count(), 3u);
  EXPECT_EQ(Geometry::copy_of(layer->geometry({0})), court);
  EXPECT_EQ(layer->geometry({1}).kind, GeometryKind::kNone);
  EXPECT_EQ(Geometry::copy_of(layer->geometry({2})), wall);
  EXPECT_EQ(layer->feature_name({1}), "way/2");
  EXPECT_THAT(layer->find_feature("way/3"), Optional(FeatureId{2}));
  EXPECT_EQ(layer->find_feature("way/4"), std::nullopt);
  EXPECT_EQ(layer->title_of({0}), "Школа №7");
  EXPECT_EQ(layer->title_of({1}), "");
  EXPECT_EQ(layer->column(0).text_code_at({0}), layer->column(0).text_code_at({2}));
  EXPECT_EQ(layer->column("levels")->value_at({2}), Value(std::int64_t{-1}));
  EXPECT_EQ(layer->column("height")->value_at({0}), Value(9.5));
  EXPECT_EQ(layer->column("damaged")->value_at({0}), Value(true));
  EXPECT_EQ(layer->column("damaged")->value_at({1}), Value());
  EXPECT_EQ(layer->column("levels")->number_at({1}), std::nullopt);
  EXPECT_EQ(layer->column("nothing"), nullptr);
  EXPECT_TRUE(layer->boxes()[1].empty());
  EXPECT_EQ(layer->extent(), (Box{{0, 0}, {10, 10}}));
}

TEST(LayerTest, FindsEveryTextByItsCode) {
  const auto layer = random_layer(1, 500);
  const Column& kinds = *layer->column("kind");
  EXPECT_GT(kinds.text_count(), 3u);
  for (std::uint32_t code = 0; code < kinds.text_count(); ++code) EXPECT_THAT(kinds.code_of(kinds.text(code)), Optional(code));
  EXPECT_EQ(kinds.code_of("nobody"), std::nullopt);
}

TEST(LayerTest, FindsEveryFeatureByItsId) {
  const auto layer = random_layer(2, 5000);
  ASSERT_EQ(layer->feature_count(), 5000u);
  for (std::uint32_t row = 0; row < layer->feature_count(); ++row) {
    EXPECT_THAT(layer->find_feature(layer->feature_name({row})), Optional(FeatureId{row}));
  }
}

TEST(LayerTest, RefusesWhatCannotBeAndStaysAsItWas) {
  LayerBuilder builder = schools();
  const Geometry place = Geometry::point({1, 2});
  const Value null;
  ASSERT_THAT(builder.add("a", place, {null, null, null, null}), Succeeds());
  EXPECT_THAT(builder.add("", place, {null, null, null, null}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("empty id")));
  EXPECT_THAT(builder.add("a", place, {null, null, null, null}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`a` is there twice")));
  EXPECT_THAT(builder.add("b", place, {null, null}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("2 values for 4 fields")));
  EXPECT_THAT(builder.add("b", place, {null, Value(1.0), null, null}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`levels`")));
  EXPECT_THAT(builder.add("b", place, {null, null, Value(std::nan("")), null}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`height`")));
  EXPECT_THAT(builder.add("b", Geometry::point({std::numeric_limits<double>::infinity(), 0}), {null, null, null, null}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("coordinate")));
  EXPECT_EQ(builder.feature_count(), 1u);
  const auto layer = std::move(builder).build();
  EXPECT_EQ(layer->row_count(), 1u);
  EXPECT_EQ(layer->find_feature("b"), std::nullopt);
}

TEST(LayerTest, AHoleKeepsItsIdAndIsFoundByNobody) {
  LayerBuilder builder = schools();
  const std::vector<Value> nulls(4);
  ASSERT_THAT(builder.skip("gone"), Succeeds());
  ASSERT_THAT(builder.add("a", Geometry::point({1, 2}).view(), nulls), Succeeds());
  ASSERT_THAT(builder.skip("lost"), Succeeds());
  EXPECT_THAT(builder.skip(""), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("empty id")));
  EXPECT_THAT(builder.skip("a"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`a` is there twice")));
  EXPECT_THAT(builder.add("gone", {}, nulls), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`gone` is there twice")));
  ASSERT_THAT(builder.add("b", Geometry{}, {Value(), Value(), Value(), Value(true)}), Succeeds());
  EXPECT_EQ(builder.feature_count(), 2u);
  EXPECT_EQ(builder.row_count(), 4u);
  const auto layer = std::move(builder).build();

  EXPECT_EQ(layer->row_count(), 4u);
  EXPECT_EQ(layer->feature_count(), 2u);
  for (const std::uint32_t hole : {0u, 2u}) {
    EXPECT_FALSE(layer->exists({hole}));
    EXPECT_TRUE(layer->box({hole}).empty());
    EXPECT_EQ(layer->geometry({hole}).kind, GeometryKind::kNone);
    EXPECT_EQ(layer->column(3).value_at({hole}), Value());
    EXPECT_EQ(layer->find_feature(layer->feature_name({hole})), std::nullopt);
    EXPECT_THAT(layer->find_row(layer->feature_name({hole})), Optional(FeatureId{hole}));
  }
  EXPECT_EQ(layer->feature_name({2}), "lost");
  EXPECT_FALSE(layer->exists({4}));
  EXPECT_THAT(layer->find_feature("b"), Optional(FeatureId{3}));
  EXPECT_EQ(layer->column(3).value_at({3}), Value(true));
}

TEST(LayerTest, GoesThroughFeaturesAndLeavesHolesOut) {
  RandomNumbers random(4);
  for (std::uint32_t row_count = 0; row_count < 40; ++row_count) {
    LayerBuilder builder({.id = "points"}, {});
    std::vector<FeatureId> expected;
    for (std::uint32_t row = 0; row < row_count; ++row) {
      const bool is_hole = random.one_in(2);
      ASSERT_THAT(is_hole ? builder.skip(std::to_string(row)) : builder.add(std::to_string(row), Geometry::point({0, 0}), {}), Succeeds());
      if (!is_hole) expected.push_back({row});
    }
    const auto layer = std::move(builder).build();
    for (std::uint32_t from = 0; from <= row_count + 1; ++from) {
      std::erase_if(expected, [from](FeatureId feature) { return feature.index < from; });
      EXPECT_THAT(layer->features({from}), ElementsAreArray(expected));
    }
  }
}

TEST(LayerTest, AHoleChangesTheDigest) {
  const auto built = [](bool is_hole) {
    LayerBuilder builder({.id = "points"}, {});
    EXPECT_THAT(is_hole ? builder.skip("a") : builder.add("a", Geometry{}, {}), Succeeds());
    return std::move(builder).build()->digest();
  };
  EXPECT_NE(built(true), built(false));
}

TEST(LayerTest, AnEmptyLayerSpeaksOfNowhere) {
  const auto layer = schools().build();
  EXPECT_EQ(layer->feature_count(), 0u);
  EXPECT_TRUE(layer->extent().empty());
  EXPECT_EQ(layer->covered_area().kind, GeometryKind::kNone);
  EXPECT_FALSE(layer->covered_area_stated());
}

TEST(LayerTest, CoversTheHullOfItsFeaturesUnlessStated) {
  LayerBuilder builder({.id = "points"}, {});
  for (const Point p : {Point{0, 0}, Point{10, 0}, Point{0, 10}, Point{2, 2}}) {
    ASSERT_THAT(builder.add(std::to_string(builder.feature_count()), Geometry::point(p), {}), Succeeds());
  }
  const auto layer = std::move(builder).build();
  EXPECT_FALSE(layer->covered_area_stated());
  EXPECT_DOUBLE_EQ(area_m2(layer->covered_area().view()), 50);

  LayerDescription stated{.id = "points"};
  stated.covered_area = Geometry::rectangle({{0, 0}, {100, 100}});
  const auto other = LayerBuilder(stated, {}).build();
  EXPECT_TRUE(other->covered_area_stated());
  EXPECT_EQ(other->covered_area(), stated.covered_area);
}

TEST(LayerTest, PointsInARowStillCoverAnArea) {
  for (const double length : {0.0, 8.0}) {
    LayerBuilder builder({.id = "points"}, {});
    ASSERT_THAT(builder.add("a", Geometry::point({5, 5}), {}), Succeeds());
    ASSERT_THAT(builder.add("b", Geometry::point({5 + length, 5}), {}), Succeeds());
    const auto layer = std::move(builder).build();
    EXPECT_DOUBLE_EQ(area_m2(layer->covered_area().view()), (length + 2) * 2);
    EXPECT_TRUE(covers(layer->covered_area().view(), {5, 5}));
  }
}

TEST(LayerTest, TheHullOfManyPointsHoldsThemAll) {
  const auto layer = random_points(3, 150'000, 100'000);
  const GeometryView area = layer->covered_area().view();
  for (std::uint32_t row = 0; row < layer->feature_count(); row += 97) EXPECT_TRUE(covers(area, layer->geometry({row}).points[0]));
  EXPECT_EQ(area.box(), layer->extent());
}

TEST(LayerTest, AHullMayHaveMoreCornersThanAreTakenAtOnce) {
  LayerBuilder builder({.id = "circle"}, {});
  std::vector<Point> circle;
  for (int i = 0; i < 140'000; ++i) {
    const double angle = 2 * std::numbers::pi * i / 140'000;
    circle.push_back({1e6 * std::cos(angle), 1e6 * std::sin(angle)});
  }
  ASSERT_THAT(builder.add("a", Geometry::line(circle), {}), Succeeds());
  const auto layer = std::move(builder).build();
  EXPECT_NEAR(area_m2(layer->covered_area().view()) / (std::numbers::pi * 1e12), 1, 1e-8);
}

TEST(LayerTest, DigestsDifferExactlyWhenLayersDo) {
  const auto built = [](auto&& change) {
    LayerDescription what{.id = "schools"};
    std::vector<Field> with = {{"name", FieldType::kString}, {"damaged", FieldType::kBool}};
    std::string id = "a";
    Geometry shape = Geometry::line({{0, 0}, {1, 1}, {2, 0}});
    std::vector<Value> values = {Value("x"), Value(false)};
    change(what, with, id, shape, values);
    LayerBuilder builder(what, with);
    EXPECT_THAT(builder.add(id, shape.view(), values), Succeeds());
    return std::move(builder).build()->digest();
  };
  const Digest plain = built([](auto&...) {});
  EXPECT_EQ(plain, built([](auto&...) {}));
  std::vector<Digest> others;
  others.push_back(built([](auto& what, auto&...) { what.licence = "ODbL-1.0"; }));
  others.push_back(built([](auto& what, auto&...) { what.theme = Theme::kFacilities; }));
  others.push_back(built([](auto& what, auto&...) { what.covered_area = Geometry::rectangle({{0, 0}, {1, 1}}); }));
  others.push_back(built([](auto&, auto& with, auto&...) { with[0].name = "title"; }));
  others.push_back(built([](auto&, auto&, auto& id, auto&, auto&) { id = "b"; }));
  others.push_back(built([](auto&, auto&, auto&, auto& shape, auto&) { shape.points[1].y_m = 2; }));
  others.push_back(built([](auto&, auto&, auto&, auto& shape, auto&) { shape.kind = GeometryKind::kMultiPoint; }));
  others.push_back(built([](auto&, auto&, auto&, auto&, auto& values) { values[0] = Value("y"); }));
  others.push_back(built([](auto&, auto&, auto&, auto&, auto& values) { values[0] = Value(); }));
  others.push_back(built([](auto&, auto&, auto&, auto&, auto& values) { values[1] = Value(true); }));
  others.push_back(built([](auto&, auto&, auto&, auto&, auto& values) { values[1] = Value(); }));
  others.push_back(plain);
  std::ranges::sort(others);
  EXPECT_EQ(std::ranges::adjacent_find(others), others.end());
}

TEST(LayerIdTest, IsShortAndPlain) {
  EXPECT_TRUE(valid_layer_id("roads_2"));
  EXPECT_TRUE(valid_layer_id(std::string(63, 'a')));
  for (const std::string& id : {std::string(), std::string(64, 'a'), std::string("2a"), std::string("_a"), std::string("Roads"),
                                std::string("a-b"), std::string("дім")}) {
    EXPECT_FALSE(valid_layer_id(id)) << id;
  }
}

TEST(ThemeTest, NamesAndNumbersLeadBack) {
  for (int number = 1; number <= 14; ++number) {
    const auto theme = theme_by_number(number);
    ASSERT_TRUE(theme.has_value());
    EXPECT_EQ(theme_by_name(theme_name(*theme)), theme);
  }
  EXPECT_EQ(theme_by_number(0), std::nullopt);
  EXPECT_EQ(theme_by_number(18), std::nullopt);
  EXPECT_EQ(theme_by_name("Roads"), std::nullopt);
}

}  // namespace
}  // namespace obnova::geo
