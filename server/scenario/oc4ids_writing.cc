#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "server/scenario/oc4ids.h"
#include "server/scenario/oc4ids_json.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

using Json = nlohmann::ordered_json;

// The object something was read from; empty when it was not read.
Json origin_of(const std::string& document) {
  Json object = Json::parse(document, nullptr, /*allow_exceptions=*/false);
  return object.is_object() ? object : Json::object();
}

void set_text(Json& object, const char* name, const std::string& text) {
  const auto found = object.find(name);
  const bool is_said = found != object.end() && !found->is_null() && *found != "";
  if (text.empty() && is_said) object.erase(name);
  if (!text.empty() && (found == object.end() || *found != text)) object[name] = text;
}

// The object under a name, made when there is need.
Json& child(Json& object, const char* name) {
  Json& value = object[name];
  if (!value.is_object()) value = Json::object();
  return value;
}

// Another spelling of the same time stays.
void set_time(Json& project, const char* name, bool is_there, const google::protobuf::Timestamp& time) {
  const Json* period = project.contains("period") && project["period"].is_object() ? &project["period"] : nullptr;
  const bool is_said = period != nullptr && period->contains(name) && (*period)[name].is_string();
  if (!is_there) {
    if (is_said) child(project, "period").erase(name);
    return;
  }
  const Instant instant = to_instant(time, "").value_or(0);
  if (is_said && instant_of((*period)[name].get<std::string>()) == instant) return;
  child(project, "period")[name] = date_time_of(instant);
}

void set_cost(Json& project, const v1::Project& known) {
  if (!known.has_cost()) {
    if (!project.contains("budget") || !project["budget"].is_object() || !project["budget"].contains("amount")) return;
    Json& amount = project["budget"]["amount"];
    if (amount.is_object() && amount.contains("amount") && !amount["amount"].is_null()) project["budget"].erase("amount");
    return;
  }
  Json& amount = child(child(project, "budget"), "amount");
  if (!amount.contains("amount") || amount["amount"] != known.cost().amount()) amount["amount"] = known.cost().amount();
  set_text(amount, "currency", known.cost().currency());
}

void set_sectors(Json& project, const v1::Project& known) {
  Json sectors = Json::array();
  for (const std::string& sector : known.sectors()) sectors.push_back(sector);
  if (sectors.empty() && !project.contains("sector")) return;
  if (project.contains("sector") && (project["sector"] == sectors || (sectors.empty() && project["sector"].is_null()))) return;
  project["sector"] = std::move(sectors);
}

Json location_json(const v1::ProjectLocation& known) {
  Json location = origin_of(known.oc4ids_document());
  set_text(location, "id", known.id());
  set_text(location, "description", known.description());
  const bool is_said = location.contains("geometry") && !location["geometry"].is_null();
  if (known.has_geometry()) {
    Json geometry = Json::parse(geojson_text(known.geometry()), nullptr, /*allow_exceptions=*/false);
    if (!is_said || location["geometry"] != geometry) location["geometry"] = std::move(geometry);
  } else if (is_said && !location["geometry"].empty()) {
    location.erase("geometry");
  }
  return location;
}

void set_locations(Json& project, const v1::Project& known) {
  Json locations = Json::array();
  for (const v1::ProjectLocation& location : known.locations()) locations.push_back(location_json(location));
  const bool is_said = project.contains("locations") && project["locations"].is_array();
  if (locations.empty() && !is_said) return;
  project["locations"] = std::move(locations);
}

void set_extension(Json& project, const v1::Project& known) {
  v1::Project links;
  *links.mutable_features() = known.features();
  *links.mutable_changes() = known.changes();
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(links, &text, options).ok()) return;
  // Objects are sorted, for maps come in no order.
  Json extension = nlohmann::json::parse(text);
  if (!known.cost().price_date().empty()) extension["priceDate"] = known.cost().price_date();
  const bool is_said = project.contains("obnova") && project["obnova"].is_object();
  if (!is_said && extension.empty()) return;
  Json& kept = child(project, "obnova");
  for (const char* name : {"features", "changes", "priceDate"}) {
    if (extension.contains(name)) {
      kept[name] = extension[name];
    } else {
      kept.erase(name);
    }
  }
}

Json project_json(const KnownProject& known) {
  const v1::Project& message = known.message;
  Json project = origin_of(message.oc4ids_document());
  set_text(project, "id", message.oc4ids_id().empty() ? known.id : message.oc4ids_id());
  set_text(project, "title", message.title());
  set_text(project, "description", message.description());
  set_text(project, "status", message.status());
  set_text(project, "type", message.type());
  set_time(project, "startDate", message.schedule().has_start_time(), message.schedule().start_time());
  set_time(project, "endDate", message.schedule().has_end_time(), message.schedule().end_time());
  set_sectors(project, message);
  set_locations(project, message);
  set_cost(project, message);
  set_extension(project, message);
  return project;
}

}  // namespace

std::string write_oc4ids(std::span<const std::shared_ptr<const KnownProject>> projects, const PackageTitle& title) {
  Json list = Json::array();
  for (const auto& project : projects) list.push_back(project_json(*project));
  const Json package = {{"uri", title.uri},
                        {"publishedDate", date_time_of(title.published)},
                        {"publisher", {{"name", title.publisher}}},
                        {"version", "0.9"},
                        {"projects", std::move(list)}};
  return package.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace obnova::server
