#include "geo/io/scale_file.h"

#include <algorithm>
#include <set>
#include <string>

#include "geo/io/toml_table.h"

namespace obnova::geo {

namespace {

constexpr NumberRange kShare = {.least = 0, .most = 1};

Interval read_interval(TomlTable& table, std::string_view key) {
  Interval interval;
  if (!table.has(key)) table.complain(key, "is missing");
  table.table(key, [&](TomlTable& inner) {
    interval.least = inner.number("least", kShare, Presence::kRequired).value_or(0);
    interval.expected = inner.number("expected", kShare, Presence::kRequired).value_or(0.5);
    interval.most = inner.number("most", kShare, Presence::kRequired).value_or(1);
    if (interval.expected < interval.least) inner.complain("expected", "is less than `least`");
    if (interval.most < interval.expected) inner.complain("most", "is less than `expected`");
  });
  return interval;
}

Subjects read_subjects(TomlTable& table) {
  Subjects subjects;
  for (const std::string& word : table.texts("speaks_of", Presence::kRequired)) {
    const auto subject = subject_by_name(word);
    if (subject) subjects.add(*subject);
    if (!subject) table.complain("speaks_of", "must hold building, road or ground");
  }
  if (subjects.empty()) table.complain("speaks_of", "must hold building, road or ground");
  return subjects;
}

// A code that says nothing has no intervals: everything stays possible.
void read_meaning(TomlTable& table, DamageCode& code) {
  const std::string word = table.text("grade", Presence::kRequired);
  code.complete = table.flag("complete", true);
  if (word == "unassessed") {
    if (table.has("damage_ratio")) table.complain("damage_ratio", "cannot stand beside the grade unassessed");
    if (table.has("functionality")) table.complain("functionality", "cannot stand beside the grade unassessed");
    code.complete = false;
    return;
  }
  code.grade = grade_by_name(word);
  if (!code.grade) table.complain("grade", "must be none, possible, slight, moderate, severe, destroyed or unassessed");
  code.damage_ratio = read_interval(table, "damage_ratio");
  code.functionality = read_interval(table, "functionality");
}

DamageCode read_code(TomlTable& table) {
  DamageCode code;
  code.id = table.text("id", Presence::kRequired);
  code.title = table.text("title", Presence::kRequired);
  code.words.push_back(folded_word(code.id));
  for (const std::string& word : table.texts("words")) {
    code.words.push_back(folded_word(word));
    if (code.words.back().empty()) table.complain("words", "must not be blank");
  }
  std::ranges::sort(code.words);
  code.words.erase(std::unique(code.words.begin(), code.words.end()), code.words.end());
  code.speaks_of = read_subjects(table);
  read_meaning(table, code);
  return code;
}

void read_scale(TomlTable& table, DamageScale& scale) {
  scale.id = table.text("id", Presence::kRequired);
  scale.title = table.text("title", Presence::kRequired);
  scale.source = table.text("source", Presence::kRequired);
  scale.citation = table.text("citation", Presence::kRequired);
  scale.verified = table.flag("verified", false);
  scale.code_columns = table.texts("code_columns");
  scale.date_columns = table.texts("date_columns");
  scale.area_layers = table.texts("area_layers");
  std::set<std::string> words;
  table.tables("codes", Presence::kRequired, [&](TomlTable& inner) {
    scale.codes.push_back(read_code(inner));
    for (const std::string& word : scale.codes.back().words) {
      if (!words.insert(word).second) inner.complain("words", "holds `" + word + "`, which another code has");
    }
  });
}

}  // namespace

Result<DamageScale> parse_damage_scale(std::string_view toml, std::string_view file_name) {
  DamageScale scale;
  const auto read = parse_toml(toml, file_name, [&](TomlTable& table) { read_scale(table, scale); });
  if (!read) return std::unexpected(read.error());
  return scale;
}

Result<std::vector<DamageScale>> read_damage_scales(const std::filesystem::path& folder) {
  return read_toml_folder(folder, parse_damage_scale);
}

}  // namespace obnova::geo
