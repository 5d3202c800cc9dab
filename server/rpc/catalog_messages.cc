#include "server/rpc/catalog_messages.h"

#include <chrono>

#include <fmt/format.h>

#include "server/convert/feature_batch.h"
#include "server/convert/geometry.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/rpc/raster_messages.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxWordBytes = 500;

bool is_date(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t digit : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (text[digit] < '0' || text[digit] > '9') return false;
  }
  const std::chrono::year_month_day day(std::chrono::year(std::stoi(text.substr(0, 4))),
                                        std::chrono::month(static_cast<unsigned>(std::stoi(text.substr(5, 2)))),
                                        std::chrono::day(static_cast<unsigned>(std::stoi(text.substr(8, 2)))));
  return day.ok();
}

}  // namespace

Result<v1::City> to_city_message(const Snapshot& snapshot) {
  v1::City city;
  city.set_name(city_name(snapshot));
  city.set_title(snapshot.record.title);
  city.set_crs(snapshot.record.crs);
  city.set_revision(snapshot.record.revision);
  city.mutable_create_time()->set_seconds(snapshot.record.create_time_s);
  city.set_layer_count(static_cast<int>(snapshot.layer_records.size() + snapshot.raster_records.size()));
  Degrees degrees(*snapshot.projection);
  if (!snapshot.city->extent().empty()) *city.mutable_extent() = degrees.window(snapshot.city->extent());
  return degrees.checked(std::move(city));
}

Result<v1::Layer> to_layer_message(const Snapshot& snapshot, std::string_view layer) {
  if (snapshot.raster_records.contains(layer)) return to_raster_message(snapshot, layer);
  const geo::Layer& content = *snapshot.city->layers().find(layer)->second.layer;
  const geo::LayerDescription& description = content.description();
  Degrees degrees(*snapshot.projection);
  v1::Layer message;
  message.set_name(layer_name(snapshot, layer));
  message.set_title(description.title);
  message.set_theme(static_cast<v1::Theme>(description.theme));
  message.set_source(description.source);
  message.set_licence(description.licence);
  message.set_attribution(description.attribution);
  message.set_dated(description.dated);
  if (content.covered_area_stated()) message.mutable_covered_area()->set_wkb(degrees.wkb(description.covered_area.view()));
  message.set_feature_count(static_cast<std::int64_t>(content.feature_count()));
  if (!content.extent().empty()) *message.mutable_extent() = degrees.window(content.extent());
  message.set_revision(snapshot.layer_records.find(layer)->second.revision);
  for (const geo::Field& field : content.fields()) {
    v1::Field& told = *message.add_fields();
    told.set_name(field.name);
    told.set_type(to_proto(field.type));
  }
  return degrees.checked(std::move(message));
}

std::set<std::string> layer_ids(const Snapshot& snapshot) {
  std::set<std::string> ids;
  for (const auto& [id, record] : snapshot.layer_records) ids.insert(id);
  for (const auto& [id, record] : snapshot.raster_records) ids.insert(id);
  return ids;
}

Result<void> check_layer(const Snapshot& snapshot, const std::string& layer, const std::string& field) {
  if (snapshot.raster_records.contains(layer)) return {};
  const auto found = find_layer(snapshot, layer, field);
  if (!found) return std::unexpected(found.error());
  return {};
}

Result<void> check_words(const std::string& words, const std::string& field) {
  if (words.size() <= kMaxWordBytes) return {};
  return failure(ErrorCode::kInvalidArgument, fmt::format("`{}` has {} bytes; at most {} are kept.", field, words.size(), kMaxWordBytes),
                 field);
}

Result<void> check_date(const std::string& date, const std::string& field) {
  if (date.empty() || is_date(date)) return {};
  return failure(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no date: YYYY-MM-DD is wanted.", date.substr(0, 40)), field);
}

std::string lower_ascii(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

std::string layer_id_from(const std::string& name, std::string_view otherwise) {
  constexpr std::size_t kMaxBytes = 63;
  std::string id;
  for (const char letter : lower_ascii(name)) {
    const bool allowed = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (allowed) {
      id += letter;
    } else if (!id.empty() && id.back() != '_') {
      id += '_';
    }
  }
  while (!id.empty() && (id.size() > kMaxBytes || id.back() == '_')) id.pop_back();
  return geo::valid_layer_id(id) ? id : std::string(otherwise);
}

}  // namespace obnova::server
