#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
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

// A town with an empty layer of posts, which many people edit at once.
class GroupCommitTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = CityStore::create(
        temporary_.path() / "town.gpkg",
        {.id = "town", .title = "Town", .crs = "EPSG:32635", .crs_wkt = "", .create_time_s = 1'000'000'000, .revision = 1});
    OBNOVA_CHECK(store.has_value());
    auto import = store->begin_import();
    OBNOVA_CHECK(import.has_value());
    geo::LayerDescription description;
    description.id = "posts";
    description.theme = geo::Theme::kOther;
    OBNOVA_CHECK(import->begin_layer(description, {{"height", geo::FieldType::kInt}}).has_value());
    OBNOVA_CHECK(import->commit("").has_value());
    open();
  }
  void open() {
    twin_.reset();
    TwinSettings settings;
    settings.store_folder = temporary_.path();
    auto twin = Twin::open(std::move(settings));
    ASSERT_THAT(twin, Succeeds());
    twin_ = std::move(*twin);
  }

  static FactChange put(const std::string& feature, std::int64_t height) {
    return {.layer = "posts",
            .feature = feature,
            .valid = {},
            .what = FactChange::Put{
                {.geometry = Geometry::point({500'000.0 + static_cast<double>(height), 5'590'000}), .values = {geo::Value(height)}}}};
  }
  static FactChange remove(const std::string& feature) {
    return {.layer = "posts", .feature = feature, .valid = {}, .what = FactChange::Remove{}};
  }
  Result<ChangesMade> apply(const std::vector<FactChange>& changes, const Authorship& authorship = {}, Revision expected = 0) {
    return twin_->apply_changes("town", [&](const Snapshot&) { return changes; }, authorship, expected);
  }

  // Runs `edit(i)` for all i at once. The first to have the turn holds it until
  // all others are on their way, so that most of them are written together.
  template <typename Edit>
  void together(int count, const Edit& edit) {
    std::atomic<int> started = 0;
    std::thread first([&] {
      const auto made = twin_->apply_changes(
          "town",
          [&](const Snapshot&) {
            while (started < count) std::this_thread::yield();
            for (int i = 0; i < 10'000; ++i) std::this_thread::yield();
            return std::vector<FactChange>{put("first", 0)};
          },
          {}, 0);
      EXPECT_THAT(made, Succeeds());
    });
    std::vector<std::thread> others;
    for (int i = 0; i < count; ++i) {
      others.emplace_back([&, i] {
        ++started;
        edit(i);
      });
    }
    first.join();
    for (std::thread& other : others) other.join();
  }

  std::shared_ptr<const Snapshot> at(Revision revision = 0) const {
    v1::Context context;
    context.set_city("cities/town");
    context.set_revision(revision);
    const auto snapshot = twin_->resolve(context);
    EXPECT_THAT(snapshot, Succeeds());
    return snapshot.value_or(nullptr);
  }
  std::optional<std::int64_t> height(const std::string& feature, Revision revision = 0) const {
    const geo::Layer& layer = *at(revision)->city->layers().find("posts")->second.layer;
    const auto found = layer.find_feature(feature);
    return found ? std::optional(layer.column("height")->int_at(*found)) : std::nullopt;
  }

  TemporaryFolder temporary_;
  std::unique_ptr<Twin> twin_;
};

TEST_F(GroupCommitTest, EveryoneGetsARevisionOfTheirOwnThatKnowsTheirChange) {
  constexpr int kCount = 40;
  std::vector<Revision> revisions(kCount);
  together(kCount, [&](int i) {
    const auto made = apply({put("p" + std::to_string(i), i), put("shared", i)});
    ASSERT_THAT(made, Succeeds());
    revisions[i] = made->revision;
    EXPECT_GE(made->snapshot->record.revision, made->revision);
  });
  EXPECT_EQ(std::set<Revision>(revisions.begin(), revisions.end()).size(), std::size_t{kCount});
  for (const bool restarted : {false, true}) {
    if (restarted) open();
    EXPECT_EQ(at()->record.revision, 2 + 1 + kCount);
    for (int i = 0; i < kCount; ++i) {
      const std::string own = "p" + std::to_string(i);
      EXPECT_EQ(height(own), i);
      EXPECT_EQ(height(own, revisions[i]), i);
      EXPECT_EQ(height(own, revisions[i] - 1), std::nullopt);
      EXPECT_EQ(height("shared", revisions[i]), i);
    }
  }
}

TEST_F(GroupCommitTest, WhoeverIsWrongFailsAlone) {
  constexpr int kCount = 30;
  ASSERT_THAT(apply({put("old", 1)}), Succeeds());
  std::atomic<int> right_count = 0;
  together(kCount, [&](int i) {
    const std::string name = std::to_string(i);
    switch (i % 3) {
      case 0:
        right_count += apply({put("right" + name, i)}).has_value() ? 1 : 0;
        break;
      case 1:  // Half of it could be done: nothing is.
        EXPECT_THAT(apply({put("half" + name, i), put("old", i), remove("nobody")}),
                    FailsSaying(ErrorCode::kNotFound, HasSubstr("nobody")));
        break;
      default:
        EXPECT_THAT(apply({put("late" + name, i)}, {}, /*expected=*/1), FailsWith(ErrorCode::kFailedPrecondition));
    }
  });
  EXPECT_EQ(right_count, kCount / 3);
  for (const bool restarted : {false, true}) {
    if (restarted) open();
    EXPECT_EQ(at()->record.revision, 3 + 1 + kCount / 3);
    EXPECT_EQ(height("old"), 1);
    const geo::Layer& layer = *at()->city->layers().find("posts")->second.layer;
    EXPECT_EQ(layer.feature_count(), 2U + kCount / 3);
    for (const FeatureId feature : layer.features()) EXPECT_THAT(std::string(layer.feature_name(feature)), testing::Not(HasSubstr("half")));
  }
  // What was taken back may be said again.
  ASSERT_THAT(apply({put("half1", 5)}), Succeeds());
  EXPECT_EQ(height("half1"), 5);
}

TEST_F(GroupCommitTest, ARequestSentByManyIsCarriedOutOnce) {
  std::atomic<int> fresh_count = 0;
  std::vector<Revision> revisions(20);
  together(20, [&](int i) {
    const auto made = apply({put("once", i)}, {.author = "", .reason = "", .request_id = "the same"});
    ASSERT_THAT(made, Succeeds());
    revisions[i] = made->revision;
    if (!made->were_made_before) ++fresh_count;
  });
  EXPECT_EQ(fresh_count, 1);
  EXPECT_EQ(std::ranges::count(revisions, revisions.front()), 20);
  EXPECT_EQ(at()->record.revision, 4);
}

TEST_F(GroupCommitTest, OnlyOneOfThoseWhoExpectTheSameRevisionGetsIt) {
  std::atomic<int> won = 0;
  ASSERT_THAT(apply({put("a", 1)}), Succeeds());
  // The one who holds the turn makes revision 4.
  together(12, [&](int i) { won += apply({put("a", i)}, {}, /*expected=*/4).has_value() ? 1 : 0; });
  EXPECT_LE(won, 1);
  EXPECT_EQ(at()->record.revision, 4 + won);
}

TEST_F(GroupCommitTest, APatchThatHasGrownLargeIsPackedAndNobodySeesIt) {
  const auto layer = [this] { return at()->city->layers().find("posts")->second.layer; };
  constexpr int kCount = 1500;
  std::vector<FactChange> many;
  for (int i = 0; i < kCount; ++i) many.push_back(put("p" + std::to_string(i), i));
  ASSERT_THAT(apply(many), Succeeds());
  const auto before = layer();
  ASSERT_TRUE(before->is_patched());
  Revision edited = 0;
  std::int64_t height_now = 0;
  for (int edit = 0; layer()->changed_rows().size() >= kCount && edit < 100'000; ++edit) {
    const auto made = apply({put("p7", ++height_now), remove("p8"), put("p8", -edit), put("late" + std::to_string(edit), edit)});
    ASSERT_THAT(made, Succeeds());
    if (edit == 0) edited = made->revision;
    ASSERT_EQ(height("p7"), height_now);
  }
  EXPECT_LT(layer()->changed_rows().size(), std::size_t{kCount}) << "it was never packed";
  for (int i = 0; i < kCount; ++i) {
    const std::string name = "p" + std::to_string(i);
    ASSERT_EQ(layer()->find_row(name), before->find_row(name));
    if (i != 7 && i != 8) {
      EXPECT_EQ(height(name), i);
    }
  }
  EXPECT_EQ(height("p7", edited), 1);
  EXPECT_EQ(height("late0", edited - 1), std::nullopt);
  EXPECT_EQ(height("p8", edited - 1), 8);
  const std::size_t count = layer()->feature_count();
  const auto hits = at()->city->layers().find("posts")->second.index->in_window(layer()->extent());
  EXPECT_EQ(hits.size(), count);
  open();
  EXPECT_EQ(layer()->feature_count(), count);
  EXPECT_EQ(height("p7"), height_now);
}

TEST_F(GroupCommitTest, NobodyWaitsForACityThatIsGone) {
  together(8, [&](int i) {
    if (i == 4) {
      EXPECT_THAT(twin_->delete_city("town"), Succeeds());
    } else {
      const auto made = apply({put("a", i)});
      EXPECT_TRUE(made || made.error().code == ErrorCode::kNotFound);
    }
  });
  EXPECT_THAT(apply({put("a", 1)}), FailsWith(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace obnova::server
