#include "geo/layer/layer_edit.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "tests/support/brute_force_layer.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

using LayerPointer = std::shared_ptr<const Layer>;

// Features `a`, `b`, … in a row, a meter apart, called after themselves.
LayerPointer letters(std::uint32_t count) {
  LayerBuilder builder({.id = "letters"}, {{"name", FieldType::kString}, {"levels", FieldType::kInt}});
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    EXPECT_THAT(builder.add(name, Geometry::point({double(i), 0}), {Value(name), Value(std::int64_t{i})}), Succeeds());
  }
  return std::move(builder).build();
}

std::vector<Value> values(std::string name, std::int64_t levels = 0) { return {Value(std::move(name)), Value(levels)}; }

template <typename Change>
LayerPointer edited(const LayerPointer& layer, const Change& change) {
  LayerEdit edit(layer);
  change(edit);
  return std::move(edit).build();
}

void put(LayerEdit& edit, const std::string& id, Point place, const std::string& name) {
  EXPECT_THAT(edit.put(id, Geometry::point(place).view(), values(name)), Succeeds());
}

TEST(LayerEditTest, ARemovedFeatureLeavesAHoleAndComesBackToIt) {
  const LayerPointer base = letters(3);
  const LayerPointer without = edited(base, [](LayerEdit& edit) { EXPECT_THAT(edit.remove("b"), Succeeds()); });
  EXPECT_EQ(without->row_count(), 3u);
  EXPECT_THAT(without->features(), ElementsAre(FeatureId{0}, FeatureId{2}));
  EXPECT_EQ(without->find_feature("b"), std::nullopt);
  EXPECT_THAT(without->find_row("b"), Optional(FeatureId{1}));
  EXPECT_EQ(without->geometry({1}).kind, GeometryKind::kNone);
  EXPECT_TRUE(without->box({1}).empty());
  EXPECT_EQ(without->title_of({1}), "");
  EXPECT_THAT(base->features(), ElementsAre(FeatureId{0}, FeatureId{1}, FeatureId{2}));

  const LayerPointer again = edited(without, [](LayerEdit& edit) {
    const auto row = edit.put("b", Geometry::point({9, 9}), {Value("B"), Value()});
    EXPECT_THAT(row, Succeeds());
    EXPECT_EQ(*row, FeatureId{1});
  });
  EXPECT_THAT(again->find_feature("b"), Optional(FeatureId{1}));
  EXPECT_EQ(again->title_of({1}), "B");
  EXPECT_EQ(&again->base(), base.get());
}

TEST(LayerEditTest, NewFeaturesTakeRowsAfterAllOthersInOrder) {
  const LayerPointer base = letters(2);
  const LayerPointer more = edited(base, [](LayerEdit& edit) {
    EXPECT_EQ(edit.put("z", Geometry::point({5, 5}), {Value("z"), Value()}).value(), FeatureId{2});
    EXPECT_EQ(edit.skip("kept").value(), FeatureId{3});
    EXPECT_EQ(edit.put("y", Geometry{}, {Value("y"), Value()}).value(), FeatureId{4});
    EXPECT_THAT(edit.remove("y"), Succeeds());
  });
  EXPECT_EQ(more->row_count(), 5u);
  EXPECT_EQ(more->feature_count(), 3u);
  EXPECT_THAT(more->changed_rows(), ElementsAre(FeatureId{2}, FeatureId{3}, FeatureId{4}));
  EXPECT_EQ(more->feature_name({3}), "kept");
  EXPECT_EQ(more->feature_name({4}), "y");
  const LayerPointer all = edited(more, [](LayerEdit& edit) {
    put(edit, "y", {1, 1}, "y");
    put(edit, "kept", {2, 2}, "k");
    put(edit, "last", {3, 3}, "l");
  });
  EXPECT_EQ(all->row_count(), 6u);
  EXPECT_THAT(all->find_feature("kept"), Optional(FeatureId{3}));
  EXPECT_THAT(all->find_feature("y"), Optional(FeatureId{4}));
  EXPECT_THAT(all->find_feature("last"), Optional(FeatureId{5}));
}

TEST(LayerEditTest, RefusesWhatCannotBeAndStaysAsItWas) {
  const LayerPointer base = letters(2);
  const LayerPointer after = edited(base, [](LayerEdit& edit) {
    const Geometry place = Geometry::point({1, 2});
    const Value null;
    EXPECT_THAT(edit.remove("c"), FailsSaying(ErrorCode::kNotFound, HasSubstr("`c` in the layer `letters`")));
    EXPECT_THAT(edit.put_values("c", values("c")), FailsWith(ErrorCode::kNotFound));
    EXPECT_THAT(edit.put("", place, {null, null}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("empty id")));
    EXPECT_THAT(edit.skip(""), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("empty id")));
    EXPECT_THAT(edit.skip("a"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`a` is there twice")));
    EXPECT_THAT(edit.put("c", place, {null}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("1 values for 2 fields")));
    EXPECT_THAT(edit.put("a", place, {null, Value(1.5)}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`levels`")));
    EXPECT_THAT(edit.put_values("a", std::vector<Value>{Value(true), null}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`name`")));
    EXPECT_THAT(edit.put("a", Geometry::point({std::nan(""), 0}), {null, null}),
                FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("coordinate")));
    EXPECT_THAT(edit.add_field({"", FieldType::kInt}), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(edit.add_field({"levels", FieldType::kInt}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`levels` already")));
    EXPECT_THAT(edit.remove("b"), Succeeds());
    EXPECT_THAT(edit.remove("b"), FailsWith(ErrorCode::kNotFound));
    put(edit, "b", {1, 0}, "b");
    EXPECT_THAT(edit.put_values("b", values("b", 1)), Succeeds());
  });
  EXPECT_EQ(after, base);
}

TEST(LayerEditTest, WhatIsAsInTheBaseIsNoChange) {
  const LayerPointer base = letters(4);
  EXPECT_EQ(edited(base, [](LayerEdit&) {}), base);
  const LayerPointer changed = edited(base, [](LayerEdit& edit) {
    EXPECT_THAT(edit.remove("a"), Succeeds());
    EXPECT_THAT(edit.put_values("c", values("C")), Succeeds());
  });
  EXPECT_THAT(changed->changed_rows(), ElementsAre(FeatureId{0}, FeatureId{2}));
  const LayerPointer back = edited(changed, [](LayerEdit& edit) {
    EXPECT_THAT(edit.put("a", Geometry::point({0, 0}).view(), values("a", 0)), Succeeds());
    EXPECT_THAT(edit.put_values("c", values("c", 2)), Succeeds());
  });
  EXPECT_EQ(back, base);
}

TEST(LayerEditTest, ADescriptionIsChangedWithoutTheFeatures) {
  const LayerPointer base = letters(3);
  LayerDescription description = base->description();
  description.title = "Letters";
  description.covered_area = Geometry::rectangle({{0, 0}, {9, 9}});
  const LayerPointer described = edited(base, [&](LayerEdit& edit) { edit.describe(description); });
  EXPECT_EQ(described->description(), description);
  EXPECT_TRUE(described->covered_area_stated());
  EXPECT_EQ(described->covered_area(), description.covered_area);
  EXPECT_NE(described->digest(), base->digest());
  EXPECT_THAT(described->changed_rows(), IsEmpty());
  // It stays so when features change, and goes with the old words.
  const LayerPointer without = edited(described, [](LayerEdit& edit) { EXPECT_THAT(edit.remove("b"), Succeeds()); });
  EXPECT_EQ(without->description().title, "Letters");
  EXPECT_EQ(without->packed()->digest(), without->digest());
  EXPECT_EQ(edited(base, [&](LayerEdit& edit) { edit.describe(base->description()); }), base);
}

TEST(LayerEditTest, EqualEditsGiveEqualDigestsInAnyOrder) {
  const LayerPointer base = letters(6);
  const LayerPointer one = edited(base, [](LayerEdit& edit) {
    put(edit, "a", {7, 7}, "new");
    EXPECT_THAT(edit.remove("e"), Succeeds());
    EXPECT_THAT(edit.put_values("c", values("old")), Succeeds());
    put(edit, "x", {1, 1}, "x");
  });
  const LayerPointer first = edited(base, [](LayerEdit& edit) {
    put(edit, "x", {1, 2}, "other");
    EXPECT_THAT(edit.remove("b"), Succeeds());
    EXPECT_THAT(edit.put_values("c", values("old")), Succeeds());
  });
  const LayerPointer other = edited(first, [](LayerEdit& edit) {
    EXPECT_THAT(edit.remove("e"), Succeeds());
    put(edit, "a", {7, 7}, "new");
    put(edit, "x", {1, 1}, "x");
    EXPECT_THAT(edit.put("b", Geometry::point({1, 0}).view(), values("b", 1)), Succeeds());
  });
  EXPECT_EQ(one->digest(), other->digest());
  EXPECT_NE(one->digest(), first->digest());
  EXPECT_NE(one->digest(), base->digest());
  brute_force::expect_equal_layers(*other, *one);
  EXPECT_EQ(other->extent(), one->extent());
  EXPECT_EQ(other->covered_area(), one->covered_area());
}

TEST(LayerEditTest, DigestsTellAllChangesApart) {
  const LayerPointer base = letters(2);
  std::vector<Digest> digests = {base->digest()};
  const auto add = [&](auto&& change) { digests.push_back(edited(base, change)->digest()); };
  add([](LayerEdit& edit) { EXPECT_THAT(edit.remove("a"), Succeeds()); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.remove("b"), Succeeds()); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.put("a", Geometry{}, {Value("a"), Value(std::int64_t{0})}), Succeeds()); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.put_values("a", values("a", 1)), Succeeds()); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.put_values("a", values("", 0)), Succeeds()); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.put_values("a", std::vector<Value>(2)), Succeeds()); });
  add([](LayerEdit& edit) { put(edit, "c", {0, 0}, "c"); });
  add([](LayerEdit& edit) { put(edit, "d", {0, 0}, "c"); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.skip("c"), Succeeds()); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.add_field({"x", FieldType::kInt}), Succeeds()); });
  add([](LayerEdit& edit) { EXPECT_THAT(edit.add_field({"x", FieldType::kBool}), Succeeds()); });
  std::ranges::sort(digests);
  EXPECT_EQ(std::ranges::adjacent_find(digests), digests.end());
}

TEST(LayerEditTest, AnAddedFieldIsNullUntilItIsPut) {
  const LayerPointer base = letters(3);
  const LayerPointer more = edited(base, [](LayerEdit& edit) {
    EXPECT_THAT(edit.put_values("b", values("B", 7)), Succeeds());
    EXPECT_THAT(edit.add_field({"condition", FieldType::kString}), Succeeds());
    EXPECT_THAT(edit.put_values("a", std::vector<Value>{Value("a"), Value(), Value("destroyed")}), Succeeds());
  });
  const Column& conditions = *more->column("condition");
  EXPECT_EQ(conditions.text_at({0}), "destroyed");
  for (const std::uint32_t row : {1u, 2u}) {
    EXPECT_TRUE(conditions.is_null({row}));
    EXPECT_EQ(conditions.text_code_at({row}), Column::kNoText);
    EXPECT_EQ(conditions.value_at({row}), Value());
  }
  EXPECT_EQ(base->column("condition"), nullptr);
  const LayerPointer next = edited(more, [](LayerEdit& edit) {
    EXPECT_THAT(edit.put_values("c", std::vector<Value>{Value("c"), Value(), Value("damaged")}), Succeeds());
  });
  EXPECT_EQ(next->column("condition")->text_at({0}), "destroyed");
  EXPECT_EQ(next->column("condition")->text_at({2}), "damaged");
  EXPECT_EQ(next->column("name")->text_at({1}), "B");
  brute_force::expect_equal_layers(*next, *next->packed());
}

TEST(LayerEditTest, TextsOfThePatchContinueTheCodesOfTheBase) {
  const LayerPointer base = letters(3);
  const LayerPointer changed = edited(base, [](LayerEdit& edit) {
    put(edit, "a", {0, 0}, "c");
    put(edit, "b", {0, 0}, "new");
    put(edit, "x", {0, 0}, "new");
  });
  const Column& names = *changed->column("name");
  EXPECT_EQ(names.text_code_at({0}), names.text_code_at({2}));
  EXPECT_EQ(names.text_code_at({1}), names.text_code_at({3}));
  EXPECT_EQ(names.text_code_at({1}), 3u);
  EXPECT_EQ(names.text_count(), 4u);
  EXPECT_EQ(names.code_of("a"), base->column("name")->code_of("a"));
}

TEST(LayerEditTest, TheAreaIsWidenedByAPatchAndNeverNarrowed) {
  LayerBuilder builder({.id = "corners"}, {});
  const std::vector<Point> corners = {{0, 0}, {10, 0}, {10, 10}, {0, 10}};
  for (std::size_t i = 0; i < 4; ++i) ASSERT_THAT(builder.add(std::to_string(i), Geometry::point(corners[i]), {}), Succeeds());
  const LayerPointer base = std::move(builder).build();
  const LayerPointer wider = edited(base, [](LayerEdit& edit) { EXPECT_THAT(edit.put("x", Geometry::point({20, 5}), {}), Succeeds()); });
  EXPECT_EQ(wider->extent(), (Box{{0, 0}, {20, 10}}));
  EXPECT_DOUBLE_EQ(area_m2(wider->covered_area().view()), 150);
  const LayerPointer fewer = edited(base, [](LayerEdit& edit) { EXPECT_THAT(edit.remove("2"), Succeeds()); });
  EXPECT_EQ(fewer->extent(), base->extent());
  EXPECT_EQ(fewer->covered_area(), base->covered_area());
  const LayerPointer packed = fewer->packed();
  EXPECT_EQ(packed->extent(), base->extent());
  EXPECT_EQ(packed->covered_area(), base->covered_area());
  // A layer that speaks of nowhere begins to speak where something is put.
  const LayerPointer nothing = LayerBuilder({.id = "corners"}, {}).build();
  const LayerPointer one = edited(nothing, [](LayerEdit& edit) { EXPECT_THAT(edit.put("x", Geometry::point({1, 1}), {}), Succeeds()); });
  EXPECT_DOUBLE_EQ(area_m2(one->covered_area().view()), 4);
}

TEST(LayerEditTest, KnowsWhatMayDifferFromAnotherLayer) {
  const LayerPointer base = letters(5);
  const LayerPointer one = edited(base, [](LayerEdit& edit) { EXPECT_THAT(edit.remove("a"), Succeeds()); });
  const LayerPointer other = edited(base, [](LayerEdit& edit) {
    EXPECT_THAT(edit.remove("a"), Succeeds());
    put(edit, "d", {0, 0}, "D");
  });
  EXPECT_THAT(other->changed_since(*one), Optional(ElementsAre(FeatureId{0}, FeatureId{3})));
  EXPECT_THAT(base->changed_since(*one), Optional(ElementsAre(FeatureId{0})));
  EXPECT_THAT(base->changed_since(*base), Optional(IsEmpty()));
  EXPECT_EQ(base->changed_since(*letters(5)), std::nullopt);
}

TEST(LayerEditTest, APackedLayerIsTheSameWithoutAPatch) {
  const LayerPointer changed = edited(random_layer(5, 200), [](LayerEdit& edit) {
    EXPECT_THAT(edit.remove("f7919"), Succeeds());
    EXPECT_THAT(edit.put("new", Geometry::point({100, 100}).view(), std::vector<Value>(5)), Succeeds());
    EXPECT_THAT(edit.skip("later"), Succeeds());
  });
  const LayerPointer packed = changed->packed();
  EXPECT_FALSE(packed->is_patched());
  EXPECT_EQ(&packed->base(), packed.get());
  EXPECT_EQ(packed->digest(), changed->digest());
  EXPECT_EQ(packed->extent(), changed->extent());
  EXPECT_EQ(packed->covered_area(), changed->covered_area());
  brute_force::expect_equal_layers(*packed, *changed);
  const LayerPointer next = edited(
      packed, [](LayerEdit& edit) { EXPECT_THAT(edit.put("later", Geometry::point({1, 1}).view(), std::vector<Value>(5)), Succeeds()); });
  EXPECT_EQ(next->row_count(), changed->row_count());
  EXPECT_TRUE(next->find_feature("later").has_value());
}

TEST(LayerEditTest, OutlivesTheLayerItWasMadeOf) {
  LayerPointer base = letters(3);
  LayerPointer first = edited(base, [](LayerEdit& edit) { EXPECT_THAT(edit.remove("a"), Succeeds()); });
  const LayerPointer second = edited(first, [](LayerEdit& edit) { EXPECT_THAT(edit.remove("b"), Succeeds()); });
  base.reset();
  first.reset();
  EXPECT_EQ(second->title_of({2}), "c");
  EXPECT_THAT(second->features(), ElementsAre(FeatureId{2}));
}

// One random change, made to both; ids are few, so that features come back.
void change(RandomNumbers& random, LayerEdit& edit, brute_force::ListedLayer& list) {
  const std::string id = random.one_in(3) ? "new" + std::to_string(random.below(6)) : list.rows[random.below(list.rows.size())].name;
  if (random.one_in(3)) {
    EXPECT_EQ(edit.remove(id).has_value(), list.remove(id));
    return;
  }
  std::vector<Value> row = {Value("k" + std::to_string(random.below(4))), Value(static_cast<std::int64_t>(random.below(3))),
                            Value(static_cast<double>(random.below(3))), Value(random.one_in(2)), Value("Київ")};
  for (Value& value : row) {
    if (random.one_in(5)) value = Value();
  }
  const auto* known = list.find(id);
  if (random.one_in(3) && known != nullptr && known->exists) {
    EXPECT_THAT(edit.put_values(id, row), Succeeds());
    list.put(id, known->shape, row);
    return;
  }
  const Geometry shape = random_shape(random, 40, 6);
  EXPECT_THAT(edit.put(id, shape.view(), row), Succeeds());
  list.put(id, shape, row);
}

TEST(LayerEditTest, AnswersLikeALayerBuiltAnew) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    RandomNumbers random(seed);
    LayerPointer layer = random_layer(seed, random.below(30) + 1);
    brute_force::ListedLayer list(*layer);
    for (int step = 0; step < 6; ++step) {
      LayerEdit edit(layer);
      const std::size_t count = random.below(8);
      for (std::size_t i = 0; i < count; ++i) change(random, edit, list);
      layer = std::move(edit).build();
      if (random.one_in(5)) layer = layer->packed();
      const LayerPointer expected = list.layer();
      ASSERT_NO_FATAL_FAILURE(brute_force::expect_equal_layers(*layer, *expected));
      ASSERT_NO_FATAL_FAILURE(brute_force::expect_equal_layers(*layer->packed(), *expected));
      Box both = layer->extent();
      both.add(expected->extent());
      EXPECT_EQ(both, layer->extent());
      for (const FeatureId row : layer->features()) {
        for (const Point p : layer->geometry(row).points) ASSERT_TRUE(covers(layer->covered_area().view(), p));
      }
    }
  }
}

}  // namespace
}  // namespace obnova::geo
