#include "geo/io/profile_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace obnova::geo {
namespace {

struct Range {
  double least = 0;
  double most = std::numeric_limits<double>::max();
  bool least_excluded = false;
};

constexpr Range kSpeed = {.least = 0, .most = 300, .least_excluded = true};
constexpr Range kFactor = {.least = 0, .most = 2, .least_excluded = true};
constexpr Range kShare = {.least = 0, .most = 1, .least_excluded = true};
constexpr Range kDelay = {.least = 0, .most = 3600};
constexpr Range kSize = {.least = 0, .most = 1000};

// Takes keys out of one table, remembers the first problem, and in the end
// says which keys nobody asked for.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string_view file_name, std::string prefix, std::optional<Error>& problem)
      : table_(table), file_name_(file_name), prefix_(std::move(prefix)), problem_(problem) {}

  void read(std::string_view key, std::string& to, bool required = false) {
    if (const toml::node* node = find(key, required)) {
      const auto value = node->value_exact<std::string>();
      if (!value || value->empty()) return complain(node->source(), key, "must be a text that is not empty");
      to = *value;
    }
  }

  void read(std::string_view key, bool& to) {
    if (const toml::node* node = find(key)) {
      const auto value = node->value_exact<bool>();
      if (!value) return complain(node->source(), key, "must be true or false");
      to = *value;
    }
  }

  void read(std::string_view key, double& to, const Range& range) {
    if (const toml::node* node = find(key)) to = number(*node, key, range).value_or(to);
  }

  void read(std::string_view key, std::vector<std::string>& to, bool required = false) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) return complain(node->source(), key, "must be a list of texts");
    for (const toml::node& item : *array) {
      const auto value = item.value_exact<std::string>();
      if (!value || value->empty()) return complain(item.source(), key, "must be a list of texts");
      to.push_back(*value);
    }
  }

  void read(std::string_view key, std::map<std::string, double>& to, const Range& range, bool required = false) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    const toml::table* table = node->as_table();
    if (table == nullptr) return complain(node->source(), key, "must be a table of numbers");
    for (const auto& [name, value] : *table) {
      const auto found = number(value, fmt::format("{}.{}", key, name.str()), range);
      if (found) to[std::string(name.str())] = *found;
    }
  }

  // The table under a key, null when there is none.
  const toml::table* table(std::string_view key) {
    const toml::node* node = find(key);
    if (node != nullptr && !node->is_table()) complain(node->source(), key, "must be a table");
    return node == nullptr ? nullptr : node->as_table();
  }

  void refuse_other_keys() {
    for (const auto& [key, node] : table_) {
      if (!known_.contains(std::string(key.str()))) complain(key.source(), key.str(), "is no key of a profile");
    }
  }

 private:
  const toml::node* find(std::string_view key, bool required = false) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr && required) complain(table_.source(), key, "is missing");
    return node;
  }

  std::optional<double> number(const toml::node& node, std::string_view key, const Range& range) {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    const bool fits =
        value && std::isfinite(*value) && *value <= range.most && (range.least_excluded ? *value > range.least : *value >= range.least);
    if (fits) return value;
    complain(node.source(), key,
             fmt::format("must be a number {} {} and at most {}", range.least_excluded ? "above" : "of at least", range.least, range.most));
    return std::nullopt;
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

Result<toml::table> parse_table(std::string_view toml, std::string_view file_name) {
  try {
    return toml::parse(toml, file_name);
  } catch (const toml::parse_error& error) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}.", file_name, error.source().begin.line, error.description()));
  }
}

void read_vehicle(const toml::table& table, std::string_view file_name, std::optional<Error>& problem, Profile& profile) {
  TableReader reader(table, file_name, "vehicle.", problem);
  reader.read("height_m", profile.height_m, kSize);
  reader.read("width_m", profile.width_m, kSize);
  reader.read("length_m", profile.length_m, kSize);
  reader.read("weight_t", profile.weight_t, kSize);
  reader.refuse_other_keys();
}

}  // namespace

Result<Profile> parse_profile(std::string_view toml, std::string_view file_name) {
  const Result<toml::table> table = parse_table(toml, file_name);
  if (!table) return std::unexpected(table.error());
  std::optional<Error> problem;
  Profile profile;
  TableReader reader(*table, file_name, "", problem);
  reader.read("id", profile.id, true);
  reader.read("title", profile.title, true);
  reader.read("access_keys", profile.access_keys, true);
  reader.read("forbidden_values", profile.forbidden_values);
  reader.read("allowed_values", profile.allowed_values);
  reader.read("speed_kmh", profile.speed_kmh, kSpeed, true);
  reader.read("default_speed_kmh", profile.default_speed_kmh, {.least = 0, .most = 300});
  reader.read("max_speed_kmh", profile.max_speed_kmh, {.least = 0, .most = 300});
  reader.read("obeys_maxspeed", profile.obeys_maxspeed);
  reader.read("maxspeed_factor", profile.maxspeed_factor, kShare);
  reader.read("surface_factor", profile.surface_factor, kFactor);
  reader.read("oneway_keys", profile.oneway_keys);
  reader.read("obeys_turn_restrictions", profile.obeys_turn_restrictions);
  reader.read("restriction_exceptions", profile.restriction_exceptions);
  reader.read("blocking_barriers", profile.blocking_barriers);
  reader.read("barrier_delay_s", profile.barrier_delay_s, kDelay);
  if (const toml::table* vehicle = reader.table("vehicle")) read_vehicle(*vehicle, file_name, problem, profile);
  reader.refuse_other_keys();
  if (problem) return std::unexpected(*problem);
  return profile;
}

Result<std::vector<Profile>> read_profiles(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  if (files.empty()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The folder {} holds no profile (*.toml).", folder.string()));
  }
  std::ranges::sort(files);
  std::map<std::string, Profile> by_id;
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream) return failure(ErrorCode::kInvalidArgument, fmt::format("The profile {} cannot be read.", file.string()));
    Result<Profile> profile = parse_profile(text, file.string());
    if (!profile) return std::unexpected(profile.error());
    const std::string id = profile->id;
    if (!by_id.try_emplace(id, std::move(*profile)).second) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The profile {} has the id {} of another one.", file.string(), id));
    }
  }
  std::vector<Profile> profiles;
  for (auto& [id, profile] : by_id) profiles.push_back(std::move(profile));
  return profiles;
}

}  // namespace obnova::geo
