#include <charconv>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "server/store/city_store.h"
#include "server/store/city_store_state.h"
#include "server/store/geopackage.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

// The time as `record_change` writes it: 2026-01-31T12:34:56.789Z.
Result<Instant> instant_of(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
  const std::string copy(text);
  const int read = std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour, &minute, &second, &millisecond);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (read != 7 || !date.ok()) return failure(ErrorCode::kBadData, fmt::format("The city file gives a change the time \"{}\".", text));
  const std::chrono::sys_time<std::chrono::microseconds> time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                                                std::chrono::minutes(minute) + std::chrono::seconds(second) +
                                                                std::chrono::milliseconds(millisecond);
  return time.time_since_epoch().count();
}

Result<void> read_imported(Database& database, const std::string& layer, StoredFacts& facts) {
  auto rows = database.prepare("SELECT feature_row, content FROM obnova_imported WHERE layer = ?1");
  if (!rows) return std::unexpected(rows.error());
  rows->bind(1, std::string_view(layer));
  while (true) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const FeatureId feature{static_cast<std::uint32_t>(rows->int_at(0) - 1)};
    facts.imported[feature] = rows->is_null(1) ? std::nullopt : std::optional(rows->int_at(1));
  }
}

}  // namespace

Result<StoredFacts> CityStore::read_facts(const std::string& layer) const {
  auto rows = state_->database.prepare(
      "SELECT place, feature_row, feature, valid_from_us, valid_to_us, known_from, known_to, content FROM obnova_versions "
      "WHERE layer = ?1 ORDER BY place");
  if (!rows) return std::unexpected(rows.error());
  rows->bind(1, std::string_view(layer));
  StoredFacts facts;
  const auto imported = read_imported(state_->database, layer, facts);
  if (!imported) return std::unexpected(imported.error());
  for (std::int64_t place = 0;; ++place) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return facts;
    if (rows->int_at(0) != place || rows->int_at(1) < 1 || rows->int_at(1) > std::numeric_limits<std::uint32_t>::max()) {
      return failure(ErrorCode::kBadData, fmt::format("The versions of layer {} in the city file are not complete.", layer));
    }
    const FeatureId feature{static_cast<std::uint32_t>(rows->int_at(1) - 1)};
    facts.name(feature, std::string(rows->text_at(2)));
    facts.timeline.load({.feature = feature,
                         .valid = {rows->is_null(3) ? kEver : rows->int_at(3), rows->is_null(4) ? kForever : rows->int_at(4)},
                         .known_from = rows->int_at(5),
                         .known_to = rows->is_null(6) ? kStillKnown : rows->int_at(6),
                         .content = rows->int_at(7)});
  }
}

Result<Content> CityStore::read_content(ContentId content, std::span<const geo::Field> fields) const {
  auto rows = state_->database.prepare("SELECT geom, attributes FROM obnova_contents WHERE fid = ?1");
  if (!rows) return std::unexpected(rows.error());
  rows->bind(1, content);
  const auto row = rows->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return failure(ErrorCode::kBadData, fmt::format("The city file lacks the stored version {}.", content));
  auto geometry = from_geopackage_binary(rows->bytes_at(0));
  if (!geometry) return std::unexpected(geometry.error());
  auto values = values_of_json(rows->text_at(1), fields);
  if (!values) return std::unexpected(values.error());
  return Content{.geometry = std::move(*geometry), .values = std::move(*values)};
}

Result<std::vector<ChangeRecord>> CityStore::changes(Revision after) const {
  auto rows = state_->database.prepare(
      "SELECT revision, time, what, author, reason, request_id FROM obnova_changes WHERE revision > ?1 ORDER BY revision");
  if (!rows) return std::unexpected(rows.error());
  rows->bind(1, after);
  std::vector<ChangeRecord> changes;
  while (true) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return changes;
    const auto time = instant_of(rows->text_at(1));
    if (!time) return std::unexpected(time.error());
    changes.push_back({.revision = rows->int_at(0),
                       .time = *time,
                       .what = std::string(rows->text_at(2)),
                       .author = std::string(rows->text_at(3)),
                       .reason = std::string(rows->text_at(4)),
                       .request_id = std::string(rows->text_at(5))});
  }
}

}  // namespace obnova::server
