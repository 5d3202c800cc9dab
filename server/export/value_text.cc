#include "server/export/value_text.h"

#include <fmt/format.h>

namespace obnova::server {
namespace {

std::string decimal(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string value_text(const geo::Column& column, FeatureId row, std::string_view null, std::string (*quoted)(std::string_view)) {
  if (column.is_null(row)) return std::string(null);
  switch (column.type()) {
    case geo::FieldType::kBool:
      return column.bool_at(row) ? "true" : "false";
    case geo::FieldType::kInt:
      return fmt::format("{}", column.int_at(row));
    case geo::FieldType::kDouble:
      return decimal(column.double_at(row));
    case geo::FieldType::kString:
      break;
  }
  return quoted(column.string_at(row));
}

}  // namespace obnova::server
