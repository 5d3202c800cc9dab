#include "server/facts/timeline.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr FeatureId kBridge{7};
constexpr ContentId kWhole = 1;
constexpr ContentId kBroken = 2;
constexpr ContentId kRepaired = 3;

std::optional<ContentId> content(const Timeline& timeline, FeatureId feature, const Moment& moment) {
  const Version* version = timeline.at(feature, moment);
  if (version == nullptr) return std::nullopt;
  return version->content;
}

// A bridge known since revision 1, broken at instant 100 (recorded as revision
// 5), and that corrected in revision 8: it broke at instant 90.
Timeline bridge() {
  Timeline timeline;
  timeline.load({.feature = kBridge, .valid = {}, .known_from = 1, .known_to = kStillKnown, .content = kWhole});
  timeline.amend(kBridge, {100, kForever}, kBroken, 5);
  timeline.amend(kBridge, {90, kForever}, kBroken, 8);
  return timeline;
}

TEST(TimelineTest, TheLaterOfTwoVersionsHasTheInstantTheyShare) {
  const Timeline timeline = bridge();
  EXPECT_EQ(content(timeline, kBridge, {99, 5}), kWhole);
  EXPECT_EQ(content(timeline, kBridge, {100, 5}), kBroken);
}

TEST(TimelineTest, ACorrectionChangesOnlyWhatIsKnownAfterIt) {
  const Timeline timeline = bridge();
  EXPECT_EQ(content(timeline, kBridge, {95, 4}), kWhole);
  EXPECT_EQ(content(timeline, kBridge, {95, 7}), kWhole);
  EXPECT_EQ(content(timeline, kBridge, {95, 8}), kBroken);
  EXPECT_EQ(content(timeline, kBridge, {89, 8}), kWhole);
  EXPECT_EQ(content(timeline, kBridge, {200, 4}), kWhole) << "nobody knew";
}

TEST(TimelineTest, BeforeTheFirstVersionThereIsNothing) {
  Timeline timeline;
  timeline.amend(kBridge, {50, 60}, kWhole, 3);
  EXPECT_EQ(content(timeline, kBridge, {49, 3}), std::nullopt);
  EXPECT_EQ(content(timeline, kBridge, {50, 2}), std::nullopt);
  EXPECT_EQ(content(timeline, kBridge, {50, 3}), kWhole);
  EXPECT_EQ(content(timeline, kBridge, {60, 3}), std::nullopt);
}

TEST(TimelineTest, ARepairInTheMiddleLeavesBothSides) {
  Timeline timeline = bridge();
  const auto amendment = timeline.amend(kBridge, {200, 300}, kRepaired, 9);
  EXPECT_EQ(amendment.ended.size(), 1U);
  EXPECT_EQ(amendment.begun.size(), 3U);
  EXPECT_EQ(content(timeline, kBridge, {199, 9}), kBroken);
  EXPECT_EQ(content(timeline, kBridge, {200, 9}), kRepaired);
  EXPECT_EQ(content(timeline, kBridge, {300, 9}), kBroken);
}

TEST(TimelineTest, RemovalEndsAFeatureFromAnInstantOn) {
  Timeline timeline = bridge();
  timeline.amend(kBridge, {500, kForever}, std::nullopt, 9);
  EXPECT_EQ(content(timeline, kBridge, {499, 9}), kBroken);
  EXPECT_EQ(content(timeline, kBridge, {500, 9}), std::nullopt);
  EXPECT_EQ(content(timeline, kBridge, {500, 8}), kBroken);
}

TEST(TimelineTest, HistoryTellsWhatWasBelievedInOrder) {
  const Timeline timeline = bridge();
  std::vector<ContentId> contents;
  for (const Version& version : timeline.history(kBridge)) contents.push_back(version.content);
  EXPECT_THAT(contents, ElementsAre(kWhole, kWhole, kBroken, kWhole, kBroken));
  EXPECT_THAT(timeline.history(FeatureId{8}), IsEmpty());
}

TEST(TimelineTest, WhatWasAmendedAgainAtOnceWasNeverKnown) {
  Timeline timeline;
  timeline.amend(kBridge, {}, kWhole, 3);
  timeline.amend(kBridge, {}, kBroken, 3);
  EXPECT_EQ(content(timeline, kBridge, {0, 3}), kBroken);
  EXPECT_EQ(timeline.history(kBridge).size(), 1U);
}

// Remembers every amendment and plays them all for every question.
class NaiveTimeline {
 public:
  void amend(FeatureId feature, const Period& valid, std::optional<ContentId> content, Revision revision) {
    amendments_.push_back({feature, valid, content, revision});
  }
  std::optional<ContentId> at(FeatureId feature, const Moment& moment) const {
    std::optional<ContentId> content;
    for (const auto& amendment : amendments_) {
      const bool speaks = amendment.feature == feature && amendment.revision <= moment.revision &&
                          amendment.valid.from <= moment.valid_at && moment.valid_at < amendment.valid.to;
      if (speaks) content = amendment.content;
    }
    return content;
  }

 private:
  struct Amendment {
    FeatureId feature;
    Period valid;
    std::optional<ContentId> content;
    Revision revision;
  };
  std::vector<Amendment> amendments_;
};

class TimelineRandomTest : public testing::TestWithParam<int> {};

TEST_P(TimelineRandomTest, AnswersAsIfAllAmendmentsWerePlayed) {
  std::mt19937 random(GetParam());
  const auto below = [&random](int end) { return static_cast<int>(random() % end); };
  constexpr int kFeatureCount = 3;
  constexpr int kInstantCount = 8;
  Timeline timeline;
  NaiveTimeline naive;
  Revision revision = 1;
  for (int i = 0; i < 25; ++i) {
    revision += below(3);
    const FeatureId feature{static_cast<std::uint32_t>(below(kFeatureCount))};
    Period valid{below(kInstantCount), below(kInstantCount)};
    if (below(4) == 0) valid.from = kEver;
    if (below(4) == 0) valid.to = kForever;
    if (valid.empty()) continue;
    const std::optional<ContentId> content = below(4) == 0 ? std::nullopt : std::optional<ContentId>(i);
    timeline.amend(feature, valid, content, revision);
    naive.amend(feature, valid, content, revision);
  }

  Timeline loaded;  // As it comes from the store.
  for (const Version& version : timeline.versions()) loaded.load(version);
  std::vector<Moment> moments;
  for (Revision r = 0; r <= revision; ++r) {
    for (int instant = -1; instant <= kInstantCount; ++instant) moments.push_back({instant, r});
  }
  std::vector<std::map<FeatureId, std::optional<ContentId>>> states;
  for (const Moment& moment : moments) {
    auto& state = states.emplace_back();
    for (std::uint32_t i = 0; i < kFeatureCount; ++i) {
      const FeatureId feature{i};
      state[feature] = naive.at(feature, moment);
      if (!timeline.has(feature)) continue;
      ASSERT_EQ(content(timeline, feature, moment), state[feature]) << moment.valid_at << " in revision " << moment.revision;
      ASSERT_EQ(content(loaded, feature, moment), state[feature]);
    }
  }
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t a = below(static_cast<int>(moments.size()));
    const std::size_t b = below(static_cast<int>(moments.size()));
    const auto changed = timeline.changed_between(moments[a], moments[b]);
    ASSERT_EQ(loaded.changed_between(moments[a], moments[b]), changed);
    for (std::uint32_t f = 0; f < kFeatureCount; ++f) {
      const bool differs = states[a][FeatureId{f}] != states[b][FeatureId{f}];
      ASSERT_TRUE(!differs || std::ranges::find(changed, FeatureId{f}) != changed.end());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimelineRandomTest, testing::Range(1, 60));

TEST(TimelineTest, LooksOnlyAtWhatChangedBetweenTwoMoments) {
  Timeline timeline;
  for (std::uint32_t i = 0; i < 1000; ++i) timeline.amend(FeatureId{i}, {i, kForever}, kWhole, 10 + i);
  EXPECT_THAT(timeline.changed_between({2000, 1009}, {2000, 1007}), ElementsAre(FeatureId{998}, FeatureId{999}));
  EXPECT_THAT(timeline.changed_between({2000, 2000}, {997, 2000}), ElementsAre(FeatureId{998}, FeatureId{999}));
  EXPECT_THAT(timeline.changed_between({2000, 2000}, {2000, 2000}), IsEmpty());
}

}  // namespace
}  // namespace obnova::server
