#include "geo/io/rule_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace obnova::geo {

namespace {

constexpr double kGreatestLimit = 1e6;

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

// Takes keys out of one table, remembers the first problem of the file, and in
// the end says which keys nobody asked for.
class RuleTable {
 public:
  RuleTable(const toml::table& table, std::string_view file_name, std::string prefix, std::optional<Error>& problem)
      : table_(table), file_name_(file_name), prefix_(std::move(prefix)), problem_(problem) {}

  bool has(std::string_view key) const { return table_.contains(key); }

  std::string text(std::string_view key, bool required) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return {};
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) complain(node->source(), key, "must be a text that is not empty");
    return value.value_or("");
  }

  bool flag(std::string_view key) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return false;
    const auto value = node->value_exact<bool>();
    if (!value) complain(node->source(), key, "must be true or false");
    return value.value_or(false);
  }

  std::optional<double> number(std::string_view key, bool required) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return std::nullopt;
    const auto value = node->is_number() ? node->value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value)) complain(node->source(), key, "must be a finite number");
    return value;
  }

  double limit(std::string_view key) {
    const double value = number(key, true).value_or(0);
    if (!(value >= 0 && value <= kGreatestLimit)) complain_at(key, fmt::format("must be from 0 to {}", kGreatestLimit));
    return value;
  }

  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> all;
    const toml::node* node = find(key, false);
    if (node == nullptr) return all;
    const toml::array* array = node->as_array();
    if (array == nullptr) complain(node->source(), key, "must be a list of texts");
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      const auto value = (*array)[i].value_exact<std::string>();
      if (!value || value->empty()) complain((*array)[i].source(), key, "must be a list of texts");
      all.push_back(value.value_or(""));
    }
    return all;
  }

  // One reader for each table of a list of tables.
  template <typename Read>
  void each(std::string_view key, bool required, const Read& read) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->empty() || !array->is_homogeneous<toml::table>()) {
      return complain(node->source(), key, "must be a list of at least one table");
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
      RuleTable inner(*(*array)[i].as_table(), file_name_, fmt::format("{}{}[{}].", prefix_, key, i), problem_);
      read(inner);
      inner.refuse_other_keys();
    }
  }

  void refuse_other_keys() {
    for (const auto& [key, node] : table_) {
      if (!known_.contains(std::string(key.str()))) complain(key.source(), key.str(), "is no key that belongs here");
    }
  }

  // About a key that may or may not be there.
  void complain_at(std::string_view key, std::string_view what) {
    const toml::node* node = table_.get(key);
    complain(node == nullptr ? table_.source() : node->source(), key, what);
  }

 private:
  const toml::node* find(std::string_view key, bool required) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr && required) complain(table_.source(), key, "is missing");
    return node;
  }

  void complain(const toml::source_region& where, std::string_view key, std::string_view what) {
    if (problem_) return;
    problem_ = Error{ErrorCode::kInvalidArgument, fmt::format("{}:{}: `{}{}` {}.", file_name_, where.begin.line, prefix_, key, what)};
  }

  const toml::table& table_;
  std::string_view file_name_;
  std::string prefix_;
  std::optional<Error>& problem_;
  std::set<std::string> known_;
};

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

LimitCase read_case(RuleTable& table) {
  LimitCase limit_case;
  limit_case.attribute = table.text("attribute", false);
  limit_case.at_least = table.number("at_least", false);
  limit_case.at_most = table.number("at_most", false);
  if (table.has("equals")) limit_case.equals = table.text("equals", true);
  limit_case.limit = table.limit("limit");
  const bool numeric = limit_case.at_least || limit_case.at_most;
  const bool conditional = numeric || limit_case.equals;
  if (limit_case.attribute.empty() && conditional) table.complain_at("attribute", "is missing, so the condition is on nothing");
  if (!limit_case.attribute.empty() && !conditional) table.complain_at("attribute", "stands without `at_least`, `at_most` or `equals`");
  if (numeric && limit_case.equals) table.complain_at("equals", "cannot stand beside `at_least` or `at_most`");
  if (limit_case.at_least > limit_case.at_most && limit_case.at_most) table.complain_at("at_most", "is less than `at_least`");
  return limit_case;
}

void read_limits(RuleTable& table, bool looks_at_features, Rule& rule) {
  if (rule.kind == RuleKind::kOutside) return;
  if (!table.has("limits")) {
    rule.limits.push_back({.attribute = {}, .at_least = {}, .at_most = {}, .equals = {}, .limit = table.limit("limit")});
    return;
  }
  if (table.has("limit")) return table.complain_at("limit", "cannot stand beside `limits`");
  if (!looks_at_features) return table.complain_at("limits", "needs features to choose by, give one `limit`");
  table.each("limits", true, [&](RuleTable& inner) { rule.limits.push_back(read_case(inner)); });
  for (std::size_t i = 0; i + 1 < rule.limits.size(); ++i) {
    if (rule.limits[i].attribute.empty()) table.complain_at("limits", "has cases after one that always holds");
  }
}

Rule read_rule(RuleTable& table) {
  Rule rule;
  rule.id = table.text("id", true);
  rule.title = table.text("title", true);
  const std::string word = table.text("kind", true);
  const auto kind = std::ranges::find(kKinds, word, &KindWord::word);
  if (kind == kKinds.end()) {
    table.complain_at("kind", "must be min_distance, outside, inside_setback, max_coverage, max_height or road_access");
    return rule;
  }
  rule.kind = kind->kind;
  const std::string severity = table.has("severity") ? table.text("severity", true) : "fail";
  if (severity != "fail" && severity != "warn") table.complain_at("severity", "must be fail or warn");
  rule.severity = severity == "warn" ? Severity::kWarn : Severity::kFail;
  rule.citation = table.text("citation", true);
  rule.verified = table.flag("verified");
  rule.uses = table.texts("uses");
  if (kind->looks_at_features) {
    rule.theme = theme_by_name(table.text("theme", true));
    if (!rule.theme) table.complain_at("theme", "must be a theme of layers, such as utilities");
    rule.filter = table.text("filter", false);
  }
  read_limits(table, kind->looks_at_features, rule);
  if (rule.kind == RuleKind::kRoadAccess) rule.profile = table.text("profile", true);
  if (rule.kind == RuleKind::kMaxCoverage) rule.unit = "ratio";
  if (rule.kind == RuleKind::kOutside) rule.unit = "m2";
  return rule;
}

Result<toml::table> parse_table(std::string_view toml, std::string_view file_name) {
  try {
    return toml::parse(toml, file_name);
  } catch (const toml::parse_error& error) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}.", file_name, error.source().begin.line, error.description()));
  }
}

}  // namespace

Result<RulePack> parse_rule_pack(std::string_view toml, std::string_view file_name) {
  const Result<toml::table> parsed = parse_table(toml, file_name);
  if (!parsed) return std::unexpected(parsed.error());
  std::optional<Error> problem;
  RulePack pack;
  RuleTable table(*parsed, file_name, "", problem);
  pack.id = table.text("id", true);
  pack.title = table.text("title", true);
  pack.version = table.text("version", true);
  if (!is_date(pack.version)) table.complain_at("version", "must be a date, \"YYYY-MM-DD\"");
  std::set<std::string> ids;
  table.each("rules", true, [&](RuleTable& inner) {
    pack.rules.push_back(read_rule(inner));
    if (!ids.insert(pack.rules.back().id).second) inner.complain_at("id", "is the id of another rule");
  });
  table.refuse_other_keys();
  if (problem) return std::unexpected(*problem);
  return pack;
}

Result<std::vector<RulePack>> read_rule_packs(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  if (error) return failure(ErrorCode::kInvalidArgument, fmt::format("The folder {} of rule packs cannot be read.", folder.string()));
  std::ranges::sort(files);
  std::map<std::string, RulePack> by_id;
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream) return failure(ErrorCode::kInvalidArgument, fmt::format("The rule pack {} cannot be read.", file.string()));
    auto pack = parse_rule_pack(text, file.string());
    if (!pack) return std::unexpected(pack.error());
    const std::string id = pack->id;
    if (!by_id.try_emplace(id, *std::move(pack)).second) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The rule pack {} has the id {} of another one.", file.string(), id));
    }
  }
  std::vector<RulePack> packs;
  for (auto& [id, pack] : by_id) packs.push_back(std::move(pack));
  return packs;
}

}  // namespace obnova::geo
