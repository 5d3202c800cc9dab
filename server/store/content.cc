#include "server/store/content.h"

#include <optional>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "geo/base/check.h"

namespace obnova::server {
namespace {

nlohmann::json to_json(const geo::Value& value) {
  return std::visit(
      [](const auto& kept) -> nlohmann::json {
        if constexpr (std::is_same_v<std::decay_t<decltype(kept)>, std::monostate>) {
          return nullptr;
        } else {
          return kept;
        }
      },
      value);
}

std::optional<geo::Value> value_of(const nlohmann::json& json) {
  if (json.is_boolean()) return geo::Value(json.get<bool>());
  if (json.is_number_integer()) return geo::Value(json.get<std::int64_t>());
  if (json.is_number()) return geo::Value(json.get<double>());
  if (json.is_string()) return geo::Value(json.get<std::string>());
  return std::nullopt;
}

std::optional<geo::FieldType> type_of(const geo::Value& value) {
  if (std::holds_alternative<bool>(value)) return geo::FieldType::kBool;
  if (std::holds_alternative<std::int64_t>(value)) return geo::FieldType::kInt;
  if (std::holds_alternative<double>(value)) return geo::FieldType::kDouble;
  if (std::holds_alternative<std::string>(value)) return geo::FieldType::kString;
  return std::nullopt;
}

}  // namespace

Content content_of(const geo::Layer& layer, FeatureId feature) {
  Content content{.geometry = Geometry::copy_of(layer.geometry(feature)), .values = {}};
  content.values.reserve(layer.fields().size());
  for (std::size_t i = 0; i < layer.fields().size(); ++i) content.values.push_back(layer.column(i).value_at(feature));
  return content;
}

geo::FieldType wider_type(geo::FieldType a, geo::FieldType b) {
  if (a == b) return a;
  const auto is_number = [](geo::FieldType type) { return type == geo::FieldType::kInt || type == geo::FieldType::kDouble; };
  return is_number(a) && is_number(b) ? geo::FieldType::kDouble : geo::FieldType::kString;
}

geo::Value widened(const geo::Value& value, geo::FieldType type) {
  const auto own = type_of(value);
  if (!own || *own == type) return value;
  if (type == geo::FieldType::kDouble && *own == geo::FieldType::kInt) return static_cast<double>(std::get<std::int64_t>(value));
  OBNOVA_CHECK(type == geo::FieldType::kString);
  return to_json(value).dump();
}

std::string attributes_json(std::span<const geo::Field> fields, std::span<const geo::Value> values) {
  nlohmann::json object = nlohmann::json::object();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!std::holds_alternative<std::monostate>(values[i])) object[fields[i].name] = to_json(values[i]);
  }
  // Another program may have left bytes in the file that are no text.
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::vector<geo::Value>> values_of_json(std::string_view text, std::span<const geo::Field> fields) {
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return failure(ErrorCode::kBadData, "The attributes of a stored version are no JSON object.");
  std::vector<geo::Value> values(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto found = object.find(fields[i].name);
    if (found == object.end()) continue;
    const auto value = value_of(*found);
    const auto type = value ? type_of(*value) : std::nullopt;
    if (!type || wider_type(*type, fields[i].type) != fields[i].type) {
      return failure(ErrorCode::kBadData, fmt::format("The attribute {} of a stored version is of a wrong type.", fields[i].name));
    }
    values[i] = widened(*value, fields[i].type);
  }
  return values;
}

}  // namespace obnova::server
