#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "geo/base/result.h"

namespace obnova::geo {

// Whether a file may do without a key.
enum class Presence { kOptional, kRequired };

// The numbers a key may have. Whatever the range, they are finite.
struct NumberRange {
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
  bool least_excluded = false;
};

// One table of a strict TOML file. The caller takes out the keys it knows; a
// key that nobody asked for is a problem, as is a value of another type.
//
//   const auto read = parse_toml(text, "car.toml", [&](TomlTable& table) {
//     id = table.text("id", Presence::kRequired);
//     speed_kmh = table.number("speed_kmh", {.least = 0, .most = 300}).value_or(50);
//   });
//
// Reading goes on after a problem as if the key were absent, so callers need no
// branches; only the first problem of the file is kept. A table lives as long
// as the call of the reader that it is handed to.
class TomlTable {
 public:
  using Reader = std::function<void(TomlTable&)>;

  TomlTable(const TomlTable&) = delete;
  TomlTable& operator=(const TomlTable&) = delete;

  // Whether the key is there. Does not count as asking for it.
  bool has(std::string_view key) const;

  // A text that is not empty; "" when the key is absent.
  std::string text(std::string_view key, Presence presence = Presence::kOptional);
  bool flag(std::string_view key, bool when_absent);
  std::optional<double> number(std::string_view key, const NumberRange& range, Presence presence = Presence::kOptional);
  // A list of texts that are not empty.
  std::vector<std::string> texts(std::string_view key, Presence presence = Presence::kOptional);
  // A table of nothing but numbers, whatever their names.
  std::map<std::string, double> numbers(std::string_view key, const NumberRange& range, Presence presence = Presence::kOptional);

  // Hands the table under a key to `read`, if there is one.
  void table(std::string_view key, const Reader& read);
  // Hands over each table of a list, which has at least one when it is there.
  void tables(std::string_view key, Presence presence, const Reader& read);

  // Notes a problem with a key that may or may not be there: "`key` must be …".
  void complain(std::string_view key, std::string_view what);

 private:
  struct Source;  // toml++'s table and where it stands; its headers stay in the .cc file.
  friend Result<void> parse_toml(std::string_view text, std::string_view file_name, const Reader& read);

  explicit TomlTable(Source& source) : source_(source) {}
  static void read_all(Source source, const Reader& read);

  Source& source_;
};

// Hands the outermost table of a TOML text to `read`. Fails with
// kInvalidArgument and the first problem: "file:line: `key` is missing.".
Result<void> parse_toml(std::string_view text, std::string_view file_name, const TomlTable::Reader& read);

struct TomlFile {
  std::string name;
  std::string text;
};

// Every *.toml of a folder, by name. Fails when the folder or one of them cannot be read.
Result<std::vector<TomlFile>> read_toml_files(const std::filesystem::path& folder);

template <typename T>
using TomlParser = Result<T> (*)(std::string_view text, std::string_view file_name);

// What `parse(text, file_name)` makes of every *.toml of a folder but the one
// named `except`, by its `id`. Fails when one fails or two share an id.
template <typename T>
Result<std::vector<T>> read_toml_folder(const std::filesystem::path& folder, TomlParser<T> parse, std::string_view except = {}) {
  const auto files = read_toml_files(folder);
  if (!files) return std::unexpected(files.error());
  std::map<std::string, T> by_id;
  for (const TomlFile& file : *files) {
    if (std::filesystem::path(file.name).filename() == except) continue;
    Result<T> parsed = parse(file.text, file.name);
    if (!parsed) return std::unexpected(parsed.error());
    const std::string id = parsed->id;
    if (!by_id.try_emplace(id, *std::move(parsed)).second) {
      return failure(ErrorCode::kInvalidArgument, "The file " + file.name + " has the id " + id + " of another one.");
    }
  }
  std::vector<T> all;
  for (auto& [id, one] : by_id) all.push_back(std::move(one));
  return all;
}

}  // namespace obnova::geo
