#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/rpc/assess_fixture.h"
#include "tests/support/shared_data.h"

namespace obnova::server {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

constexpr std::int64_t kMarch14_s = 1'647'216'000;    // 2022-03-14
constexpr std::int64_t kOctober27_s = 1'477'526'400;  // 2016-10-27

std::map<std::string, std::int64_t> by_code(const v1::SummarizeDamageResponse& summary, const std::string& layer) {
  std::map<std::string, std::int64_t> counts;
  for (const v1::CodeCount& count : summary.statements()) {
    if (count.layer() == layer) counts[count.code()] += count.count();
  }
  return counts;
}

std::map<std::pair<std::string, std::string>, std::int64_t> changes(const v1::SummarizeDamageResponse& summary) {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const v1::GradeChange& change : summary.change().changes()) counts[{change.before(), change.after()}] = change.count();
  return counts;
}

// FIELD_NOTES 11, item 9: the order of UNOSAT's classes, counted as the source has them.
TEST_F(AssessTest, MariupolIsImportedWithOneCommandForEachDate) {
  const auto centroids = shared_data("damage/mariupol_building_centroids.csv");
  if (!centroids) GTEST_SKIP() << "skipped: no data";
  open("EPSG:6387");
  ASSERT_THAT(import(*centroids, "buildings", geo::Theme::kBuildings, "id"), Succeeds());
  for (const char* date : {"2022-03-14", "2022-05-08"}) {
    const auto report = assess(*shared_data(std::string("damage/mariupol_unosat_") + date + ".geojson"), spec("unosat"));
    ASSERT_THAT(report, Succeeds()) << date;
    EXPECT_THAT(report->warnings(), testing::IsEmpty());
  }
  const std::string first = "mariupol_unosat_2022_03_14";
  const std::string second = "mariupol_unosat_2022_05_08";
  const auto matched = match();
  ASSERT_THAT(matched, Succeeds());
  EXPECT_EQ(matched->matched_count() + matched->review_count() + matched->unmatched_count(), 783 + 5643);
  EXPECT_GT(matched->matched_count(), (783 + 5643) * 2 / 3);
  const auto all = summary(context());
  ASSERT_THAT(all, Succeeds());
  EXPECT_THAT(by_code(*all, first), UnorderedElementsAre(Pair("destroyed", 62), Pair("severe", 315), Pair("moderate", 321),
                                                         Pair("possible", 75), Pair("crater_field", 5), Pair("crater_road", 5)));
  EXPECT_THAT(by_code(*all, second),
              UnorderedElementsAre(Pair("destroyed", 315), Pair("severe", 2132), Pair("moderate", 3002), Pair("possible", 194)));
  EXPECT_EQ(all->total().unassessed_count() + matched->feature_count(), 45544) << "whom no list names stays unassessed";
  const auto in_march = summary(context_at(kMarch14_s));
  ASSERT_THAT(in_march, Succeeds());
  EXPECT_TRUE(by_code(*in_march, second).empty()) << "May was not known in March";
  EXPECT_GT(in_march->total().unassessed_count(), all->total().unassessed_count());

  const std::int64_t revision = matched->revision();
  const auto again = assess(*shared_data("damage/mariupol_unosat_2022-05-08.geojson"), spec("unosat"));
  ASSERT_THAT(again, Succeeds());
  const auto unchanged = summary(context());
  ASSERT_THAT(unchanged, Succeeds());
  EXPECT_EQ(unchanged->total().SerializeAsString(), all->total().SerializeAsString()) << "the same file again changes nothing";
  EXPECT_EQ(by_code(*unchanged, second), by_code(*all, second)) << "and makes no second copy";
  const auto rematched = match();
  ASSERT_THAT(rematched, Succeeds());
  EXPECT_EQ(rematched->matched_count(), 0);
  EXPECT_GE(rematched->kept_count(), matched->matched_count());
  EXPECT_GE(rematched->revision(), revision);
}

TEST_F(AssessTest, VissoChangesBetweenItsTwoDatesAsCountedOutside) {
  if (!shared_data("damage/emsr190_visso_monit01.zip")) GTEST_SKIP() << "skipped: no data";
  open("EPSG:32633");
  // The buildings of the second assessment are the city.
  worker::IngestJob job;
  const auto file = *shared_data("damage/emsr190_visso_monit01.zip");
  job.set_path(file.string());
  job.set_file_name("visso.zip");
  job.set_layer("buildings");
  job.set_theme(static_cast<int>(geo::Theme::kBuildings));
  job.set_source_layer("settlements_poly_grading");
  ASSERT_THAT(twin_->import_file("town", job, {}, [](double, const std::string&) {}, {}), Succeeds());
  for (const char* name : {"initial", "monit01"}) {
    const auto report = assess(*shared_data(std::string("damage/emsr190_visso_") + name + ".zip"), spec("copernicus_ems"));
    ASSERT_THAT(report, Succeeds()) << name;
    const auto layers = (*twin_->resolve(context()))->city->layers();
    EXPECT_TRUE(layers.at(std::string("emsr190_visso_") + name).layer->covered_area_stated()) << "the area of interest of the file";
  }
  ASSERT_THAT(match(), Succeeds());
  v1::SummarizeDamageRequest request;
  *request.mutable_context() = context();
  request.mutable_since()->set_seconds(kOctober27_s);
  const auto answer = summarize_damage(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_THAT(by_code(*answer, "emsr190_visso_initial"),
              UnorderedElementsAre(Pair("Not Affected", 1416), Pair("Moderately Damaged", 7), Pair("Negligible to slight damage", 1)));
  EXPECT_THAT(by_code(*answer, "emsr190_visso_monit01"),
              UnorderedElementsAre(Pair("Not Affected", 1469), Pair("Completely Destroyed", 35), Pair("Highly Damaged", 31),
                                   Pair("Moderately Damaged", 22), Pair("Negligible to slight damage", 21)));
  // As tests/geo/damage/real_damage_test.cc counts it with matches of its own.
  const auto of = changes(*answer);
  EXPECT_EQ(of.at({"none", "none"}), 1347);
  EXPECT_EQ(of.at({"none", "destroyed"}), 17);
  EXPECT_EQ(of.at({"moderate", "destroyed"}), 5);
  EXPECT_EQ(of.at({"unassessed", "destroyed"}), 13);
  EXPECT_EQ(answer->change().newly_assessed_count(), 147);
  EXPECT_EQ(answer->change().no_longer_assessed_count(), 0);
  EXPECT_EQ(answer->change().worse_count(), 81);
  EXPECT_EQ(answer->change().better_count(), 0);
}

TEST_F(AssessTest, CamerinoIsImportedWithOneCommand) {
  const auto file = shared_data("damage/emsr190_camerino.zip");
  if (!file) GTEST_SKIP() << "skipped: no data";
  open("EPSG:32633");
  ASSERT_THAT(assess(*file, spec("copernicus_ems", "camerino")), Succeeds());
  const auto answer = summary(context());
  ASSERT_THAT(answer, Succeeds());
  EXPECT_THAT(by_code(*answer, "camerino"),
              UnorderedElementsAre(Pair("Not Affected", 2644), Pair("Negligible to slight damage", 14), Pair("Highly Damaged", 8),
                                   Pair("Completely Destroyed", 5), Pair("Moderately Damaged", 4)));
  EXPECT_EQ(answer->statements(0).day(), "2016-10-30");
}

}  // namespace
}  // namespace obnova::server
