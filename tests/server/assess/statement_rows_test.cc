#include "server/assess/statement_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/damage/damage_rules.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using geo::FieldType;
using geo::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<geo::Field> kSource = {{"class", FieldType::kInt},     {"seen", FieldType::kString},   {"class_2", FieldType::kInt},
                                         {"seen_2", FieldType::kString}, {"Source", FieldType::kString}, {"key", FieldType::kString}};

struct Row {
  Geometry place;
  std::vector<Value> values;
};

Row row(double x_m, Value code, const char* date, Value second = {}, const char* second_date = "", const char* key = "") {
  const auto text = [](const char* said) { return *said == '\0' ? Value() : Value(std::string(said)); };
  return {Geometry::point({x_m, 0}), {std::move(code), text(date), std::move(second), text(second_date), Value("them"), text(key)}};
}

StatementRule rule() {
  StatementRule rule;
  rule.scale = geo::find_scale(geo::shipped_scales(), "unosat");
  rule.looks = {{"class", "seen"}, {"class_2", "seen_2"}};
  return rule;
}

// The statements of a file that is imported into a city with these layers.
struct Imported {
  std::shared_ptr<const geo::Layer> layer;
  std::vector<std::string> warnings;
};
Result<Imported> import(const std::vector<Row>& rows, StatementRule rule, std::vector<std::shared_ptr<const geo::Layer>> layers = {}) {
  Snapshot before;
  before.city = geo::City::make("town", "EPSG:32633", 1, std::move(layers), {}, nullptr);
  StatementRows statements(std::move(rule));
  const RowMapping mapping = statements.mapping();
  const auto fields = mapping.fields(before, "damage", kSource);
  if (!fields) return std::unexpected(fields.error());
  geo::LayerBuilder builder({.id = "damage", .theme = geo::Theme::kAssessments}, *fields);
  const RowMapping::Emit emit = [&](const std::string& id, const Geometry& place, std::span<const Value> values) -> Result<void> {
    const auto added = builder.add(id, place.view(), values);
    if (!added) return std::unexpected(added.error());
    return {};
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto taken = mapping.row(std::to_string(i), rows[i].place, rows[i].values, emit);
    if (!taken) return std::unexpected(taken.error());
  }
  const auto warnings = mapping.finish();
  if (!warnings) return std::unexpected(warnings.error());
  return Imported{std::move(builder).build(), *warnings};
}

std::vector<std::string> ids(const geo::Layer& layer) {
  std::vector<std::string> ids;
  for (const FeatureId feature : layer.features()) ids.emplace_back(layer.feature_name(feature));
  return ids;
}

// The same layer with a match written into one statement.
std::shared_ptr<const geo::Layer> matched(const geo::Layer& layer, const std::string& id, MatchState state) {
  geo::LayerBuilder builder(layer.description(), {layer.fields().begin(), layer.fields().end()});
  for (const FeatureId feature : layer.features()) {
    std::vector<Value> values;
    for (std::size_t i = 0; i < layer.fields().size(); ++i) values.push_back(layer.column(i).value_at(feature));
    if (layer.feature_name(feature) == id) {
      values[static_cast<std::size_t>(StatementField::kSubjectLayer)] = Value("houses");
      values[static_cast<std::size_t>(StatementField::kSubjects)] = Value(R"(["way/1"])");
      values[static_cast<std::size_t>(StatementField::kMatchState)] = Value(std::string(state_word(state)));
    }
    EXPECT_THAT(builder.add(layer.feature_name(feature), layer.geometry(feature), values), Succeeds());
  }
  return std::move(builder).build();
}

TEST(StatementRowsTest, EveryFilledLookIsAStatement) {
  const auto got = import({row(1, Value(std::int64_t{4}), "3/14/2022", Value(std::int64_t{1}), "5/8/2022"),
                           row(2, Value(), "", Value(std::int64_t{6}), "5/8/2022")},
                          rule());
  ASSERT_THAT(got, Succeeds());
  ASSERT_EQ(got->layer->feature_count(), 3U);
  const Statements statements(*got->layer);
  EXPECT_EQ(statements.code({0}), "4");
  EXPECT_EQ(statements.text({0}, StatementField::kObservedAt), "2022-03-14");
  EXPECT_EQ(statements.code({1}), "1");
  EXPECT_EQ(statements.text({1}, StatementField::kObservedAt), "2022-05-08");
  EXPECT_EQ(statements.code({2}), "6");
  EXPECT_EQ(statements.state({0}), MatchState::kNone);
  EXPECT_NE(got->layer->column("Source_2"), nullptr) << "a column called like one of ours keeps its values under another name";
  EXPECT_THAT(got->warnings, IsEmpty());
}

TEST(StatementRowsTest, TheSameFileGivesTheSameIds) {
  const std::vector<Row> rows = {row(1, Value(std::int64_t{1}), "2022-03-14"), row(1, Value(std::int64_t{1}), "2022-03-14"),
                                 row(1, Value(std::int64_t{2}), "2022-03-14")};
  const auto first = import(rows, rule());
  const auto second = import(rows, rule(), {first->layer});
  ASSERT_THAT(second, Succeeds());
  EXPECT_EQ(ids(*first->layer), ids(*second->layer));
  EXPECT_EQ(ids(*first->layer)[1], ids(*first->layer)[0] + "-2") << "equal statements are counted";
  StatementRule keyed = rule();
  keyed.id_column = "key";
  const auto with_keys = import({row(1, Value(std::int64_t{1}), "2022-03-14", Value(std::int64_t{2}), "2022-05-08", "a7")}, keyed);
  EXPECT_THAT(ids(*with_keys->layer), ElementsAre("a7/1", "a7/2"));
}

TEST(StatementRowsTest, MatchesSurviveTheSameFile) {
  StatementRule keyed = rule();
  keyed.id_column = "key";
  const std::vector<Row> rows = {row(1, Value(std::int64_t{1}), "2022-03-14", {}, "", "a"),
                                 row(2, Value(std::int64_t{2}), "2022-03-14", {}, "", "b")};
  const auto first = import(rows, keyed);
  ASSERT_THAT(first, Succeeds());
  const auto again = import(rows, keyed, {matched(*first->layer, "a/1", MatchState::kMatched)});
  EXPECT_EQ(Statements(*again->layer).state({0}), MatchState::kMatched);
  EXPECT_THAT(Statements(*again->layer).subjects({0}), ElementsAre("way/1"));
  EXPECT_EQ(Statements(*again->layer).state({1}), MatchState::kNone);
  // A corrected code: what was found by itself is looked for again, what a person decided stays.
  const std::vector<Row> corrected = {row(1, Value(std::int64_t{3}), "2022-03-14", {}, "", "a")};
  const auto found = import(corrected, keyed, {matched(*first->layer, "a/1", MatchState::kMatched)});
  EXPECT_EQ(Statements(*found->layer).state({0}), MatchState::kNone);
  const auto decided = import(corrected, keyed, {matched(*first->layer, "a/1", MatchState::kReassigned)});
  EXPECT_EQ(Statements(*decided->layer).state({0}), MatchState::kReassigned);
  const auto moved =
      import({row(9, Value(std::int64_t{3}), "2022-03-14", {}, "", "a")}, keyed, {matched(*first->layer, "a/1", MatchState::kReassigned)});
  EXPECT_EQ(Statements(*moved->layer).state({0}), MatchState::kNone) << "elsewhere it may be about something else";
}

TEST(StatementRowsTest, SaysWhatItDidNotUnderstand) {
  const auto got = import({row(1, Value(std::int64_t{1}), "soon"), row(2, Value(std::int64_t{99}), "2022-03-14")}, rule());
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->layer->feature_count(), 2U) << "a word nobody knows stays as it stood";
  EXPECT_THAT(got->warnings, testing::Contains(HasSubstr("`99` (1)")));
  EXPECT_THAT(got->warnings, testing::Contains(HasSubstr("`soon`")));
  EXPECT_THAT(import({row(1, Value(std::int64_t{99}), "2022-03-14")}, rule()), FailsSaying(ErrorCode::kBadData, HasSubstr("`99`")));
  EXPECT_THAT(import({row(1, Value(std::int64_t{1}), "14/3/2022"), row(2, Value(std::int64_t{1}), "4/3/2022")}, rule()),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("14/3/2022")));
  StatementRule days_first = rule();
  days_first.date_order = DateOrder::kDayFirst;
  EXPECT_THAT(import({row(1, Value(std::int64_t{1}), "14/3/2022")}, days_first), Succeeds());
  StatementRule wrong = rule();
  wrong.looks = {{"klasse", ""}};
  EXPECT_THAT(import({}, wrong), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("no column `klasse`")));
}

}  // namespace
}  // namespace obnova::server
