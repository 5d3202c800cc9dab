#include "geo/io/profile_file.h"

#include <fmt/format.h>

#include "geo/io/toml_table.h"

namespace obnova::geo {
namespace {

constexpr NumberRange kClassSpeed = {.least = 0, .most = 300, .least_excluded = true};
constexpr NumberRange kSpeed = {.least = 0, .most = 300};
constexpr NumberRange kFactor = {.least = 0, .most = 2, .least_excluded = true};
constexpr NumberRange kShare = {.least = 0, .most = 1, .least_excluded = true};
constexpr NumberRange kDelay = {.least = 0, .most = 3600};
constexpr NumberRange kSize = {.least = 0, .most = 1000};

void read_vehicle(TomlTable& table, Profile& profile) {
  profile.height_m = table.number("height_m", kSize).value_or(profile.height_m);
  profile.width_m = table.number("width_m", kSize).value_or(profile.width_m);
  profile.length_m = table.number("length_m", kSize).value_or(profile.length_m);
  profile.weight_t = table.number("weight_t", kSize).value_or(profile.weight_t);
}

void read_profile(TomlTable& table, Profile& profile) {
  profile.id = table.text("id", Presence::kRequired);
  profile.title = table.text("title", Presence::kRequired);
  profile.access_keys = table.texts("access_keys", Presence::kRequired);
  profile.forbidden_values = table.texts("forbidden_values");
  profile.allowed_values = table.texts("allowed_values");
  profile.speed_kmh = table.numbers("speed_kmh", kClassSpeed, Presence::kRequired);
  profile.default_speed_kmh = table.number("default_speed_kmh", kSpeed).value_or(profile.default_speed_kmh);
  profile.max_speed_kmh = table.number("max_speed_kmh", kSpeed).value_or(profile.max_speed_kmh);
  profile.obeys_maxspeed = table.flag("obeys_maxspeed", profile.obeys_maxspeed);
  profile.maxspeed_factor = table.number("maxspeed_factor", kShare).value_or(profile.maxspeed_factor);
  profile.surface_factor = table.numbers("surface_factor", kFactor);
  profile.oneway_keys = table.texts("oneway_keys");
  profile.obeys_turn_restrictions = table.flag("obeys_turn_restrictions", profile.obeys_turn_restrictions);
  profile.restriction_exceptions = table.texts("restriction_exceptions");
  profile.blocking_barriers = table.texts("blocking_barriers");
  profile.barrier_delay_s = table.numbers("barrier_delay_s", kDelay);
  table.table("vehicle", [&](TomlTable& inner) { read_vehicle(inner, profile); });
}

}  // namespace

Result<Profile> parse_profile(std::string_view toml, std::string_view file_name) {
  Profile profile;
  const auto read = parse_toml(toml, file_name, [&](TomlTable& table) { read_profile(table, profile); });
  if (!read) return std::unexpected(read.error());
  return profile;
}

Result<std::vector<Profile>> read_profiles(const std::filesystem::path& folder) {
  auto profiles = read_toml_folder(folder, parse_profile);
  if (profiles && profiles->empty()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The folder {} holds no profile (*.toml).", folder.string()));
  }
  return profiles;
}

}  // namespace obnova::geo
