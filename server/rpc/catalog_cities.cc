#include <chrono>

#include <fmt/format.h>

#include "server/convert/number.h"
#include "server/rpc/catalog_handlers.h"
#include "server/rpc/catalog_messages.h"

namespace obnova::server {
namespace {

// Only the title of a city can be changed.
Result<void> check_mask(const google::protobuf::FieldMask& mask) {
  if (mask.paths().empty()) return failure(ErrorCode::kInvalidArgument, "The mask names no field to change.", "update_mask");
  for (int i = 0; i < mask.paths_size(); ++i) {
    if (mask.paths(i) == "title") continue;
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("\"{}\" of a city cannot be changed, only `title`.", mask.paths(i).substr(0, 100)),
                   fmt::format("update_mask.paths[{}]", i));
  }
  return {};
}

Result<std::shared_ptr<const Snapshot>> newest(const Twin& twin, const std::string& name, const std::string& field) {
  const auto id = city_id_of(name, field);
  if (!id) return std::unexpected(id.error());
  v1::Context context;
  context.set_city(name);
  auto snapshot = twin.resolve(context);
  if (!snapshot) return failure(snapshot.error().code, snapshot.error().message, field);
  return snapshot;
}

template <typename Response>
Result<Response> with_city(const Snapshot& snapshot) {
  auto city = to_city_message(snapshot);
  if (!city) return std::unexpected(city.error());
  Response response;
  *response.mutable_city() = std::move(*city);
  return response;
}

}  // namespace

Result<v1::CreateCityResponse> create_city(Twin& twin, const Call&, const v1::CreateCityRequest& request) {
  if (request.city().crs().empty()) return failure(ErrorCode::kInvalidArgument, "A city needs a plane, such as `EPSG:6384`.", "city.crs");
  const auto checked = check_words(request.city().title(), "city.title");
  if (!checked) return std::unexpected(checked.error());
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto snapshot = twin.create_city(request.city_id(), request.city().crs(), request.city().title(), now.count());
  if (!snapshot) return std::unexpected(snapshot.error());
  return with_city<v1::CreateCityResponse>(**snapshot);
}

Result<v1::City> get_city(const Twin& twin, const Call&, const v1::GetCityRequest& request) {
  const auto snapshot = newest(twin, request.name(), "name");
  if (!snapshot) return std::unexpected(snapshot.error());
  return to_city_message(**snapshot);
}

// The token is the id of the last city of the page before.
Result<v1::ListCitiesResponse> list_cities(const Twin& twin, const Call&, const v1::ListCitiesRequest& request) {
  const auto size = count_or(request.page_size(), 100, 1000, "page_size");
  if (!size) return std::unexpected(size.error());
  const std::string& after = request.page_token();
  if (!after.empty() && !valid_city_id(after)) {
    return failure(ErrorCode::kInvalidArgument, "The page token is not one of this server.", "page_token");
  }
  v1::ListCitiesResponse response;
  for (const auto& snapshot : twin.cities()) {
    if (snapshot->record.id <= after) continue;
    if (static_cast<std::size_t>(response.cities_size()) == *size) {
      response.set_next_page_token(response.cities(response.cities_size() - 1).name().substr(std::string_view("cities/").size()));
      break;
    }
    auto city = to_city_message(*snapshot);
    if (!city) return std::unexpected(city.error());
    *response.add_cities() = std::move(*city);
  }
  return response;
}

Result<v1::UpdateCityResponse> update_city(Twin& twin, const Call&, const v1::UpdateCityRequest& request) {
  const auto id = city_id_of(request.city().name(), "city.name");
  if (!id) return std::unexpected(id.error());
  auto checked = check_mask(request.update_mask());
  if (checked) checked = check_words(request.city().title(), "city.title");
  if (!checked) return std::unexpected(checked.error());
  const auto snapshot = twin.set_title(*id, request.city().title());
  if (!snapshot) return std::unexpected(snapshot.error());
  return with_city<v1::UpdateCityResponse>(**snapshot);
}

Result<v1::DeleteCityResponse> delete_city(Twin& twin, const Call&, const v1::DeleteCityRequest& request) {
  const auto id = city_id_of(request.name(), "name");
  if (!id) return std::unexpected(id.error());
  const auto deleted = twin.delete_city(*id);
  if (!deleted) return std::unexpected(deleted.error());
  return v1::DeleteCityResponse();
}

}  // namespace obnova::server
