#include "tests/geo/damage/real_damage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/damage/match.h"
#include "geo/damage/summary.h"
#include "tests/geo/damage/damage_rules.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::vector<Assessment> mariupol(const std::string& date, const Projection& projection) {
  auto assessments = read_assessments(shared_data("damage/mariupol_unosat_" + date + ".geojson")->string(), date,
                                      {.scale = "unosat", .code = "damage_class", .date = "assessed"});
  project(assessments, projection);
  return assessments;
}

DamageSummary summary_of(const std::vector<Assessment>& assessments) {
  std::vector<DamageEntry> entries;
  for (const Assessment& assessment : assessments) {
    const auto code = find_code(shipped_scales(), assessment.scale, assessment.code);
    entries.push_back({.theme = Theme::kBuildings, .grade = (*code)->grade, .observed_at_us = assessment.observed_at_us});
  }
  return summarize(entries);
}

// The expected grade of every feature, from the statements that were matched to it.
std::vector<std::optional<Grade>> grades_of(const Layer& layer, const std::vector<Assessment>& assessments,
                                            const std::vector<Match>& matches) {
  std::vector<std::vector<Observation>> observations(layer.row_count());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    for (std::size_t k = 0; k < matches[i].matched_count; ++k) {
      observations[matches[i].candidates[k].feature.index].push_back(*observation_of(assessments[i], shipped_scales()));
    }
  }
  std::vector<std::optional<Grade>> grades;
  for (const auto& each : observations) grades.push_back(counted_grade(condition_of(each, shipped_rule()), ConditionCase::kExpected));
  return grades;
}

void print_rates(const std::string& what, const MatchCounts& counts) {
  const auto all = static_cast<double>(counts.matched + counts.review + counts.unmatched) / 100;
  fmt::print("{}: matched {} ({:.1f} %), review {} ({:.1f} %), unmatched {} ({:.1f} %); {} features, {} of them with several\n", what,
             counts.matched, static_cast<double>(counts.matched) / all, counts.review, static_cast<double>(counts.review) / all,
             counts.unmatched, static_cast<double>(counts.unmatched) / all, counts.features, counts.features_with_several);
}

std::int64_t sum(const MatchCounts& counts) { return static_cast<std::int64_t>(counts.matched + counts.review + counts.unmatched); }

TEST(MariupolTest, CountsPerGradeEqualTheSource) {
  if (!shared_data("damage/mariupol_unosat_2022-05-08.geojson")) GTEST_SKIP() << "skipped: no data";
  const auto projection = Projection::make("EPSG:4326", "EPSG:6387");
  ASSERT_THAT(projection, Succeeds());
  const auto first = mariupol("2022-03-14", *projection);
  const auto second = mariupol("2022-05-08", *projection);
  const auto counted = [](const char* id, std::int64_t count) { return Pair(Pair("unosat", id), count); };
  EXPECT_THAT(count_codes(first, shipped_scales()).by_code,
              ElementsAre(counted("1", 62), counted("2", 315), counted("3", 321), counted("4", 75), counted("crater_field", 5),
                          counted("crater_road", 5)));
  EXPECT_THAT(count_codes(second, shipped_scales()).by_code,
              ElementsAre(counted("1", 315), counted("2", 2132), counted("3", 3002), counted("4", 194)));
  EXPECT_THAT(count_codes(first, shipped_scales()).unknown, IsEmpty());
  const DamageSummary summary = summary_of(second);
  EXPECT_EQ(summary.total.all(), 5643);
  EXPECT_EQ(summary.total.of(Grade::kDestroyed), 315);
  EXPECT_EQ(summary.total.of(Grade::kPossible), 194);
  EXPECT_EQ(summary.by_day.at("2022-05-08"), summary.total);
  EXPECT_EQ(summary_of(first).total.all(), 783);
  EXPECT_EQ(summary_of(first).by_day.at("2022-03-14").all(), 783);
}

TEST(MariupolTest, MostPointsFindTheirBuildingWithoutAReview) {
  const auto file = shared_data("damage/mariupol_building_centroids.csv");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto projection = Projection::make("EPSG:4326", "EPSG:6387");
  ASSERT_THAT(projection, Succeeds());
  const auto buildings = read_centroids(*file, *projection);
  ASSERT_EQ(buildings->feature_count(), 45544U);
  const LayerIndex index(buildings->boxes());
  std::vector<std::vector<std::optional<Grade>>> grades;
  for (const char* date : {"2022-03-14", "2022-05-08"}) {
    const auto assessments = mariupol(date, *projection);
    const auto matches = match_assessments(*buildings, index, assessments, shipped_scales(), {}, {});
    ASSERT_THAT(matches, Succeeds());
    const MatchCounts counts = count_matches(*matches);
    print_rates(std::string("Mariupol ") + date, counts);
    EXPECT_EQ(sum(counts), static_cast<std::int64_t>(assessments.size())) << "every point has an outcome";
    EXPECT_GT(counts.matched, assessments.size() * 2 / 3);
    EXPECT_LT(counts.review, assessments.size() / 4) << "nothing here overlaps, and yet not all is reviewed";
    grades.push_back(grades_of(*buildings, assessments, *matches));
  }
  const DamageChange change = change_between(grades[0], grades[1]);
  fmt::print("Mariupol, change: {} newly assessed, {} no longer, {} worse, {} better, {} unchanged\n", change.newly_assessed(),
             change.no_longer_assessed(), change.worse(), change.better(), change.unchanged());
  EXPECT_EQ(change.all(), 45544);
  EXPECT_GT(change.of(std::nullopt, std::nullopt), 40000) << "what no list names stays unassessed";
}

std::vector<Assessment> visso(const char* name) {
  return read_assessments("/vsizip/" + shared_data(fmt::format("damage/emsr190_visso_{}.zip", name))->string(), "settlements_poly_grading",
                          {.scale = "copernicus_ems", .code = "grading", .date = "src_date"});
}

TEST(VissoTest, CountsPerGradeEqualTheSource) {
  if (!shared_data("damage/emsr190_visso_monit01.zip")) GTEST_SKIP() << "skipped: no data";
  const GradeCounts before = summary_of(visso("initial")).total;
  const GradeCounts after = summary_of(visso("monit01")).total;
  EXPECT_EQ(before.all(), 1424);
  EXPECT_EQ(before.of(Grade::kNone), 1416);
  EXPECT_EQ(before.of(Grade::kSlight), 1);
  EXPECT_EQ(before.of(Grade::kModerate), 7);
  EXPECT_EQ(after.all(), 1578);
  EXPECT_EQ(after.of(Grade::kNone), 1469);
  EXPECT_EQ(after.of(Grade::kSlight), 21);
  EXPECT_EQ(after.of(Grade::kModerate), 22);
  EXPECT_EQ(after.of(Grade::kSevere), 31);
  EXPECT_EQ(after.of(Grade::kDestroyed), 35);
}

TEST(VissoTest, TheChangeBetweenTheTwoAssessmentsIsRight) {
  if (!shared_data("damage/emsr190_visso_monit01.zip")) GTEST_SKIP() << "skipped: no data";
  const auto first = visso("initial");
  const auto second = visso("monit01");
  const auto buildings = layer_of(second, Theme::kBuildings);
  const LayerIndex index(buildings->boxes());
  const auto first_matches = match_assessments(*buildings, index, first, shipped_scales(), {}, {});
  const auto second_matches = match_assessments(*buildings, index, second, shipped_scales(), {}, {});
  ASSERT_THAT(first_matches, Succeeds());
  ASSERT_THAT(second_matches, Succeeds());
  print_rates("Visso initial onto monit01", count_matches(*first_matches));
  print_rates("Visso monit01 onto itself", count_matches(*second_matches));
  const auto before = grades_of(*buildings, first, *first_matches);
  const auto after = grades_of(*buildings, second, *second_matches);
  const DamageChange change = change_between(before, after);
  const auto of = [&](std::optional<Grade> from, std::optional<Grade> to) { return change.of(from, to); };
  // The same table was counted with SpatiaLite, by half of the smaller footprint.
  // It differs in one building, drawn anew over a house that was not affected and
  // the edge of a moderately damaged one (its nearest): there the worse leads.
  EXPECT_EQ(change.all(), 1578);
  EXPECT_EQ(of(Grade::kNone, Grade::kNone), 1347);
  EXPECT_EQ(of(Grade::kNone, Grade::kSlight), 17);
  EXPECT_EQ(of(Grade::kNone, Grade::kModerate), 16);
  EXPECT_EQ(of(Grade::kNone, Grade::kSevere), 25);
  EXPECT_EQ(of(Grade::kNone, Grade::kDestroyed), 17);
  EXPECT_EQ(of(Grade::kSlight, Grade::kSlight), 1);
  EXPECT_EQ(of(Grade::kModerate, Grade::kModerate), 2);
  EXPECT_EQ(of(Grade::kModerate, Grade::kSevere), 1);
  EXPECT_EQ(of(Grade::kModerate, Grade::kDestroyed), 5);
  EXPECT_EQ(of(std::nullopt, Grade::kNone), 122);
  EXPECT_EQ(of(std::nullopt, Grade::kDestroyed), 13);
  EXPECT_EQ(change.newly_assessed(), 147);
  EXPECT_EQ(change.no_longer_assessed(), 0);
  EXPECT_EQ(change.worse(), 81);
  EXPECT_EQ(change.better(), 0);
}

TEST(CamerinoTest, CountsPerGradeEqualTheSource) {
  const auto file = shared_data("damage/emsr190_camerino.zip");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto assessments = read_assessments("/vsizip/" + file->string(), "settlements_poly_grading",
                                            {.scale = "copernicus_ems", .code = "grading", .date = "src_date"});
  const GradeCounts total = summary_of(assessments).total;
  EXPECT_EQ(total.all(), 2675);
  EXPECT_EQ(total.of(Grade::kNone), 2644);
  EXPECT_EQ(total.of(Grade::kSlight), 14);
  EXPECT_EQ(total.of(Grade::kModerate), 4);
  EXPECT_EQ(total.of(Grade::kSevere), 8);
  EXPECT_EQ(total.of(Grade::kDestroyed), 5);
}

}  // namespace
}  // namespace obnova::geo
