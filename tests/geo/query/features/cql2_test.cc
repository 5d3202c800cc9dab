#include "geo/query/features/cql2.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/brute_force_features.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Degrees are meters here, so that a reader can see where a shape is.
Result<Geometry> as_it_is(const Geometry& shape) { return shape; }

// Row: 0            1            2         3 (all null, no place)
std::shared_ptr<const Layer> town() {
  LayerBuilder builder({.id = "town"}, {{"name", FieldType::kString},
                                        {"levels", FieldType::kInt},
                                        {"height", FieldType::kDouble},
                                        {"open", FieldType::kBool},
                                        {"name:uk", FieldType::kString},
                                        {"Площа", FieldType::kDouble},
                                        {"in", FieldType::kString}});
  const auto add = [&](const char* id, const Geometry& shape, std::initializer_list<Value> values) {
    EXPECT_THAT(builder.add(id, shape, values), Succeeds());
  };
  add("a", Geometry::point({1, 1}),
      {Value("School 7"), Value(std::int64_t{2}), Value(7.5), Value(true), Value("Школа 7"), Value(100.0), Value("x")});
  add("b", Geometry::rectangle({{5, 5}, {8, 8}}),
      {Value("it's 100%"), Value(std::int64_t{9007199254740993}), Value(2.0), Value(false), Value("Ліцей"), Value(2.0), Value("name")});
  add("c", Geometry::line({{0, 10}, {10, 10}}),
      {Value(""), Value(std::int64_t{-3}), Value(-3.0), Value(true), Value("ЇЖА"), Value(1e300), Value("")});
  add("d", Geometry{}, {Value(), Value(), Value(), Value(), Value(), Value(), Value()});
  return std::move(builder).build();
}

std::vector<int> rows(const std::string& text) {
  static const auto layer = town();
  const Result<Filter> filter = Filter::parse(text, *layer, as_it_is);
  EXPECT_THAT(filter, Succeeds()) << text;
  std::vector<int> found;
  for (std::uint32_t row = 0; filter && row < layer->feature_count(); ++row) {
    if (filter->matches({row})) found.push_back(static_cast<int>(row));
  }
  return found;
}

Result<Filter> parsed(const std::string& text) {
  static const auto layer = town();
  return Filter::parse(text, *layer, as_it_is);
}

TEST(FilterTest, TheEmptyTextMatchesEverything) { EXPECT_THAT(rows(""), ElementsAre(0, 1, 2, 3)); }

TEST(FilterTest, ComparesNumbers) {
  EXPECT_THAT(rows("levels = 2"), ElementsAre(0));
  EXPECT_THAT(rows("levels <> 2"), ElementsAre(1, 2));
  EXPECT_THAT(rows("height < 2"), ElementsAre(2));
  EXPECT_THAT(rows("height <= 2.0"), ElementsAre(1, 2));
  EXPECT_THAT(rows("2 < height"), ElementsAre(0));
  EXPECT_THAT(rows("height >= -3e0"), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows("height > .5"), ElementsAre(0, 1));
}

TEST(FilterTest, AWholeNumberEqualsTheSameNumberWrittenWithAPoint) {
  EXPECT_THAT(rows("levels = 2.0"), ElementsAre(0));
  EXPECT_THAT(rows("levels > 1.5 AND levels < 2.5"), ElementsAre(0));
  EXPECT_THAT(rows("levels = 2.5"), IsEmpty());
  EXPECT_THAT(rows("levels > -3.5 AND levels < -2.5"), ElementsAre(2));
  EXPECT_THAT(rows("height = 2"), ElementsAre(1));
}

TEST(FilterTest, LargeWholeNumbersCompareExactly) {
  EXPECT_THAT(rows("levels = 9007199254740993"), ElementsAre(1));
  EXPECT_THAT(rows("levels = 9007199254740992"), IsEmpty());
  EXPECT_THAT(rows("levels > 9007199254740992.0"), ElementsAre(1));
  EXPECT_THAT(rows("levels < 1e300 AND levels > -1e300"), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows("levels IN (9007199254740992.0, 9007199254740993)"), ElementsAre(1));
  EXPECT_THAT(rows("levels < 99999999999999999999"), ElementsAre(0, 1, 2));
}

TEST(FilterTest, ComparesText) {
  EXPECT_THAT(rows("name = 'School 7'"), ElementsAre(0));
  EXPECT_THAT(rows("'School 7' = name"), ElementsAre(0));
  EXPECT_THAT(rows("name <> 'School 7'"), ElementsAre(1, 2));
  EXPECT_THAT(rows("name = 'nobody'"), IsEmpty());
  EXPECT_THAT(rows("name <> 'nobody'"), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows("name = ''"), ElementsAre(2));
  EXPECT_THAT(rows("name > 'A'"), ElementsAre(0, 1));
  EXPECT_THAT(rows("'it' < name"), ElementsAre(1));
  EXPECT_THAT(rows("name = 'it''s 100%'"), ElementsAre(1));
  EXPECT_THAT(rows("name = 'it\\'s 100%'"), ElementsAre(1));
}

TEST(FilterTest, AttributesMayHaveAnyName) {
  EXPECT_THAT(rows("name:uk = 'Ліцей'"), ElementsAre(1));
  EXPECT_THAT(rows("\"name:uk\" = 'Ліцей'"), ElementsAre(1));
  EXPECT_THAT(rows("Площа > 50"), ElementsAre(0, 2));
  EXPECT_THAT(rows("\"Площа\" = 2"), ElementsAre(1));
  EXPECT_THAT(rows("\"in\" IN ('x')"), ElementsAre(0));
}

TEST(FilterTest, ComparesAttributesWithEachOther) {
  EXPECT_THAT(rows("levels = height"), ElementsAre(2));
  EXPECT_THAT(rows("height = Площа"), ElementsAre(1));
  EXPECT_THAT(rows("\"in\" = name"), ElementsAre(2));
  EXPECT_THAT(rows("height BETWEEN levels AND Площа"), ElementsAre(0, 2));
  EXPECT_THAT(rows("height IN (levels, Площа)"), ElementsAre(1, 2));
}

TEST(FilterTest, TruthIsACondition) {
  EXPECT_THAT(rows("open"), ElementsAre(0, 2));
  EXPECT_THAT(rows("NOT open"), ElementsAre(1));
  EXPECT_THAT(rows("open = TRUE"), ElementsAre(0, 2));
  EXPECT_THAT(rows("open <> true"), ElementsAre(1));
  EXPECT_THAT(rows("TRUE"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(rows("FALSE OR open = False"), ElementsAre(1));
}

TEST(FilterTest, AndBindsTighterThanOrAndNotTightest) {
  EXPECT_THAT(rows("levels = 2 OR levels = -3 AND height = 7.5"), ElementsAre(0));
  EXPECT_THAT(rows("(levels = 2 OR levels = -3) AND height = -3"), ElementsAre(2));
  EXPECT_THAT(rows("NOT levels = 2 AND height = 2"), ElementsAre(1));
  EXPECT_THAT(rows("not not levels = 2 and (((height > 1)))"), ElementsAre(0));
}

TEST(FilterTest, ListsAndRanges) {
  EXPECT_THAT(rows("levels IN (2, -3, 8)"), ElementsAre(0, 2));
  EXPECT_THAT(rows("name IN ('School 7', '')"), ElementsAre(0, 2));
  EXPECT_THAT(rows("open in (false)"), ElementsAre(1));
  EXPECT_THAT(rows("2 IN (levels)"), ElementsAre(0));
  EXPECT_THAT(rows("height BETWEEN 2 AND 7.5"), ElementsAre(0, 1));
  EXPECT_THAT(rows("height BETWEEN 7.5 AND 2"), IsEmpty());
  EXPECT_THAT(rows("height NOT BETWEEN 2 AND 7"), ElementsAre(0, 2));
  EXPECT_THAT(rows("name BETWEEN 'A' AND 'Z'"), ElementsAre(0));
}

TEST(FilterTest, LikeKnowsWildcardsAndEscapes) {
  EXPECT_THAT(rows("name LIKE 'School%'"), ElementsAre(0));
  EXPECT_THAT(rows("name LIKE '%7'"), ElementsAre(0));
  EXPECT_THAT(rows("name LIKE '%o_l%'"), ElementsAre(0));
  EXPECT_THAT(rows("name LIKE '%'"), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows("name LIKE ''"), ElementsAre(2));
  EXPECT_THAT(rows("name LIKE '%100\\%'"), ElementsAre(1));
  EXPECT_THAT(rows("name LIKE '%\\_%'"), IsEmpty());
  EXPECT_THAT(rows("name LIKE 'school%'"), IsEmpty());
  EXPECT_THAT(rows("name NOT LIKE '%s%'"), ElementsAre(0, 2));
  EXPECT_THAT(rows("name LIKE '%%%%%%%%%%%%%%%%%%%%%%%%%%%%%x'"), IsEmpty());
}

TEST(FilterTest, OneCharacterOfCyrillicIsOneCharacter) {
  EXPECT_THAT(rows("name:uk LIKE '_____'"), ElementsAre(1));
  EXPECT_THAT(rows("name:uk LIKE '___'"), ElementsAre(2));
  EXPECT_THAT(rows("name:uk LIKE '%_А'"), ElementsAre(2));
  EXPECT_THAT(rows("name:uk LIKE 'Ш_ола%'"), ElementsAre(0));
}

// The three truths of every condition, by the row where the attribute is null.
TEST(FilterTest, WhatIsComparedWithNullIsUnknownAndSoIsItsNegation) {
  for (const std::string condition :
       {"levels = 2", "levels <> 2", "levels < 2", "name = 'x'", "name <> 'x'", "name LIKE '%'", "name IN ('x')", "levels IN (2)",
        "levels NOT IN (2)", "name NOT IN ('x')", "height BETWEEN 0 AND 1", "height NOT BETWEEN 0 AND 1", "open", "open = FALSE",
        "levels = height", "S_INTERSECTS(geom, BBOX(-100,-100,100,100))"}) {
    EXPECT_THAT(rows(condition), testing::Not(testing::Contains(3))) << condition;
    EXPECT_THAT(rows("NOT (" + condition + ")"), testing::Not(testing::Contains(3))) << condition;
    EXPECT_THAT(rows("(" + condition + ") OR name IS NULL"), testing::Contains(3)) << condition;
    EXPECT_THAT(rows("NOT ((" + condition + ") AND FALSE)"), testing::Contains(3)) << condition;
    EXPECT_THAT(rows("(" + condition + ") OR NOT (" + condition + ")"), testing::Not(testing::Contains(3))) << condition;
  }
}

TEST(FilterTest, IsNullIsAlwaysTrueOrFalse) {
  EXPECT_THAT(rows("levels IS NULL"), ElementsAre(3));
  EXPECT_THAT(rows("levels IS NOT NULL"), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows("NOT levels IS NULL"), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows("NOT levels is not null"), ElementsAre(3));
}

TEST(FilterTest, ANullInTheListMakesTheRestUnknown) {
  LayerBuilder builder({}, {{"a", FieldType::kInt}, {"b", FieldType::kInt}});
  ASSERT_THAT(builder.add("x", Geometry{}, {Value(std::int64_t{1}), Value()}), Succeeds());
  const auto layer = std::move(builder).build();
  const auto matches = [&](const char* text) { return Filter::parse(text, *layer, as_it_is)->matches({0}); };
  EXPECT_TRUE(matches("a IN (1, b)"));
  EXPECT_FALSE(matches("a IN (2, b)"));
  EXPECT_FALSE(matches("a NOT IN (2, b)"));
  EXPECT_FALSE(matches("a NOT IN (1, b)"));
}

TEST(FilterTest, ShapesAreMetAlsoAtTheirBoundary) {
  EXPECT_THAT(rows("S_INTERSECTS(geom, BBOX(0,0,5,5))"), ElementsAre(0, 1));
  EXPECT_THAT(rows("S_INTERSECTS(geometry, POINT(6 6))"), ElementsAre(1));
  EXPECT_THAT(rows("s_intersects(GEOM, POINT Z(5 5 120))"), ElementsAre(1));
  EXPECT_THAT(rows("S_INTERSECTS(POLYGON((0 0, 2 0, 2 2, 0 2, 0 0)), \"geom\")"), ElementsAre(0));
  EXPECT_THAT(rows("S_INTERSECTS(geom, POLYGON((4 4,9 4,9 9,4 9,4 4),(4.5 4.5,4.5 8.5,8.5 8.5,8.5 4.5,4.5 4.5)))"), IsEmpty());
  EXPECT_THAT(rows("S_INTERSECTS(geom, LINESTRING(3 9, 3 11))"), ElementsAre(2));
  EXPECT_THAT(rows("S_INTERSECTS(geom, MULTIPOINT((1 1), (3 10)))"), ElementsAre(0, 2));
  EXPECT_THAT(rows("S_INTERSECTS(geom, MULTIPOINT(1 1, 3 10))"), ElementsAre(0, 2));
  EXPECT_THAT(rows("S_INTERSECTS(geom, MULTILINESTRING((0 0,2 2),(7 7,7 20)))"), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows("S_INTERSECTS(geom, MULTIPOLYGON(((0 0,2 0,2 2,0 0)),((7 7,9 7,9 9,7 7))))"), ElementsAre(0, 1));
  EXPECT_THAT(rows("S_INTERSECTS(geom, BBOX(1,1,1,1))"), ElementsAre(0));
  EXPECT_THAT(rows("S_INTERSECTS(geom, BBOX(-1,10,4,10))"), ElementsAre(2));
  EXPECT_THAT(rows("NOT S_INTERSECTS(geom, BBOX(0,0,5,5))"), ElementsAre(2));
}

TEST(FilterTest, MessagesNameThePlaceAndWhatWasExpected) {
  const auto expect = [](const std::string& text, const std::string& place, const std::string& expectation) {
    EXPECT_THAT(parsed(text), FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr(place), HasSubstr(expectation)))) << text;
  };
  expect("levels >", "character 9", "expected an attribute or a value, found the end");
  expect("levels > 1 height", "character 12", "expected AND, OR or the end, found `height`");
  expect("levels", "character 1", "a number, not a condition");
  expect("(levels > 1", "character 12", "expected `)`");
  expect("levels IN ()", "character 12", "expected an attribute or a value");
  expect("levels BETWEEN 1 OR 2", "character 18", "expected AND");
  expect("levels IS 3", "character 11", "expected NULL");
  expect("levels NOT = 3", "character 12", "IN, LIKE or BETWEEN");
  expect("levels = NULL", "character 10", "IS NULL");
  expect("name LIKE levels", "character 11", "expected a pattern");
  expect("levels LIKE '2'", "character 1", "LIKE compares text");
  expect("Школа = 1", "character 1", "there is no attribute `Школа`; the layer `town` has `name`, `levels`");
  expect("Площа = 1 AND hight > 1", "character 15", "`hight`");
  expect("name = 7", "character 8", "expected text to compare with text, found a number");
  expect("levels IN (1, 'two')", "character 15", "expected a number");
  expect("open = 'yes'", "character 8", "expected true or false");
  expect("name = 'x", "character 8", "no closing quote");
  expect("\"name = 1", "character 1", "no closing quote");
  expect("levels ! 1", "character 8", "`!`");
  expect("levels = 1; DROP TABLE", "character 11", "`;`");
  expect("lower(name) = 'x'", "character 6", "expected a comparison");
  expect("levels = 1e999", "character 10", "expected a number");
  expect("S_INTERSECTS(geom, CIRCLE(1 2))", "character 20", "expected POINT");
  expect("S_INTERSECTS(geom, POLYGON((0 0, 1 0, 1 1)))", "character 28", "at least 4 points");
  expect("S_INTERSECTS(geom, POLYGON((0 0, 1 0, 1 1, 0 1)))", "character 28", "end where it begins");
  expect("S_INTERSECTS(geom, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))", "character 1", "not valid");
  expect("S_INTERSECTS(geom, LINESTRING(0 0))", "character 30", "at least 2 points");
  expect("S_INTERSECTS(geom, BBOX(5,0,1,1))", "character 24", "west <= east");
  expect("S_INTERSECTS(geom, POINT(1))", "character 27", "expected a number");
  expect("S_INTERSECTS(name, POINT(1 1))", "character 14", "expected `geom`");
  expect("name = '\xff'", "character 9", "not UTF-8");
  expect("name = 7 AND", "character 13", "expected a condition");
}

TEST(FilterTest, WhatTheProjectionRefusesIsToldWithItsPlace) {
  const auto layer = town();
  const ToPlane nowhere = [](const Geometry&) -> Result<Geometry> {
    return failure(ErrorCode::kInvalidArgument, "The place is outside of the city.");
  };
  EXPECT_THAT(Filter::parse("TRUE AND S_INTERSECTS(geom, POINT(1 1))", *layer, nowhere),
              FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("character 10"), HasSubstr("outside of the city."))));
}

TEST(FilterTest, LevelsNodesAndBytesAreBounded) {
  const auto nested = [](int levels) { return std::string(levels, '(') + "levels = 2" + std::string(levels, ')'); };
  EXPECT_THAT(parsed(nested(16)), Succeeds());
  EXPECT_THAT(parsed(nested(17)), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("16 levels")));
  const auto chained = [](int conditions) {
    std::string text = "open";
    for (int i = 1; i < conditions; ++i) text += " OR open";
    return text;
  };
  EXPECT_THAT(parsed(chained(255)), Succeeds());
  EXPECT_THAT(parsed(chained(256)), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("256 conditions")));
  const auto long_text = [](std::size_t bytes) { return "name = '" + std::string(bytes - 9, 'x') + "'"; };
  EXPECT_THAT(parsed(long_text(64 * 1024)), Succeeds());
  EXPECT_THAT(parsed(long_text(64 * 1024 + 1)), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("65536")));
  EXPECT_THAT(parsed(std::string(60'000, '(')), FailsWith(ErrorCode::kInvalidArgument));
  std::string list = "levels IN (0";
  for (int i = 1; i < 5000; ++i) list += "," + std::to_string(i);
  EXPECT_THAT(rows(list + ")"), ElementsAre(0));
}

TEST(FilterTest, RandomConditionsEqualBruteForce) {
  const auto layer = random_layer(11, 200);
  RandomNumbers random(12);
  for (int i = 0; i < 2000; ++i) {
    const brute_force::RandomFilter expected = brute_force::random_filter(random, 4);
    const Result<Filter> filter = Filter::parse(expected.text, *layer, as_it_is);
    ASSERT_THAT(filter, Succeeds()) << expected.text;
    for (std::uint32_t row = 0; row < layer->feature_count(); ++row) {
      ASSERT_EQ(filter->matches({row}), expected.truth(*layer, {row}) == true) << expected.text << ", row " << row;
    }
  }
}

TEST(FilterTest, NoTextCrashesIt) {
  static const std::vector<std::string> kWords = {"levels",     "name",
                                                  "Площа",      "\"in\"",
                                                  "open",       "(",
                                                  ")",          ",",
                                                  "=",          "<>",
                                                  "<=",         "AND",
                                                  "OR",         "NOT",
                                                  "IN",         "LIKE",
                                                  "BETWEEN",    "IS",
                                                  "NULL",       "TRUE",
                                                  "'x%'",       "''",
                                                  "-3",         "2.5",
                                                  "1e9",        "S_INTERSECTS",
                                                  "geom",       "BBOX",
                                                  "POINT",      "POLYGON",
                                                  "MULTIPOINT", "((0 0,1 0,1 1,0 0))",
                                                  "(1 2)",      "Z",
                                                  "'",          "\"",
                                                  "\\",         "%",
                                                  "\xd0"};
  const auto layer = town();
  RandomNumbers random(13);
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text;
    const std::size_t length = random.below(14);
    for (std::size_t j = 0; j < length; ++j) {
      if (i % 3 == 0) {
        text += static_cast<char>(random.below(256));
      } else {
        text += kWords[random.below(i % 3 == 1 ? kWords.size() : 20)] + (random.one_in(9) ? "" : " ");
      }
    }
    const Result<Filter> filter = Filter::parse(text, *layer, as_it_is);
    if (!filter) {
      EXPECT_EQ(filter.error().code, ErrorCode::kInvalidArgument) << text;
      continue;
    }
    ++accepted;
    for (std::uint32_t row = 0; row < layer->feature_count(); ++row) (void)filter->matches({row});
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace obnova::geo
