#include "server/store/content.h"

#include <optional>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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

std::optional<geo::Value> value_of(const nlohmann::json& json, geo::FieldType type) {
  switch (type) {
    case geo::FieldType::kBool:
      if (json.is_boolean()) return geo::Value(json.get<bool>());
      break;
    case geo::FieldType::kInt:
      if (json.is_number_integer()) return geo::Value(json.get<std::int64_t>());
      break;
    case geo::FieldType::kDouble:
      if (json.is_number()) return geo::Value(json.get<double>());
      break;
    case geo::FieldType::kString:
      if (json.is_string()) return geo::Value(json.get<std::string>());
      break;
  }
  return std::nullopt;
}

}  // namespace

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
    auto value = value_of(*found, fields[i].type);
    if (!value) {
      return failure(ErrorCode::kBadData, fmt::format("The attribute {} of a stored version is of a wrong type.", fields[i].name));
    }
    values[i] = std::move(*value);
  }
  return values;
}

}  // namespace obnova::server
