#include "geo/damage/match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "tests/geo/damage/damage_rules.h"
#include "tests/support/brute_force_matching.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A layer of shapes with its index; matches with a tolerance of 10 m.
class Things {
 public:
  Things(std::initializer_list<Geometry> shapes, Theme theme = Theme::kBuildings) : Things(std::vector<Geometry>(shapes), theme) {}
  explicit Things(const std::vector<Geometry>& shapes, Theme theme = Theme::kBuildings) {
    LayerBuilder builder({.id = "things", .theme = theme}, {});
    for (const Geometry& shape : shapes) EXPECT_THAT(builder.add(std::to_string(builder.feature_count()), shape, {}), Succeeds());
    layer_ = std::move(builder).build();
    index_.emplace(layer_->boxes());
  }

  const Layer& layer() const { return *layer_; }
  const LayerIndex& index() const { return *index_; }

  Match match(const Geometry& place, MatchRule rule = {.tolerance_m = 10}, const Limits& limits = {}) const {
    const Result<Match> match = match_place(*layer_, *index_, place.view(), rule, limits);
    EXPECT_THAT(match, Succeeds());
    return match.value_or(Match{});
  }

 private:
  std::shared_ptr<const Layer> layer_;
  std::optional<LayerIndex> index_;
};

Geometry box(double x, double y, double width, double height) { return Geometry::rectangle({{x, y}, {x + width, y + height}}); }

std::vector<std::uint32_t> matched(const Match& match) {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < match.matched_count; ++i) rows.push_back(match.candidates[i].feature.index);
  std::ranges::sort(rows);
  return rows;
}

std::vector<std::uint32_t> candidates(const Match& match) {
  std::vector<std::uint32_t> rows;
  for (const MatchCandidate& candidate : match.candidates) rows.push_back(candidate.feature.index);
  return rows;
}

TEST(MatchTest, APointInOneBuildingIsAboutThatBuildingHoweverNearTheNextOneIs) {
  const Things houses{box(0, 0, 10, 10), box(10.01, 0, 10, 10)};
  const Match match = houses.match(Geometry::point({9.99, 5}));
  EXPECT_EQ(match.outcome, MatchOutcome::kMatched);
  EXPECT_THAT(matched(match), ElementsAre(0));
  EXPECT_EQ(match.candidates.front(), (MatchCandidate{FeatureId{0}, MatchMethod::kContains, 1, 0}));
  EXPECT_THAT(candidates(match), ElementsAre(0, 1)) << "the other one stays for a person to choose";
}

TEST(MatchTest, APointOnTheWallBetweenTwoBuildingsIsReviewed) {
  const Things houses{box(0, 0, 10, 10), box(10, 0, 10, 10)};
  const Match match = houses.match(Geometry::point({10, 5}));
  EXPECT_EQ(match.outcome, MatchOutcome::kReview);
  EXPECT_EQ(match.reason, MatchReason::kAmbiguous);
  EXPECT_THAT(candidates(match), ElementsAre(0, 1));
  EXPECT_EQ(match.matched_count, 0U);
}

TEST(MatchTest, APointBesideALoneBuildingNeedsNoOverlapAndNoReview) {
  const Things houses{box(0, 0, 10, 10), box(100, 0, 10, 10)};
  EXPECT_THAT(matched(houses.match(Geometry::point({20, 5}))), ElementsAre(0)) << "exactly as far as the tolerance";
  EXPECT_EQ(houses.match(Geometry::point({20.1, 5})).reason, MatchReason::kWeak);
  EXPECT_EQ(houses.match(Geometry::point({27.9, 5})).outcome, MatchOutcome::kReview);
  EXPECT_EQ(houses.match(Geometry::point({28.1, 5})).reason, MatchReason::kNothingNear);
}

TEST(MatchTest, CentroidsAreMatchedToCentroids) {
  const Things centroids{Geometry::point({0, 0}), Geometry::point({20, 0}), Geometry::point({0, 20})};
  EXPECT_THAT(matched(centroids.match(Geometry::point({4, 3}))), ElementsAre(0));
  EXPECT_EQ(centroids.match(Geometry::point({10, 0})).reason, MatchReason::kAmbiguous);
  EXPECT_EQ(centroids.match(Geometry::point({9, 0})).reason, MatchReason::kAmbiguous) << "11 m is less than 1.5 times 9 m";
  EXPECT_THAT(matched(centroids.match(Geometry::point({7.9, 0}))), ElementsAre(0));
}

TEST(MatchTest, TheBoundaryOfAmbiguityIsAmbiguous) {
  const Things centroids{Geometry::point({0, 0}), Geometry::point({10, 0})};
  EXPECT_EQ(centroids.match(Geometry::point({4, 0})).reason, MatchReason::kAmbiguous) << "6 m is exactly 1.5 times 4 m";
  EXPECT_THAT(matched(centroids.match(Geometry::point({3.9, 0}))), ElementsAre(0));
}

TEST(MatchTest, TwoFeaturesAtOnePlaceAreReviewed) {
  const Things centroids{Geometry::point({0, 0}), Geometry::point({0, 0})};
  EXPECT_EQ(centroids.match(Geometry::point({0, 0})).reason, MatchReason::kAmbiguous);
  EXPECT_EQ(centroids.match(Geometry::point({0, 0}), {.tolerance_m = 0}).reason, MatchReason::kAmbiguous);
}

TEST(MatchTest, AFootprintShiftedByAThirdIsStillItsBuilding) {
  const Things houses{box(0, 0, 9, 9), box(20, 0, 9, 9)};
  const Match match = houses.match(box(3, 0, 9, 9));
  EXPECT_THAT(matched(match), ElementsAre(0));
  EXPECT_EQ(match.candidates.front().method, MatchMethod::kOverlap);
  EXPECT_NEAR(match.candidates.front().score, 2.0 / 3, 1e-12);
}

TEST(MatchTest, AGradedBlockIsAboutAllItsHouses) {
  const Things houses{box(0, 0, 10, 10), box(20, 0, 10, 10), box(50, 0, 10, 10), box(51, 12, 10, 10)};
  const Match match = houses.match(box(-5, -5, 60, 30));
  EXPECT_THAT(matched(match), ElementsAre(0, 1, 2)) << "of one it holds exactly one half, of another only 40 %";
  EXPECT_THAT(candidates(match), testing::UnorderedElementsAre(0, 1, 2, 3));
}

TEST(MatchTest, AGradedWingIsAboutItsHouse) { EXPECT_THAT(matched(Things{box(0, 0, 100, 10)}.match(box(90, 0, 10, 10))), ElementsAre(0)); }

TEST(MatchTest, AFootprintThatMeetsNothingIsTheNearestBuilding) {
  const Things houses{box(0, 0, 8, 8), box(60, 0, 8, 8)};
  const Match match = houses.match(box(9, 0, 6, 6));
  EXPECT_THAT(matched(match), ElementsAre(0));
  EXPECT_EQ(match.candidates.front().method, MatchMethod::kNear);
}

TEST(MatchTest, AnAreaIsAboutThePointsInIt) {
  const Things centroids{Geometry::point({1, 1}), Geometry::point({5, 5}), Geometry::point({15, 5})};
  EXPECT_THAT(matched(centroids.match(box(0, 0, 10, 10))), ElementsAre(0, 1));
}

TEST(MatchTest, AGradedLineIsAboutTheRoadBesideItAndNotTheOneItCrosses) {
  const Things roads{{Geometry::line({{0, 0}, {100, 0}}), Geometry::line({{50, -50}, {50, 50}}), Geometry::line({{100, 0}, {112, 0}})},
                     Theme::kRoads};
  const Match match = roads.match(Geometry::line({{2, 3}, {98, 4}}));
  EXPECT_THAT(matched(match), ElementsAre(0)) << "neither the crossing road nor the one that goes on";
  EXPECT_EQ(match.candidates.front().method, MatchMethod::kAlong);
}

TEST(MatchTest, ALongGradedLineIsAboutAllPiecesOfTheRoad) {
  const Things roads{{Geometry::line({{0, 0}, {40, 0}}), Geometry::line({{40, 0}, {55, 0}}), Geometry::line({{55, 0}, {100, 0}})},
                     Theme::kRoads};
  EXPECT_THAT(matched(roads.match(Geometry::line({{100, 2}, {0, 2}}))), ElementsAre(0, 1, 2)) << "in whatever direction it was drawn";
}

TEST(MatchTest, ALineIsNeverMatchedToALineByNearnessAlone) {
  const Things roads{{Geometry::line({{0, 0}, {100, 0}})}, Theme::kRoads};
  EXPECT_EQ(roads.match(Geometry::line({{50, 0}, {50, 30}})).outcome, MatchOutcome::kUnmatched);
}

TEST(MatchTest, ACraterIsAboutTheRoadItLiesOn) {
  const Things roads{{Geometry::line({{0, 0}, {100, 0}}), Geometry::line({{0, 30}, {100, 30}})}, Theme::kRoads};
  EXPECT_THAT(matched(roads.match(Geometry::point({50, 2}))), ElementsAre(0));
  EXPECT_THAT(matched(roads.match(box(48, -1, 4, 4))), ElementsAre(0)) << "though it takes but 4 % of the road";
}

TEST(MatchTest, NoPlaceAndNoFeaturesAreAnswers) {
  EXPECT_EQ((Things{box(0, 0, 1, 1)}.match(Geometry{}).reason), MatchReason::kNoPlace);
  EXPECT_EQ(Things(std::vector<Geometry>{}).match(Geometry::point({0, 0})).reason, MatchReason::kNothingNear);
  EXPECT_EQ(Things({Geometry{}}).match(Geometry::point({0, 0})).reason, MatchReason::kNothingNear);
  EXPECT_EQ(Things({Geometry{}}).match(box(0, 0, 1, 1)).reason, MatchReason::kNothingNear);
}

TEST(MatchTest, MoreFeaturesThanOneMatchMayHaveAreReviewed) {
  std::vector<Geometry> shapes;
  for (int i = 0; i < 5; ++i) shapes.push_back(Geometry::point({i + 1.0, 1}));
  const Things centroids(shapes);
  EXPECT_EQ(matched(centroids.match(box(0, 0, 10, 10), {.tolerance_m = 0, .max_candidates = 6})).size(), 5U);
  EXPECT_EQ(matched(centroids.match(box(0, 0, 10, 10), {.tolerance_m = 0, .max_candidates = 5})).size(), 5U);
  const Match match = centroids.match(box(0, 0, 10, 10), {.tolerance_m = 0, .max_candidates = 4});
  EXPECT_EQ(match.reason, MatchReason::kTooMany);
  EXPECT_THAT(match.candidates, IsEmpty());
}

TEST(MatchTest, RulesThatMakeNoSenseAreRefused) {
  const Things things{box(0, 0, 1, 1)};
  const Geometry place = Geometry::point({0, 0});
  const auto refused = [&](const MatchRule& rule, const char* why) {
    EXPECT_THAT(match_place(things.layer(), things.index(), place.view(), rule, {}),
                FailsSaying(ErrorCode::kInvalidArgument, HasSubstr(why)));
  };
  refused({.tolerance_m = -1}, "tolerance");
  refused({.tolerance_m = NAN}, "tolerance");
  refused({.accept_score = 0.05}, "scores");
  refused({.accept_score = 1.5}, "scores");
  refused({.review_score = 0}, "scores");
  refused({.ambiguity_ratio = 0.9}, "ambiguity");
  refused({.line_buffer_m = 0}, "buffer");
  refused({.line_turn_deg = 90}, "turn");
  refused({.nearest_count = 1}, "nearest");
}

TEST(MatchTest, MatchingStopsWhenTheCallerGoesAway) {
  const Things things{box(0, 0, 1, 1)};
  const Limits gone{.should_stop = [] { return true; }};
  for (const Geometry& place : {Geometry::point({0, 0}), box(0, 0, 1, 1)}) {
    EXPECT_THAT(match_place(things.layer(), things.index(), place.view(), {}, gone), FailsWith(ErrorCode::kCancelled));
  }
  const std::vector<Assessment> assessments = {{.id = "a", .scale = "unosat", .code = "1"}};
  EXPECT_THAT(match_assessments(things.layer(), things.index(), assessments, shipped_scales(), {}, gone), FailsWith(ErrorCode::kCancelled));
}

TEST(MatchAssessmentsTest, StatementsAboutOtherThingsAreNotMatched) {
  const Things houses{box(0, 0, 10, 10)};
  const Geometry place = Geometry::point({5, 5});
  const std::vector<Assessment> assessments = {{.id = "a", .scale = "unosat", .code = "crater_field", .place = place},
                                               {.id = "b", .scale = "unosat", .code = "crater_road", .place = place},
                                               {.id = "c", .scale = "unosat", .code = "severe", .place = place},
                                               {.id = "d", .scale = "unosat", .code = "moderate", .place = place}};
  const auto matches = match_assessments(houses.layer(), houses.index(), assessments, shipped_scales(), {}, {});
  ASSERT_THAT(matches, Succeeds());
  EXPECT_EQ((*matches)[0].reason, MatchReason::kOtherSubject);
  EXPECT_EQ((*matches)[1].reason, MatchReason::kOtherSubject);
  EXPECT_THAT(matched((*matches)[2]), ElementsAre(0));
  EXPECT_THAT(matched((*matches)[3]), ElementsAre(0)) << "two statements about one feature are both kept";
  const MatchCounts counts = count_matches(*matches);
  EXPECT_EQ(counts.matched, 2U);
  EXPECT_EQ(counts.review, 0U);
  EXPECT_EQ(counts.unmatched, 2U);
  EXPECT_EQ(counts.features, 1U);
  EXPECT_EQ(counts.features_with_several, 1U);
}

TEST(MatchAssessmentsTest, UnknownCodesAreNamed) {
  const Things houses{box(0, 0, 10, 10)};
  const std::vector<Assessment> assessments = {{.id = "a", .scale = "unosat", .code = "77"}};
  EXPECT_THAT(match_assessments(houses.layer(), houses.index(), assessments, shipped_scales(), {}, {}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("77")));
}

TEST(MatchTest, AgreesWithLookingAtEveryFeature) {
  std::array<std::size_t, 3> outcomes = {};
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    const auto layer = random_layer(seed, 1 + seed % 60, 40);
    const LayerIndex index(layer->boxes());
    RandomNumbers random(seed + 1000);
    const MatchRule rule{.tolerance_m = static_cast<double>(random.below(4)),
                         .accept_score = 0.25 + 0.25 * static_cast<double>(random.below(3)),
                         .line_buffer_m = 1 + static_cast<double>(random.below(3)),
                         .nearest_count = 1000};
    for (int i = 0; i < 30; ++i) {
      const Geometry place = random_shape(random, 40, 8);
      const Result<Match> match = match_place(*layer, index, place.view(), rule, {});
      ASSERT_THAT(match, Succeeds());
      const BruteMatch expected = brute_match(*layer, place.view(), rule);
      const auto rows = candidates(*match);
      std::set<FeatureId> found;
      for (const std::uint32_t row : rows) found.insert(FeatureId{row});
      std::set<FeatureId> taken;
      for (const std::uint32_t row : matched(*match)) taken.insert(FeatureId{row});
      ASSERT_EQ(match->outcome, expected.outcome) << i;
      ASSERT_EQ(taken, expected.matched) << i;
      ASSERT_EQ(found, expected.candidates) << i;
      ++outcomes[static_cast<std::size_t>(match->outcome)];
    }
  }
  for (const std::size_t count : outcomes) EXPECT_GT(count, 200U) << "all outcomes must be tried";
}

TEST(ShareAlongTest, AgreesWithSampling) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomNumbers random(seed);
    const auto line = [&] {
      std::vector<Point> points = {random.point(12)};
      for (std::uint64_t i = 0, count = 1 + random.below(4); i < count; ++i) points.push_back(random.point(12));
      return Geometry::line(points);
    };
    const Geometry a = line();
    const Geometry b = line();
    const double buffer_m = 0.7 + static_cast<double>(random.below(4));
    const double turn_deg = 3 + 20 * static_cast<double>(random.below(4));
    EXPECT_NEAR(share_along(a.view(), b.view(), buffer_m, turn_deg), brute_share_along(a.view(), b.view(), buffer_m, turn_deg), 0.005)
        << seed;
  }
}

TEST(ShareAlongTest, LinesWithoutLengthRunBesideNothing) {
  const Geometry line = Geometry::line({{0, 0}, {10, 0}});
  const Geometry dot = Geometry::line({{5, 0}, {5, 0}});
  EXPECT_EQ(share_along(dot.view(), line.view(), 5, 30), 0);
  EXPECT_EQ(share_along(line.view(), dot.view(), 5, 30), 0);
  EXPECT_EQ(share_along(line.view(), Geometry::point({0, 0}).view(), 5, 30), 0);
  EXPECT_EQ(share_along(line.view(), line.view(), 5, 0), 1);
}

}  // namespace
}  // namespace obnova::geo
