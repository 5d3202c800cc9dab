#include "geo/io/rule_file.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "geo/io/toml_table.h"

namespace obnova::geo {

namespace {

constexpr NumberRange kLimit = {.least = 0, .most = 1e6};

struct KindWord {
  std::string_view word;
  RuleKind kind;
  bool looks_at_features;
};

constexpr std::array<KindWord, 6> kKinds = {{{"min_distance", RuleKind::kMinDistance, true},
                                             {"outside", RuleKind::kOutside, true},
                                             {"inside_setback", RuleKind::kInsideSetback, true},
                                             {"max_coverage", RuleKind::kMaxCoverage, true},
                                             {"max_height", RuleKind::kMaxHeight, false},
                                             {"road_access", RuleKind::kRoadAccess, false}}};

bool is_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : (text[i] < '0' || text[i] > '9')) return false;
  }
  const int month = (text[5] - '0') * 10 + text[6] - '0';
  const int day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

double read_limit(TomlTable& table) { return table.number("limit", kLimit, Presence::kRequired).value_or(0); }

LimitCase read_case(TomlTable& table) {
  LimitCase limit_case;
  limit_case.attribute = table.text("attribute");
  limit_case.at_least = table.number("at_least", {});
  limit_case.at_most = table.number("at_most", {});
  if (table.has("equals")) limit_case.equals = table.text("equals", Presence::kRequired);
  limit_case.limit = read_limit(table);
  const bool numeric = limit_case.at_least || limit_case.at_most;
  const bool conditional = numeric || limit_case.equals;
  if (limit_case.attribute.empty() && conditional) table.complain("attribute", "is missing, so the condition is on nothing");
  if (!limit_case.attribute.empty() && !conditional) table.complain("attribute", "stands without `at_least`, `at_most` or `equals`");
  if (numeric && limit_case.equals) table.complain("equals", "cannot stand beside `at_least` or `at_most`");
  if (limit_case.at_least > limit_case.at_most && limit_case.at_most) table.complain("at_most", "is less than `at_least`");
  return limit_case;
}

void read_limits(TomlTable& table, bool looks_at_features, Rule& rule) {
  if (rule.kind == RuleKind::kOutside) return;
  if (!table.has("limits")) {
    rule.limits.push_back({.attribute = {}, .at_least = {}, .at_most = {}, .equals = {}, .limit = read_limit(table)});
    return;
  }
  if (table.has("limit")) return table.complain("limit", "cannot stand beside `limits`");
  if (!looks_at_features) return table.complain("limits", "needs features to choose by, give one `limit`");
  table.tables("limits", Presence::kRequired, [&](TomlTable& inner) { rule.limits.push_back(read_case(inner)); });
  for (std::size_t i = 0; i + 1 < rule.limits.size(); ++i) {
    if (rule.limits[i].attribute.empty()) table.complain("limits", "has cases after one that always holds");
  }
}

Rule read_rule(TomlTable& table) {
  Rule rule;
  rule.id = table.text("id", Presence::kRequired);
  rule.title = table.text("title", Presence::kRequired);
  const std::string word = table.text("kind", Presence::kRequired);
  const auto kind = std::ranges::find(kKinds, word, &KindWord::word);
  if (kind == kKinds.end()) {
    table.complain("kind", "must be min_distance, outside, inside_setback, max_coverage, max_height or road_access");
    return rule;
  }
  rule.kind = kind->kind;
  const std::string severity = table.has("severity") ? table.text("severity", Presence::kRequired) : "fail";
  if (severity != "fail" && severity != "warn") table.complain("severity", "must be fail or warn");
  rule.severity = severity == "warn" ? Severity::kWarn : Severity::kFail;
  rule.citation = table.text("citation", Presence::kRequired);
  rule.verified = table.flag("verified", false);
  rule.uses = table.texts("uses");
  if (kind->looks_at_features) {
    rule.theme = theme_by_name(table.text("theme", Presence::kRequired));
    if (!rule.theme) table.complain("theme", "must be a theme of layers, such as utilities");
    rule.filter = table.text("filter");
  }
  read_limits(table, kind->looks_at_features, rule);
  if (rule.kind == RuleKind::kRoadAccess) rule.profile = table.text("profile", Presence::kRequired);
  if (rule.kind == RuleKind::kMaxCoverage) rule.unit = "ratio";
  if (rule.kind == RuleKind::kOutside) rule.unit = "m2";
  return rule;
}

void read_pack(TomlTable& table, RulePack& pack) {
  pack.id = table.text("id", Presence::kRequired);
  pack.title = table.text("title", Presence::kRequired);
  pack.version = table.text("version", Presence::kRequired);
  if (!is_date(pack.version)) table.complain("version", "must be a date, \"YYYY-MM-DD\"");
  std::set<std::string> ids;
  table.tables("rules", Presence::kRequired, [&](TomlTable& inner) {
    pack.rules.push_back(read_rule(inner));
    if (!ids.insert(pack.rules.back().id).second) inner.complain("id", "is the id of another rule");
  });
}

}  // namespace

Result<RulePack> parse_rule_pack(std::string_view toml, std::string_view file_name) {
  RulePack pack;
  const auto read = parse_toml(toml, file_name, [&](TomlTable& table) { read_pack(table, pack); });
  if (!read) return std::unexpected(read.error());
  return pack;
}

Result<std::vector<RulePack>> read_rule_packs(const std::filesystem::path& folder) {
  return read_toml_folder(folder, parse_rule_pack, "condition.toml");
}

}  // namespace obnova::geo
