#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace obnova {

// A city as a list of all that was ever said, and nothing else: every question
// is answered by going through the list from its beginning.
class NaiveTwin {
 public:
  static constexpr int kEver = std::numeric_limits<int>::min();
  static constexpr int kForever = std::numeric_limits<int>::max();

  struct Thing {
    std::string note;
    std::optional<std::int64_t> capacity;
    int x = 0;
    auto operator<=>(const Thing&) const = default;
  };
  using Things = std::map<std::string, Thing>;

  enum class Verb { kPut, kNote, kCapacity, kRemove, kAdd };
  struct Saying {
    std::string feature;
    Verb verb = Verb::kPut;
    Thing thing;  // Of which the verb takes what it needs.
    int from = kEver;
    int to = kForever;
  };
  struct Project {
    bool is_cancelled = false;
    int end = kEver;
    std::vector<Saying> changes;
  };
  struct Scenario {
    std::string parent;
    std::int64_t parent_revision = 0;
    // A project by name, or a change of its own.
    std::vector<std::pair<std::string, Saying>> steps;
  };

  Things initial;
  // By revision, in order.
  std::vector<std::pair<std::int64_t, Saying>> edits;
  std::vector<std::tuple<std::int64_t, std::string, std::optional<Project>>> projects;
  std::vector<std::tuple<std::int64_t, std::string, std::optional<Scenario>>> scenarios;

  template <typename Record>
  static std::optional<Record> latest(const std::vector<std::tuple<std::int64_t, std::string, std::optional<Record>>>& records,
                                      const std::string& id, std::int64_t revision) {
    std::optional<Record> found;
    for (const auto& [since, name, record] : records) {
      if (since <= revision && name == id) found = record;
    }
    return found;
  }

  Things facts(std::int64_t revision, int at) const {
    Things things = initial;
    for (const auto& [since, saying] : edits) {
      if (since <= revision && saying.from <= at && at < saying.to) carry_out(things, saying);
    }
    return things;
  }

  // `stated` is the time of the context; nullopt is none, and it is `now`.
  Things resolve(const std::string& scenario, std::int64_t revision, std::optional<int> stated, int now) const {
    Things things = facts(revision, stated.value_or(now));
    if (!scenario.empty()) add_scenario(things, scenario, revision, revision, stated, now);
    return things;
  }

 private:
  static void carry_out(Things& things, const Saying& saying) {
    const bool is_there = things.contains(saying.feature);
    if (saying.verb == Verb::kPut || (saying.verb == Verb::kAdd && !is_there)) things[saying.feature] = saying.thing;
    if (saying.verb == Verb::kRemove) things.erase(saying.feature);
    if (!is_there) return;
    if (saying.verb == Verb::kNote) things[saying.feature].note = saying.thing.note;
    if (saying.verb == Verb::kCapacity) things[saying.feature].capacity = saying.thing.capacity;
  }

  static bool is_so(const Saying& saying, int done, std::optional<int> stated, int now) {
    const int from = saying.from == kEver ? done : saying.from;
    const int at = stated.value_or(now);
    if (!stated && saying.to == kForever) return true;
    return from <= at && at < saying.to;
  }

  void add_scenario(Things& things, const std::string& id, std::int64_t steps_revision, std::int64_t revision, std::optional<int> stated,
                    int now) const {
    const auto scenario = latest(scenarios, id, steps_revision);
    if (!scenario) return;
    if (!scenario->parent.empty()) {
      const std::int64_t held = scenario->parent_revision == 0 ? steps_revision : std::min(steps_revision, scenario->parent_revision);
      add_scenario(things, scenario->parent, held, revision, stated, now);
    }
    for (const auto& [project_id, own] : scenario->steps) {
      if (project_id.empty()) {
        if (is_so(own, kEver, stated, now)) carry_out(things, own);
        continue;
      }
      const auto project = latest(projects, project_id, revision);
      if (!project || project->is_cancelled) continue;
      for (const Saying& change : project->changes) {
        if (is_so(change, project->end, stated, now)) carry_out(things, change);
      }
    }
  }
};

}  // namespace obnova
