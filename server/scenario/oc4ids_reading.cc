#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "server/scenario/oc4ids.h"
#include "server/scenario/oc4ids_json.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxProjects = 1000;

std::unexpected<Error> refused(std::string message, const std::string& path) {
  return failure(ErrorCode::kInvalidArgument, std::move(message), path);
}

// The member of an object; null when it is not there.
const Json& member(const Json& object, const char* name) {
  static const Json kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

// Empty when it is not there.
Result<std::string> read_text(const Json& object, const char* name, const std::string& path) {
  const Json& value = member(object, name);
  if (value.is_null()) return std::string();
  if (!value.is_string()) return refused(fmt::format("The value of `{}` is no text.", name), fmt::format("{}.{}", path, name));
  return value.get<std::string>();
}

// An empty object when it is not there.
Result<Json> read_object(const Json& object, const char* name, const std::string& path) {
  const Json& value = member(object, name);
  if (value.is_null()) return Json::object();
  if (!value.is_object()) return refused(fmt::format("The value of `{}` is no object.", name), fmt::format("{}.{}", path, name));
  return value;
}

Result<Json> read_list(const Json& object, const char* name, const std::string& path) {
  const Json& value = member(object, name);
  if (value.is_null()) return Json::array();
  if (!value.is_array()) return refused(fmt::format("The value of `{}` is no list.", name), fmt::format("{}.{}", path, name));
  return value;
}

Result<void> read_words(const Json& object, const std::string& path, v1::Project& project) {
  struct Word {
    const char* name;
    std::string* value;
  };
  for (const Word& word :
       {Word{"id", project.mutable_oc4ids_id()}, Word{"title", project.mutable_title()}, Word{"description", project.mutable_description()},
        Word{"status", project.mutable_status()}, Word{"type", project.mutable_type()}}) {
    auto text = read_text(object, word.name, path);
    if (!text) return std::unexpected(text.error());
    *word.value = std::move(*text);
  }
  if (project.oc4ids_id().empty()) return refused("A project has an id.", path + ".id");
  return {};
}

Result<void> read_sectors(const Json& object, const std::string& path, v1::Project& project) {
  const auto sectors = read_list(object, "sector", path);
  if (!sectors) return std::unexpected(sectors.error());
  for (std::size_t i = 0; i < sectors->size(); ++i) {
    const Json& sector = (*sectors)[i];
    if (!sector.is_string() || sector.get_ref<const std::string&>().empty()) {
      return refused("A sector is a code.", fmt::format("{}.sector[{}]", path, i));
    }
    project.add_sectors(sector.get<std::string>());
  }
  return {};
}

Result<std::optional<Instant>> read_instant(const Json& object, const char* name, const std::string& path) {
  const auto text = read_text(object, name, path);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return std::nullopt;
  const auto instant = instant_of(*text);
  if (instant) return instant;
  return refused(fmt::format("\"{}\" is no date-time such as 2027-05-01T00:00:00Z.", text->substr(0, 100)),
                 fmt::format("{}.{}", path, name));
}

Result<void> read_period(const Json& object, const std::string& path, v1::Project& project) {
  const auto period = read_object(object, "period", path);
  if (!period) return std::unexpected(period.error());
  const auto start = read_instant(*period, "startDate", path + ".period");
  if (!start) return std::unexpected(start.error());
  const auto end = read_instant(*period, "endDate", path + ".period");
  if (!end) return std::unexpected(end.error());
  if (*start && *end && **end < **start) return refused("The period ends before it begins.", path + ".period.endDate");
  if (*start) *project.mutable_schedule()->mutable_start_time() = to_timestamp(**start);
  if (*end) *project.mutable_schedule()->mutable_end_time() = to_timestamp(**end);
  return {};
}

Result<void> read_budget(const Json& object, const std::string& path, v1::Project& project) {
  const auto budget = read_object(object, "budget", path);
  if (!budget) return std::unexpected(budget.error());
  const auto value = read_object(*budget, "amount", path + ".budget");
  if (!value) return std::unexpected(value.error());
  const std::string place = path + ".budget.amount";
  const Json& amount = member(*value, "amount");
  if (amount.is_null()) return {};
  if (!amount.is_number() || !std::isfinite(amount.get<double>()) || amount.get<double>() < 0) {
    return refused("The amount is no number of 0 or more.", place + ".amount");
  }
  auto currency = read_text(*value, "currency", place);
  if (!currency) return std::unexpected(currency.error());
  const bool is_code = currency->size() == 3 && std::ranges::all_of(*currency, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_code) {
    return refused(fmt::format("\"{}\" is no currency of ISO 4217, such as UAH.", currency->substr(0, 100)), place + ".currency");
  }
  project.mutable_cost()->set_amount(amount.get<double>());
  project.mutable_cost()->set_currency(*currency);
  return {};
}

Result<void> read_locations(const Json& object, const std::string& path, v1::Project& project) {
  const auto locations = read_list(object, "locations", path);
  if (!locations) return std::unexpected(locations.error());
  for (std::size_t i = 0; i < locations->size(); ++i) {
    const Json& given = (*locations)[i];
    const std::string place = fmt::format("{}.locations[{}]", path, i);
    if (!given.is_object()) return refused("A location is an object.", place);
    auto id = read_text(given, "id", place);
    if (!id) return std::unexpected(id.error());
    auto description = read_text(given, "description", place);
    if (!description) return std::unexpected(description.error());
    const auto geometry = read_object(given, "geometry", place);
    if (!geometry) return std::unexpected(geometry.error());
    v1::ProjectLocation& location = *project.add_locations();
    location.set_id(*id);
    location.set_description(*description);
    if (!geometry->empty()) location.mutable_geometry()->set_geojson(geometry->dump());
    location.set_oc4ids_document(given.dump());
  }
  return {};
}

// What has no place in OC4IDS.
Result<bool> read_extension(const Json& object, const std::string& path, v1::Project& project) {
  const auto extension = read_object(object, "obnova", path);
  if (!extension) return std::unexpected(extension.error());
  if (extension->empty()) return false;
  Json known = Json::object();
  for (const char* name : {"features", "changes"}) {
    if (extension->contains(name)) known[name] = (*extension)[name];
  }
  v1::Project links;
  const auto parsed = google::protobuf::util::JsonStringToMessage(known.dump(), &links);
  if (!parsed.ok()) return refused(fmt::format("The extension is none of ours: {}.", std::string(parsed.message())), path + ".obnova");
  const auto price_date = read_text(*extension, "priceDate", path + ".obnova");
  if (!price_date) return std::unexpected(price_date.error());
  if (project.has_cost()) project.mutable_cost()->set_price_date(*price_date);
  project.mutable_features()->Swap(links.mutable_features());
  project.mutable_changes()->Swap(links.mutable_changes());
  return true;
}

Result<ReadProject> read_project(const Json& object, const std::string& path) {
  if (!object.is_object()) return refused("A project is an object.", path);
  ReadProject read;
  auto done = read_words(object, path, read.project);
  if (done) done = read_sectors(object, path, read.project);
  if (done) done = read_period(object, path, read.project);
  if (done) done = read_budget(object, path, read.project);
  if (done) done = read_locations(object, path, read.project);
  if (!done) return std::unexpected(done.error());
  const auto has_links = read_extension(object, path, read.project);
  if (!has_links) return std::unexpected(has_links.error());
  read.has_links = *has_links;
  read.project.set_oc4ids_document(object.dump());
  return read;
}

}  // namespace

Result<std::vector<ReadProject>> read_oc4ids(const std::string& package_json) {
  const Json package = Json::parse(package_json, nullptr, /*allow_exceptions=*/false);
  if (!package.is_object()) return refused("The package is no JSON object.", "package_json");
  const auto version = read_text(package, "version", "");
  if (!version || (!version->empty() && *version != "0.9" && !version->starts_with("0.9."))) {
    return refused("Only packages of OC4IDS 0.9 are read.", "version");
  }
  const auto projects = read_list(package, "projects", "");
  if (!projects) return refused("The projects are no list.", "projects");
  if (projects->empty() || projects->size() > kMaxProjects) {
    return refused(fmt::format("A package has 1 to {} projects, got {}.", kMaxProjects, projects->size()), "projects");
  }
  std::vector<ReadProject> read;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < projects->size(); ++i) {
    const std::string path = fmt::format("projects[{}]", i);
    auto project = read_project((*projects)[i], path);
    if (!project) return std::unexpected(project.error());
    if (!ids.insert(project->project.oc4ids_id()).second) {
      return refused(fmt::format("The id \"{}\" is there twice.", project->project.oc4ids_id().substr(0, 100)), path + ".id");
    }
    read.push_back(std::move(*project));
  }
  return read;
}

std::string record_id_of(const std::string& oc4ids_id) {
  if (valid_record_id(oc4ids_id)) return oc4ids_id;
  std::string id = "p-";
  for (const char c : oc4ids_id.substr(0, 100)) {
    const bool is_kept = valid_record_id(std::string(1, c)) || c == '.' || c == '_' || c == '-';
    if (is_kept || id.back() != '-') id += is_kept ? c : '-';
  }
  return id;
}

}  // namespace obnova::server
