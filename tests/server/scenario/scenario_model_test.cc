#include <random>

#include <gtest/gtest.h>

#include "geo/base/wkb.h"
#include "server/rpc/feature_handlers.h"
#include "server/rpc/scenario_handlers.h"
#include "tests/support/brute_force_scenarios.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {
namespace {

using Saying = NaiveTwin::Saying;
using Verb = NaiveTwin::Verb;

constexpr int kNow = 5;  // Seconds since 1970, as all times here.

// A city of things and the list of all that was ever said of it, changed alike
// by random requests.
class RandomCity {
 public:
  explicit RandomCity(std::uint64_t seed) : random_(seed) { write_city(); }

  void open() {
    twin_.reset();
    auto twin = Twin::open(
        {.store_folder = folder_.path(), .profiles = {}, .rule_packs = {}, .ingest = {}, .clock = [] { return kNow * 1'000'000; }});
    ASSERT_THAT(twin, Succeeds());
    twin_ = std::move(*twin);
  }
  void change_something() {
    const int kind = number(10);
    if (kind < 4) edit();
    if (kind >= 4 && kind < 7) change_project();
    if (kind >= 7) change_scenario();
  }
  void compare_somewhere() const;

 private:
  int number(int below) const { return static_cast<int>(random_() % static_cast<std::uint64_t>(below)); }
  std::string thing_id() const { return "t" + std::to_string(number(6)); }
  std::string project_id() const { return "p" + std::to_string(number(3)); }
  std::string scenario_id() const { return "s" + std::to_string(number(4)); }
  std::int64_t revision() const { return (*twin_->resolve(context()))->record.revision; }
  static v1::Context context() {
    v1::Context result;
    result.set_city("cities/things");
    return result;
  }
  static Geometry place(int x) { return Geometry::point({500'000.0 + x, 5'590'000}); }

  void write_city() {
    const auto plane = geo::Projection::make("EPSG:4326", "EPSG:32635");
    auto store = CityStore::create(
        folder_.path() / "things.gpkg",
        {.id = "things", .title = "", .crs = "EPSG:32635", .crs_wkt = plane->plane_wkt(), .create_time_s = 1, .revision = 1});
    ASSERT_THAT(store, Succeeds());
    auto import = store->begin_import();
    geo::LayerDescription description;
    description.id = "things";
    description.theme = geo::Theme::kFacilities;
    ASSERT_THAT(import->begin_layer(description, {{"note", geo::FieldType::kString}, {"capacity", geo::FieldType::kInt}}), Succeeds());
    for (int i = 0; i < 3; ++i) {
      const NaiveTwin::Thing thing{.note = "first", .capacity = i, .x = i};
      const std::vector<geo::Value> values = {geo::Value(thing.note), geo::Value(*thing.capacity)};
      ASSERT_THAT(import->add_feature("t" + std::to_string(i), place(i).view(), values), Succeeds());
      model_.initial["t" + std::to_string(i)] = thing;
    }
    ASSERT_THAT(import->commit(""), Succeeds());
  }

  // Of few values, so that the same is often said twice.
  Saying saying(std::vector<Verb> verbs) const {
    Saying result{.feature = thing_id(), .verb = verbs[static_cast<std::size_t>(number(static_cast<int>(verbs.size())))], .thing = {}};
    result.thing = {.note = "n" + std::to_string(number(3)), .capacity = number(3), .x = number(3)};
    if (number(3) == 0) result.from = number(8);
    if (number(4) == 0) result.to = (result.from == NaiveTwin::kEver ? 0 : result.from) + 1 + number(5);
    return result;
  }

  template <typename Message>
  static void set_times(const Saying& said, Message& message) {
    if (said.from != NaiveTwin::kEver) message.mutable_valid_from()->set_seconds(said.from);
    if (said.to != NaiveTwin::kForever) message.mutable_valid_to()->set_seconds(said.to);
  }
  template <typename Content>
  static void fill(const NaiveTwin::Thing& thing, Content& content) {
    (*content.mutable_attributes())["note"].set_string_value(thing.note);
    if (thing.capacity) (*content.mutable_attributes())["capacity"].set_int_value(*thing.capacity);
    content.mutable_geometry()->set_wkb(to_wkb(place(thing.x).view()));
    content.mutable_geometry()->set_srid(32635);
  }

  void edit() {
    const Saying said = saying({Verb::kPut, Verb::kNote, Verb::kCapacity, Verb::kRemove});
    v1::ApplyChangesRequest request;
    *request.mutable_context() = context();
    v1::FeatureChange& change = *request.add_changes();
    change.set_layer("things");
    change.set_feature(said.feature);
    set_times(said, change);
    if (said.verb == Verb::kPut) fill(said.thing, *change.mutable_put());
    if (said.verb == Verb::kNote) (*change.mutable_set()->mutable_attributes())["note"].set_string_value(said.thing.note);
    if (said.verb == Verb::kCapacity) (*change.mutable_set()->mutable_attributes())["capacity"].set_int_value(*said.thing.capacity);
    if (said.verb == Verb::kRemove) change.mutable_remove();
    const auto made = apply_changes(*twin_, call_, request);
    if (made) model_.edits.emplace_back(made->revision(), said);  // Else there was nothing to change.
  }

  static v1::Change message_of(const Saying& said) {
    v1::Change change;
    change.set_layer("things");
    change.set_feature(said.feature);
    set_times(said, change);
    if (said.verb == Verb::kAdd) fill(said.thing, *change.mutable_add());
    if (said.verb == Verb::kNote) (*change.mutable_set_attributes()->mutable_attributes())["note"].set_string_value(said.thing.note);
    if (said.verb == Verb::kCapacity) change.mutable_set_capacity()->set_capacity(*said.thing.capacity);
    if (said.verb == Verb::kRemove) change.mutable_remove();
    return change;
  }
  Saying planned() const { return saying({Verb::kAdd, Verb::kAdd, Verb::kNote, Verb::kCapacity, Verb::kRemove}); }

  void change_project() {
    const std::string id = project_id();
    const bool is_there = NaiveTwin::latest(model_.projects, id, revision()).has_value();
    if (is_there && number(4) == 0) {
      v1::DeleteProjectRequest request;
      request.set_name("cities/things/projects/" + id);
      const auto made = delete_project(*twin_, call_, request);
      if (made) model_.projects.emplace_back(made->revision(), id, std::nullopt);
      return;
    }
    NaiveTwin::Project project{.is_cancelled = number(5) == 0, .end = number(2) == 0 ? number(8) : NaiveTwin::kEver, .changes = {}};
    v1::Project message;
    if (project.is_cancelled) message.set_status("cancelled");
    if (project.end != NaiveTwin::kEver) message.mutable_schedule()->mutable_end_time()->set_seconds(project.end);
    for (int i = number(4); i > 0; --i) {
      project.changes.push_back(planned());
      *message.add_changes() = message_of(project.changes.back());
    }
    v1::UpdateProjectRequest update;
    message.set_name("cities/things/projects/" + id);
    *update.mutable_project() = message;
    update.mutable_update_mask()->add_paths("*");
    v1::CreateProjectRequest create;
    *create.mutable_context() = context();
    create.set_project_id(id);
    *create.mutable_project() = message;
    const std::int64_t made = is_there ? update_project(*twin_, call_, update)->project().revision()
                                       : create_project(*twin_, call_, create)->project().revision();
    model_.projects.emplace_back(made, id, project);
  }

  void change_scenario() {
    const std::string id = scenario_id();
    const bool is_there = NaiveTwin::latest(model_.scenarios, id, revision()).has_value();
    if (is_there && number(5) == 0) {
      v1::DeleteScenarioRequest request;
      request.set_name("cities/things/scenarios/" + id);
      const auto made = delete_scenario(*twin_, call_, request);
      if (made) model_.scenarios.emplace_back(made->revision(), id, std::nullopt);
      return;
    }
    NaiveTwin::Scenario scenario;
    v1::Scenario message;
    message.set_name("cities/things/scenarios/" + id);
    if (number(2) == 0) {
      scenario.parent = scenario_id();
      scenario.parent_revision = number(2) == 0 ? 1 + number(static_cast<int>(revision())) : 0;
      message.mutable_parent()->set_scenario("cities/things/scenarios/" + scenario.parent);
      message.mutable_parent()->set_revision(scenario.parent_revision);
    }
    for (int i = number(4); i > 0; --i) {
      const bool is_own = number(2) == 0;
      scenario.steps.emplace_back(is_own ? "" : project_id(), is_own ? planned() : Saying());
      v1::ScenarioStep& step = *message.add_steps();
      if (is_own) *step.mutable_change() = message_of(scenario.steps.back().second);
      if (!is_own) step.set_project("cities/things/projects/" + scenario.steps.back().first);
    }
    v1::UpdateScenarioRequest update;
    *update.mutable_scenario() = message;
    update.mutable_update_mask()->add_paths("*");
    v1::CreateScenarioRequest create;
    *create.mutable_context() = context();
    create.set_scenario_id(id);
    *create.mutable_scenario() = message;
    if (is_there) {
      const auto made = update_scenario(*twin_, call_, update);  // Refused when it lists what is not there.
      if (made) model_.scenarios.emplace_back(made->scenario().revision(), id, scenario);
    } else {
      const auto made = create_scenario(*twin_, call_, create);
      if (made) model_.scenarios.emplace_back(made->scenario().revision(), id, scenario);
    }
  }

  static NaiveTwin::Things things_of(const Snapshot& snapshot) {
    const geo::Layer& layer = *snapshot.city->layers().find("things")->second.layer;
    NaiveTwin::Things things;
    for (const FeatureId feature : layer.features()) {
      NaiveTwin::Thing thing;
      thing.note = std::string(layer.column("note")->text_at(feature));
      if (!layer.column("capacity")->is_null(feature)) thing.capacity = layer.column("capacity")->int_at(feature);
      thing.x = static_cast<int>(layer.geometry(feature).points[0].x_m - 500'000);
      things.emplace(layer.feature_name(feature), thing);
    }
    return things;
  }

  mutable std::mt19937_64 random_;
  TemporaryFolder folder_;
  std::unique_ptr<Twin> twin_;
  NaiveTwin model_;
  Call call_{std::chrono::steady_clock::now() + std::chrono::hours(1)};
};

void RandomCity::compare_somewhere() const {
  v1::Context asked = context();
  const std::int64_t newest = revision();
  const std::int64_t at_revision = number(3) == 0 ? newest : 2 + number(static_cast<int>(newest - 1));
  if (at_revision != newest || number(2) == 0) asked.set_revision(at_revision);
  std::optional<int> stated;
  if (number(2) == 0) stated = number(14) - 1;
  if (stated) asked.mutable_valid_at()->set_seconds(*stated);
  const auto facts = twin_->resolve(asked);
  ASSERT_THAT(facts, Succeeds());
  EXPECT_EQ(things_of(**facts), model_.resolve("", at_revision, stated, kNow));
  const std::string scenario = scenario_id();
  asked.set_scenario("cities/things/scenarios/" + scenario);
  const auto snapshot = twin_->resolve(asked);
  ASSERT_EQ(snapshot.has_value(), NaiveTwin::latest(model_.scenarios, scenario, at_revision).has_value());
  if (!snapshot) return;
  EXPECT_EQ(things_of(**snapshot), model_.resolve(scenario, at_revision, stated, kNow)) << asked.DebugString();
  EXPECT_EQ((*snapshot)->city->digest() == (*facts)->city->digest(), things_of(**snapshot) == things_of(**facts));
}

TEST(ScenarioModelTest, EveryContextOfARandomHistoryIsWhatTheListOfAllSayingsGives) {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    SCOPED_TRACE(seed);
    RandomCity city(seed);
    city.open();
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i) {
      city.change_something();
      for (int k = 0; k < 3; ++k) city.compare_somewhere();
    }
    city.open();
    for (int k = 0; k < 100 && !testing::Test::HasFailure(); ++k) city.compare_somewhere();
  }
}

}  // namespace
}  // namespace obnova::server
