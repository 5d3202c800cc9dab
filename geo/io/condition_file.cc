#include "geo/io/condition_file.h"

#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "geo/io/toml_table.h"

namespace obnova::geo {

namespace {

constexpr NumberRange kShare = {.least = 0, .most = 1};
constexpr NumberRange kDays = {.least = 0, .most = 36525};

Interval read_interval(TomlTable& table, std::string_view key) {
  Interval interval;
  if (!table.has(key)) table.complain(key, "is missing");
  table.table(key, [&](TomlTable& inner) {
    interval.least = inner.number("least", kShare, Presence::kRequired).value_or(0);
    interval.expected = inner.number("expected", kShare, Presence::kRequired).value_or(0);
    interval.most = inner.number("most", kShare, Presence::kRequired).value_or(1);
    if (!is_valid(interval)) inner.complain("expected", "must lie between `least` and `most`");
  });
  return interval;
}

// Falling steps make the pessimistic case never better than the optimistic one.
std::vector<ShareStep> read_steps(TomlTable& table, std::string_view key) {
  std::vector<ShareStep> steps;
  table.tables(key, Presence::kRequired, [&](TomlTable& inner) {
    const ShareStep step = {inner.number("from", kShare, Presence::kRequired).value_or(0),
                            inner.number("share", {.least = 0, .most = 1, .least_excluded = true}, Presence::kRequired).value_or(1)};
    if (!steps.empty() && step.from >= steps.back().from) inner.complain("from", "must be less than that of the step before");
    if (!steps.empty() && step.share > steps.back().share) inner.complain("share", "must not be more than that of the step before");
    steps.push_back(step);
  });
  return steps;
}

void read_rule(TomlTable& table, ConditionRule& rule) {
  rule.id = table.text("id", Presence::kRequired);
  rule.title = table.text("title", Presence::kRequired);
  rule.version = table.text("version", Presence::kRequired);
  rule.citation = table.text("citation", Presence::kRequired);
  rule.same_look_days = table.number("same_look_days", kDays, Presence::kRequired).value_or(0);
  rule.repair_days = table.number("repair_days", kDays, Presence::kRequired).value_or(0);
  if (rule.repair_days < rule.same_look_days) table.complain("repair_days", "is less than `same_look_days`");
  rule.unstated_weight_t =
      table.number("unstated_weight_t", {.least = 0, .most = 1000, .least_excluded = true}, Presence::kRequired).value_or(40);
  if (!table.has("unlisted")) table.complain("unlisted", "is missing");
  table.table("unlisted", [&](TomlTable& inner) {
    rule.unlisted.id = "unlisted";
    rule.unlisted.title = "Not listed by a survey of everything damaged";
    rule.unlisted.grade = Grade::kNone;
    rule.unlisted.damage_ratio = read_interval(inner, "damage_ratio");
    rule.unlisted.functionality = read_interval(inner, "functionality");
  });
  rule.roads = read_steps(table, "roads");
  rule.bridges = read_steps(table, "bridges");
  rule.facilities = read_steps(table, "facilities");
  rule.buildings = read_steps(table, "buildings");
  rule.utilities = read_steps(table, "utilities");
}

}  // namespace

Result<ConditionRule> parse_condition_rule(std::string_view toml, std::string_view file_name) {
  ConditionRule rule;
  const auto read = parse_toml(toml, file_name, [&](TomlTable& table) { read_rule(table, rule); });
  if (!read) return std::unexpected(read.error());
  return rule;
}

Result<ConditionRule> read_condition_rule(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) return failure(ErrorCode::kInvalidArgument, fmt::format("The file {} cannot be read.", file.string()));
  return parse_condition_rule(text, file.string());
}

}  // namespace obnova::geo
