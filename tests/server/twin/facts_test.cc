#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "server/twin/twin.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

constexpr Instant kSecond = 1'000'000;

// A town of three clinics, a, b and c, with a number each; its clock stands
// still until a test moves it. Revision 2 brought the layer.
class FactsTest : public testing::Test {
 protected:
  void SetUp() override {
    make_town();
    open();
  }
  void make_town() {
    auto store = CityStore::create(temporary_.path() / "town.gpkg", {.id = "town",
                                                                     .title = "Town",
                                                                     .crs = "EPSG:32635",
                                                                     .crs_wkt = "",
                                                                     .create_time_s = 1'000'000'000,
                                                                     .revision = 1});
    OBNOVA_CHECK(store.has_value());
    auto import = store->begin_import();
    OBNOVA_CHECK(import.has_value());
    geo::LayerDescription description;
    description.id = "clinics";
    description.theme = geo::Theme::kFacilities;
    OBNOVA_CHECK(import->begin_layer(description, {{"beds", geo::FieldType::kInt}, {"note", geo::FieldType::kString}}).has_value());
    for (int i = 0; i < 3; ++i) {
      const std::vector<geo::Value> values = {geo::Value(std::int64_t{i}), geo::Value()};
      OBNOVA_CHECK(import->add_feature(std::string(1, static_cast<char>('a' + i)), place(i).view(), values).has_value());
    }
    OBNOVA_CHECK(import->commit("").has_value());
  }
  void open() {
    twin_.reset();
    TwinSettings settings;
    settings.store_folder = temporary_.path();
    settings.clock = [this] { return now_; };
    auto twin = Twin::open(std::move(settings));
    ASSERT_THAT(twin, Succeeds());
    twin_ = std::move(*twin);
  }

  static Geometry place(std::int64_t beds) { return Geometry::point({500'000.0 + 10.0 * static_cast<double>(beds), 5'590'000}); }
  static FactChange put(const std::string& feature, std::int64_t beds, const Period& valid = {}) {
    return {.layer = "clinics",
            .feature = feature,
            .valid = valid,
            .what = FactChange::Put{{.geometry = place(beds), .values = {geo::Value(beds), geo::Value()}}}};
  }
  static FactChange note(const std::string& feature, const std::string& text, const Period& valid = {}) {
    return {.layer = "clinics",
            .feature = feature,
            .valid = valid,
            .what = FactChange::Set{.values = {{1, geo::Value(text)}}, .geometry = std::nullopt}};
  }
  static FactChange remove(const std::string& feature, const Period& valid = {}) {
    return {.layer = "clinics", .feature = feature, .valid = valid, .what = FactChange::Remove{}};
  }
  Result<ChangesMade> apply(const std::vector<FactChange>& changes, const Authorship& authorship = {}, Revision expected = 0) {
    return twin_->apply_changes(
        "town", [&](const Snapshot&) { return changes; }, authorship, expected);
  }
  Revision applied(const std::vector<FactChange>& changes) {
    const auto made = apply(changes);
    EXPECT_THAT(made, Succeeds());
    return made ? made->revision : 0;
  }

  std::shared_ptr<const Snapshot> at(std::optional<Instant> valid_at, Revision revision = 0) const {
    v1::Context context;
    context.set_city("cities/town");
    context.set_revision(revision);
    if (valid_at) context.mutable_valid_at()->set_seconds(*valid_at / kSecond);
    const auto snapshot = twin_->resolve(context);
    EXPECT_THAT(snapshot, Succeeds());
    return snapshot.value_or(nullptr);
  }
  // "a0 b1": the clinics that are there, in the order of the layer, with beds and notes.
  static std::string clinics(const Snapshot& snapshot) {
    std::string text;
    const auto found = snapshot.city->layers().find("clinics");
    if (found == snapshot.city->layers().end()) return "no layer";
    const geo::Layer& layer = *found->second.layer;
    for (const FeatureId feature : layer.features()) {
      const std::int64_t beds = layer.column("beds")->int_at(feature);
      text += fmt_id(layer, feature) + std::to_string(beds) + std::string(layer.column("note")->text_at(feature)) + " ";
      // The place tells the same story, in the layer and in its index.
      EXPECT_EQ(Geometry::copy_of(layer.geometry(feature)), place(beds));
      const auto hits = found->second.index->in_window(place(beds).view().box());
      EXPECT_NE(std::ranges::find(hits, feature), hits.end());
    }
    if (!text.empty()) text.pop_back();
    return text;
  }
  static std::string fmt_id(const geo::Layer& layer, FeatureId feature) { return std::string(layer.feature_name(feature)); }
  std::string now() const { return clinics(*at(std::nullopt)); }

  TemporaryFolder temporary_;
  Instant now_ = 1'000'000 * kSecond;
  std::unique_ptr<Twin> twin_;
};

TEST_F(FactsTest, AnEditIsThereAtOnceAndAfterARestart) {
  EXPECT_EQ(now(), "a0 b1 c2");
  EXPECT_EQ(applied({put("b", 7), remove("c"), put("d", 3)}), 3);
  EXPECT_EQ(now(), "a0 b7 d3");
  const Digest digest = at(std::nullopt)->city->digest();
  open();
  EXPECT_EQ(now(), "a0 b7 d3");
  EXPECT_EQ(applied({put("c", 5)}), 4);
  EXPECT_EQ(now(), "a0 b7 c5 d3") << "what comes back takes its old row";
  EXPECT_NE(at(std::nullopt)->city->digest(), digest);
}

TEST_F(FactsTest, EveryPastRevisionIsAQuestion) {
  applied({put("b", 7)});
  applied({remove("b"), put("d", 3)});
  applied({remove("d")});
  for (const bool restarted : {false, true}) {
    if (restarted) open();
    EXPECT_EQ(clinics(*at(std::nullopt, 1)), "no layer");
    EXPECT_EQ(clinics(*at(std::nullopt, 2)), "a0 b1 c2");
    EXPECT_EQ(clinics(*at(std::nullopt, 3)), "a0 b7 c2");
    EXPECT_EQ(clinics(*at(std::nullopt, 4)), "a0 c2 d3");
    EXPECT_EQ(clinics(*at(std::nullopt, 5)), "a0 c2");
    EXPECT_EQ(at(std::nullopt, 4)->record.revision, 4);
  }
}

TEST_F(FactsTest, WhatIsPlannedComesTrueWhenItsTimeHasCome) {
  applied({put("d", 3, {now_ + 10 * kSecond, kForever}), note("a", "closed", {now_ + 20 * kSecond, now_ + 30 * kSecond})});
  EXPECT_EQ(now(), "a0 b1 c2");
  EXPECT_EQ(clinics(*at(now_ + 10 * kSecond)), "a0 b1 c2 d3");
  now_ += 9 * kSecond;
  EXPECT_EQ(now(), "a0 b1 c2");
  now_ += kSecond;
  EXPECT_EQ(now(), "a0 b1 c2 d3") << "the later version has the instant";
  now_ += 15 * kSecond;
  EXPECT_EQ(now(), "a0closed b1 c2 d3");
  open();
  EXPECT_EQ(now(), "a0closed b1 c2 d3") << "the table was written when it was not so";
  now_ += 10 * kSecond;
  EXPECT_EQ(now(), "a0 b1 c2 d3");
  applied({put("c", 9)});
  EXPECT_EQ(now(), "a0 b1 c9 d3");
}

TEST_F(FactsTest, SettingOneValueKeepsTheOthersOfEveryTime) {
  applied({put("a", 5, {now_ - 100 * kSecond, kForever})});
  applied({note("a", "!")});
  EXPECT_EQ(now(), "a5! b1 c2");
  EXPECT_EQ(clinics(*at(now_ - 101 * kSecond)), "a0! b1 c2");
}

TEST_F(FactsTest, ABatchIsCarriedOutWholeOrNotAtAll) {
  applied({put("b", 7)});
  const Digest before = at(std::nullopt)->city->digest();
  const auto refused = apply({put("a", 9), put("e", 4), remove("nobody")});
  EXPECT_THAT(refused, FailsSaying(ErrorCode::kNotFound, HasSubstr("nobody")));
  EXPECT_EQ(refused.error().field, "changes[2]");
  EXPECT_EQ(at(std::nullopt)->city->digest(), before);
  EXPECT_EQ(applied({put("b", 8), put("f", 6)}), 4);
  EXPECT_EQ(now(), "a0 b8 c2 f6");
  open();
  EXPECT_EQ(now(), "a0 b8 c2 f6");
  EXPECT_EQ(clinics(*at(std::nullopt, 3)), "a0 b7 c2");
}

TEST_F(FactsTest, ChangesOfOneBatchSeeEachOther) {
  applied({put("d", 3), note("d", "new"), remove("a"), put("a", 6), put("e", 1), remove("e")});
  EXPECT_EQ(now(), "a6 b1 c2 d3new");
  open();
  EXPECT_EQ(now(), "a6 b1 c2 d3new");
}

TEST_F(FactsTest, ARequestSentAgainChangesNothingAgain) {
  const auto first = apply({put("b", 7)}, {.request_id = "r-1"});
  applied({put("b", 8)});
  open();
  const auto again = apply({put("b", 7)}, {.request_id = "r-1"});
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->revision, first->revision);
  EXPECT_TRUE(again->were_made_before);
  EXPECT_EQ(now(), "a0 b8 c2");
}

TEST_F(FactsTest, AChangeOfAnOlderStateIsRefused) {
  applied({put("b", 7)});
  EXPECT_THAT(apply({put("b", 8)}, {}, 2), FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("revision 3, not 2")));
  EXPECT_THAT(apply({put("b", 8)}, {}, 3), Succeeds());
}

TEST_F(FactsTest, TheHistoryNamesWhoAndWhy) {
  ASSERT_THAT(apply({put("b", 7, {now_, kForever})}, {.author = "Оля", .reason = "survey"}), Succeeds());
  const auto versions = twin_->history_of("town", "clinics", "b");
  ASSERT_THAT(versions, Succeeds());
  ASSERT_EQ(versions->size(), 3U);
  EXPECT_EQ(versions->front().version.known_to, 3);
  EXPECT_EQ(versions->front().content.values[0], geo::Value(std::int64_t{1}));
  EXPECT_EQ(versions->back().content.values[0], geo::Value(std::int64_t{7}));
  EXPECT_EQ(versions->back().change.author, "Оля");
  EXPECT_EQ(twin_->history_of("town", "clinics", "a")->size(), 1U);
  EXPECT_THAT(twin_->history_of("town", "clinics", "x"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(twin_->history_of("town", "schools", "a"), FailsWith(ErrorCode::kNotFound));
}

// The naive model plays every batch for every question.
class FactsRandomTest : public FactsTest, public testing::WithParamInterface<int> {
 protected:
  struct Played {
    Revision revision;
    FactChange change;
  };
  std::string naive(Instant valid_at, Revision revision) const {
    std::map<int, std::string> clinics;  // By row.
    std::map<std::string, int> rows = {{"a", 0}, {"b", 1}, {"c", 2}};
    clinics[0] = "a0";
    clinics[1] = "b1";
    clinics[2] = "c2";
    for (const Played& played : played_) {
      const int next = static_cast<int>(rows.size());
      const int row = rows.emplace(played.change.feature, next).first->second;
      const bool applies = played.revision <= revision && played.change.valid.contains(valid_at);
      if (!applies) continue;
      if (const auto* put = std::get_if<FactChange::Put>(&played.change.what)) {
        clinics[row] = played.change.feature + std::to_string(std::get<std::int64_t>(put->content.values[0]));
      } else {
        clinics.erase(row);
      }
    }
    std::string text;
    for (const auto& [row, clinic] : clinics) text += clinic + " ";
    if (!text.empty()) text.pop_back();
    return text;
  }

  std::vector<Played> played_;
};

TEST_P(FactsRandomTest, EveryMomentIsAsIfAllWasPlayedAgain) {
  std::mt19937 random(GetParam());
  const auto below = [&random](int end) { return static_cast<int>(random() % end); };
  Revision revision = 2;
  for (int batch = 0; batch < 12; ++batch) {
    std::vector<FactChange> changes;
    for (int i = 0; i <= below(3); ++i) {
      const std::string feature(1, static_cast<char>('a' + below(6)));
      const Instant from = now_ + (below(20) - 10) * kSecond;
      const Period valid = {below(3) == 0 ? kEver : from, below(3) == 0 ? from + (1 + below(8)) * kSecond : kForever};
      changes.push_back(below(3) == 0 ? remove(feature, valid) : put(feature, 3 + below(50), valid));
    }
    const auto made = apply(changes);
    if (made) {
      revision = made->revision;
      for (const FactChange& change : changes) played_.push_back({revision, change});
    } else {
      ASSERT_EQ(made.error().code, ErrorCode::kNotFound) << "removed what is not there";
    }
    now_ += below(3) * kSecond;
    if (below(4) == 0) open();
    ASSERT_EQ(now(), naive(now_, revision)) << "batch " << batch;
    for (int i = 0; i < 10; ++i) {
      const Instant valid_at = now_ + (below(40) - 20) * kSecond;
      const Revision known = 2 + below(static_cast<int>(revision) - 1);
      ASSERT_EQ(clinics(*at(valid_at, known)), naive(valid_at, known)) << "batch " << batch << ", revision " << known;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FactsRandomTest, testing::Range(1, 16));

}  // namespace
}  // namespace obnova::server
