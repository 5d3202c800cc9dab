#include "geo/io/toml_table.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace obnova::geo {

struct TomlTable::Source {
  const toml::table& table;
  std::string_view file_name;
  std::string prefix;  // `rules[2].`
  std::optional<Error>& problem;
  std::set<std::string, std::less<>> known = {};  // The keys that were asked for.

  const toml::node* find(std::string_view key, Presence presence) {
    known.emplace(key);
    const toml::node* node = table.get(key);
    if (node == nullptr && presence == Presence::kRequired) complain(table.source(), key, "is missing");
    return node;
  }

  std::optional<double> number(const toml::node& node, std::string_view key, const NumberRange& range) const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value)) {
      complain(node.source(), key, "must be a finite number");
      return std::nullopt;
    }
    if (*value <= range.most && (range.least_excluded ? *value > range.least : *value >= range.least)) return value;
    complain(node.source(), key,
             range.least_excluded ? fmt::format("must be a number above {} and at most {}", range.least, range.most)
                                  : fmt::format("must be from {} to {}", range.least, range.most));
    return std::nullopt;
  }

  void complain(const toml::source_region& where, std::string_view key, std::string_view what) const {
    if (problem) return;
    problem = Error{ErrorCode::kInvalidArgument, fmt::format("{}:{}: `{}{}` {}.", file_name, where.begin.line, prefix, key, what)};
  }
};

bool TomlTable::has(std::string_view key) const { return source_.table.contains(key); }

std::string TomlTable::text(std::string_view key, Presence presence) {
  const toml::node* node = source_.find(key, presence);
  if (node == nullptr) return {};
  const auto value = node->value_exact<std::string>();
  if (!value || value->empty()) source_.complain(node->source(), key, "must be a text that is not empty");
  return value.value_or("");
}

bool TomlTable::flag(std::string_view key, bool when_absent) {
  const toml::node* node = source_.find(key, Presence::kOptional);
  if (node == nullptr) return when_absent;
  const auto value = node->value_exact<bool>();
  if (!value) source_.complain(node->source(), key, "must be true or false");
  return value.value_or(when_absent);
}

std::optional<double> TomlTable::number(std::string_view key, const NumberRange& range, Presence presence) {
  const toml::node* node = source_.find(key, presence);
  return node == nullptr ? std::nullopt : source_.number(*node, key, range);
}

std::vector<std::string> TomlTable::texts(std::string_view key, Presence presence) {
  std::vector<std::string> all;
  const toml::node* node = source_.find(key, presence);
  if (node == nullptr) return all;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    source_.complain(node->source(), key, "must be a list of texts");
    return all;
  }
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<std::string>();
    if (!value || value->empty()) source_.complain(item.source(), key, "must be a list of texts");
    all.push_back(value.value_or(""));
  }
  return all;
}

std::map<std::string, double> TomlTable::numbers(std::string_view key, const NumberRange& range, Presence presence) {
  std::map<std::string, double> all;
  const toml::node* node = source_.find(key, presence);
  if (node == nullptr) return all;
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    source_.complain(node->source(), key, "must be a table of numbers");
    return all;
  }
  for (const auto& [name, value] : *table) {
    const auto found = source_.number(value, fmt::format("{}.{}", key, name.str()), range);
    if (found) all.emplace(name.str(), *found);
  }
  return all;
}

void TomlTable::table(std::string_view key, const Reader& read) {
  const toml::node* node = source_.find(key, Presence::kOptional);
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table == nullptr) return source_.complain(node->source(), key, "must be a table");
  read_all({*table, source_.file_name, fmt::format("{}{}.", source_.prefix, key), source_.problem}, read);
}

void TomlTable::tables(std::string_view key, Presence presence, const Reader& read) {
  const toml::node* node = source_.find(key, presence);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->empty() || !array->is_homogeneous<toml::table>()) {
    return source_.complain(node->source(), key, "must be a list of at least one table");
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string prefix = fmt::format("{}{}[{}].", source_.prefix, key, i);
    read_all({*(*array)[i].as_table(), source_.file_name, prefix, source_.problem}, read);
  }
}

void TomlTable::complain(std::string_view key, std::string_view what) {
  const toml::node* node = source_.table.get(key);
  source_.complain(node == nullptr ? source_.table.source() : node->source(), key, what);
}

void TomlTable::read_all(Source source, const Reader& read) {
  TomlTable table(source);
  read(table);
  for (const auto& [key, node] : source.table) {
    if (!source.known.contains(key.str())) source.complain(key.source(), key.str(), "is no key that belongs here");
  }
}

Result<void> parse_toml(std::string_view text, std::string_view file_name, const TomlTable::Reader& read) {
  toml::table table;
  try {
    table = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}.", file_name, error.source().begin.line, error.description()));
  }
  std::optional<Error> problem;
  TomlTable::read_all({table, file_name, "", problem}, read);
  if (problem) return std::unexpected(*problem);
  return {};
}

Result<std::vector<TomlFile>> read_toml_files(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".toml") paths.push_back(entry->path());
  }
  if (error) return failure(ErrorCode::kInvalidArgument, fmt::format("The folder {} cannot be read.", folder.string()));
  std::ranges::sort(paths);
  std::vector<TomlFile> files;
  for (const std::filesystem::path& path : paths) {
    std::ifstream stream(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream) return failure(ErrorCode::kInvalidArgument, fmt::format("The file {} cannot be read.", path.string()));
    files.push_back({path.string(), std::move(text)});
  }
  return files;
}

}  // namespace obnova::geo
