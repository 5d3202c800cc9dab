#include "clients/cli/change_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "clients/cli/spelling.h"
#include "obnova/v1/catalog.grpc.pb.h"

namespace obnova::cli {
namespace {

using v1::CatalogService;

template <typename Number>
Number parse_number(const std::string& text, const std::string& field) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw UsageError{fmt::format("{} wants a number, not \"{}\".", field, text)};
}

// What stands before and after a sign.
std::pair<std::string, std::string> split_at(const std::string& text, char sign, const char* form) {
  const auto at = text.find(sign);
  if (at == std::string::npos) throw UsageError{fmt::format("\"{}\" is not {}.", text, form)};
  return {text.substr(0, at), text.substr(at + 1)};
}

v1::Change change_of(const std::string& layer_and_feature) {
  auto [layer, feature] = split_at(layer_and_feature, ':', "LAYER:ID");
  v1::Change change;
  change.set_layer(layer);
  change.set_feature(feature);
  return change;
}

nlohmann::json read_feature(const std::string& file) {
  std::ifstream input(file);
  if (!input) throw UsageError{fmt::format("The file {} cannot be read.", file)};
  const auto json = nlohmann::json::parse(input, nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.value("type", "") == "Feature") return json;
  throw UsageError{fmt::format("The file {} is no GeoJSON feature.", file)};
}

std::string text_of(const nlohmann::json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

v1::FeatureContent content_of(const Session& session, const std::string& layer, const std::string& file) {
  const nlohmann::json feature = read_feature(file);
  const auto types = types_of(session, layer);
  v1::FeatureContent content;
  if (feature.contains("geometry") && !feature["geometry"].is_null()) content.mutable_geometry()->set_geojson(feature["geometry"].dump());
  if (!feature.contains("properties") || !feature["properties"].is_object()) return content;
  for (const auto& [name, value] : feature["properties"].items()) {
    const auto type = types.find(name);
    (*content.mutable_attributes())[name] =
        parse_value(text_of(value), type == types.end() ? v1::ATTRIBUTE_TYPE_STRING : type->second, name);
  }
  return content;
}

v1::Restriction restriction_of(const std::string& text) {
  v1::Restriction limits;
  std::size_t start = 0;
  while (start <= text.size()) {
    const auto comma = std::min(text.find(',', start), text.size());
    const auto [name, value] = split_at(text.substr(start, comma - start), '=', "weight=T, height=M, width=M or speed=KMH");
    const auto number = parse_number<double>(value, name);
    if (name == "weight") {
      limits.set_max_weight_t(number);
    } else if (name == "height") {
      limits.set_max_height_m(number);
    } else if (name == "width") {
      limits.set_max_width_m(number);
    } else if (name == "speed") {
      limits.set_max_speed_kmh(number);
    } else {
      throw UsageError{fmt::format("\"{}\" is no limit: weight, height, width or speed.", name)};
    }
    start = comma + 1;
  }
  return limits;
}

void set_attribute(const Session& session, v1::Change& change, const std::string& text) {
  const auto [field, value] = split_at(text, '=', "FIELD=VALUE");
  const auto types = types_of(session, change.layer());
  const auto type = types.find(field);
  (*change.mutable_set_attributes()->mutable_attributes())[field] =
      parse_value(value, type == types.end() ? v1::ATTRIBUTE_TYPE_STRING : type->second, field);
}

}  // namespace

std::map<std::string, v1::AttributeType> types_of(const Session& session, const std::string& layer) {
  v1::GetLayerRequest request;
  request.mutable_context()->set_city("cities/" + session.city);
  request.set_layer(layer);
  std::map<std::string, v1::AttributeType> types;
  const v1::Layer answer = call<CatalogService>(session, &CatalogService::Stub::GetLayer, request);
  for (const v1::Field& field : answer.fields()) types[field.name()] = field.type();
  return types;
}

v1::AttributeValue parse_value(const std::string& text, v1::AttributeType type, const std::string& field) {
  v1::AttributeValue value;
  if (text.empty()) return value;
  switch (type) {
    case v1::ATTRIBUTE_TYPE_BOOL:
      if (text != "true" && text != "false") throw UsageError{fmt::format("{} is true or false, not \"{}\".", field, text)};
      value.set_bool_value(text == "true");
      break;
    case v1::ATTRIBUTE_TYPE_INT:
      value.set_int_value(parse_number<std::int64_t>(text, field));
      break;
    case v1::ATTRIBUTE_TYPE_DOUBLE:
      value.set_double_value(parse_number<double>(text, field));
      break;
    default:
      value.set_string_value(text);
  }
  return value;
}

void ChangeFlags::add_to(CLI::App& command) {
  const char* group = "What changes (a feature is LAYER:ID, such as roads:way/48)";
  command.add_option("--repair", repair, "Features that are undamaged then; several times")->group(group);
  command.add_option("--demolish", remove, "Features that are not there then; several times")->group(group);
  command.add_option("--close", close, "Roads that nobody passes then; several times")->group(group);
  command.add_option("--set", set, "LAYER:ID FIELD=VALUE, several times; nothing behind = is null")->group(group);
  command.add_option("--capacity", capacity, "LAYER:ID=N: how many it serves then; several times")->group(group);
  command.add_option("--restrict", restrict, "LAYER:ID weight=T,height=M,width=M,speed=KMH; several times")->group(group);
  command.add_option("--build", add, "LAYER:ID FILE: what is new, as a GeoJSON feature; several times")->group(group);
  command.add_option("--replace", replace, "LAYER:ID FILE: what it is instead; several times")->group(group);
  command.add_option("--from", from, "When the changes begin; without it, at the end of the schedule")->group(group);
  command.add_option("--until", to, "When they end; without it, never")->group(group);
}

bool ChangeFlags::empty() const {
  return repair.empty() && remove.empty() && close.empty() && set.empty() && capacity.empty()&& restrict.empty() && add.empty() &&
         replace.empty();
}

std::vector<v1::Change> ChangeFlags::changes(const Session& session) const {
  std::vector<v1::Change> changes;
  const auto begin = [&](const std::string& feature) -> v1::Change& { return changes.emplace_back(change_of(feature)); };
  for (const std::string& feature : repair) begin(feature).mutable_repair();
  for (const std::string& feature : remove) begin(feature).mutable_remove();
  for (const std::string& feature : close) begin(feature).mutable_close();
  for (const auto& [feature, value] : set) set_attribute(session, begin(feature), value);
  for (const std::string& given : capacity) {
    const auto sign = given.rfind('=');
    if (sign == std::string::npos) throw UsageError{fmt::format("\"{}\" is not LAYER:ID=N.", given)};
    begin(given.substr(0, sign)).mutable_set_capacity()->set_capacity(parse_number<std::int64_t>(given.substr(sign + 1), "--capacity"));
  }
  for (const auto& [feature, limits] : restrict) *begin(feature).mutable_restrict() = restriction_of(limits);
  for (const auto& [feature, file] : add) {
    v1::Change& change = begin(feature);
    *change.mutable_add() = content_of(session, change.layer(), file);
  }
  for (const auto& [feature, file] : replace) {
    v1::Change& change = begin(feature);
    *change.mutable_replace() = content_of(session, change.layer(), file);
  }
  for (v1::Change& change : changes) {
    if (!from.empty()) *change.mutable_valid_from() = parse_time(from);
    if (!to.empty()) *change.mutable_valid_to() = parse_time(to);
  }
  return changes;
}

std::string spell_change(const v1::Change& change) {
  const std::string feature = change.layer() + ":" + change.feature();
  switch (change.change_case()) {
    case v1::Change::kAdd:
      return "build " + feature;
    case v1::Change::kRemove:
      return "demolish " + feature;
    case v1::Change::kRepair:
      return "repair " + feature;
    case v1::Change::kReplace:
      return "replace " + feature;
    case v1::Change::kSetAttributes: {
      const auto& given = change.set_attributes().attributes();
      std::string text = "set " + feature;
      for (const auto& [name, value] : std::map<std::string, v1::AttributeValue>(given.begin(), given.end())) {
        text += fmt::format(" {}={}", name, spell_value(value));
      }
      return text;
    }
    case v1::Change::kSetCapacity:
      return fmt::format("capacity {}={}", feature, change.set_capacity().capacity());
    case v1::Change::kClose:
      return "close " + feature;
    case v1::Change::kRestrict:
      return "restrict " + feature;
    case v1::Change::CHANGE_NOT_SET:
      break;
  }
  return feature;
}

}  // namespace obnova::cli
