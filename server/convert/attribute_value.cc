#include "server/convert/attribute_value.h"

#include <cmath>

#include <fmt/format.h>

namespace obnova::server {
namespace {

const char* type_name(geo::FieldType type) {
  switch (type) {
    case geo::FieldType::kBool:
      return "true or false";
    case geo::FieldType::kInt:
      return "a whole number";
    case geo::FieldType::kDouble:
      return "a number";
    case geo::FieldType::kString:
      return "text";
  }
  return "nothing";
}

}  // namespace

Result<geo::Value> to_value(const v1::AttributeValue& value, const geo::Field& attribute, const std::string& field) {
  const geo::FieldType type = attribute.type;
  switch (value.kind_case()) {
    case v1::AttributeValue::KIND_NOT_SET:
      return geo::Value();
    case v1::AttributeValue::kBoolValue:
      if (type == geo::FieldType::kBool) return geo::Value(value.bool_value());
      break;
    case v1::AttributeValue::kIntValue:
      if (type == geo::FieldType::kInt) return geo::Value(value.int_value());
      if (type == geo::FieldType::kDouble) return geo::Value(static_cast<double>(value.int_value()));
      break;
    case v1::AttributeValue::kDoubleValue:
      if (type == geo::FieldType::kDouble && std::isfinite(value.double_value())) return geo::Value(value.double_value());
      break;
    case v1::AttributeValue::kStringValue:
      if (type == geo::FieldType::kString) return geo::Value(value.string_value());
      break;
  }
  return failure(ErrorCode::kInvalidArgument, fmt::format("The attribute `{}` is {}.", attribute.name, type_name(type)), field);
}

}  // namespace obnova::server
