#include "server/scenario/change_words.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "server/convert/attribute_value.h"
#include "server/convert/geometry.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxIdBytes = 256;

using Attributes = google::protobuf::Map<std::string, v1::AttributeValue>;
using Writings = std::vector<ChangeWords::Writing>;

std::unexpected<Error> refused(std::string message, const std::string& field) {
  return failure(ErrorCode::kInvalidArgument, std::move(message), field);
}

const geo::Field* find_field(std::span<const geo::Field> fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &geo::Field::name);
  return found == fields.end() ? nullptr : &*found;
}

Result<Writings> attribute_writings(const Attributes& attributes, std::span<const geo::Field> fields, const std::string& field) {
  std::map<std::string, const v1::AttributeValue*> by_name;  // So that the first error is always the same.
  for (const auto& [name, value] : attributes) by_name.emplace(name, &value);
  Writings writings;
  for (const auto& [name, given] : by_name) {
    const std::string path = fmt::format("{}.attributes[{}]", field, name);
    const geo::Field* known = find_field(fields, name);
    if (known == nullptr) return refused(fmt::format("The layer has no attribute `{}`.", name), path);
    auto value = to_value(*given, *known, path);
    if (!value) return std::unexpected(value.error());
    writings.push_back({.attribute = name, .value = std::move(*value), .type = known->type});
  }
  return writings;
}

Result<ChangeWords> content_words(const v1::FeatureContent& content, std::span<const geo::Field> fields, const geo::Projection& projection,
                                  const std::string& field) {
  ChangeWords words;
  auto writings = attribute_writings(content.attributes(), fields, field);
  if (!writings) return std::unexpected(writings.error());
  words.writings = std::move(*writings);
  words.shape = Geometry();
  if (!content.has_geometry()) return words;
  auto shape = to_plane(content.geometry(), projection, ShapeKind::kAny, field + ".geometry");
  if (!shape) return std::unexpected(shape.error());
  words.shape = std::move(*shape);
  return words;
}

// A number as the attribute has it; what is whole there is rounded down, so that
// no limit gets wider.
Result<ChangeWords::Writing> number_writing(const std::string& attribute, double number, geo::FieldType type_when_new,
                                            std::span<const geo::Field> fields, const std::string& field) {
  const geo::Field* known = find_field(fields, attribute);
  ChangeWords::Writing writing{.attribute = attribute, .value = {}, .type = known == nullptr ? type_when_new : known->type};
  switch (writing.type) {
    case geo::FieldType::kString:
      writing.value = fmt::format("{}", number);
      return writing;
    case geo::FieldType::kDouble:
      writing.value = number;
      return writing;
    case geo::FieldType::kInt:
      writing.value = static_cast<std::int64_t>(std::floor(number));
      return writing;
    case geo::FieldType::kBool:
      break;
  }
  return refused(fmt::format("The attribute `{}` of the layer is no number.", attribute), field);
}

Result<Writings> restriction_writings(const v1::Restriction& limits, std::span<const geo::Field> fields, const std::string& field) {
  struct Limit {
    bool is_there;
    double value;
    const char* attribute;
    const char* name;
    bool only_where_set = false;
  };
  const Limit all[] = {
      {limits.has_max_weight_t(), limits.max_weight_t(), "maxweight", "max_weight_t"},
      {limits.has_max_height_m(), limits.max_height_m(), "maxheight", "max_height_m"},
      {limits.has_max_width_m(), limits.max_width_m(), "maxwidth", "max_width_m"},
      {limits.has_max_speed_kmh(), limits.max_speed_kmh(), "maxspeed", "max_speed_kmh"},
      {limits.has_max_speed_kmh(), limits.max_speed_kmh(), "maxspeed:forward", "max_speed_kmh", true},
      {limits.has_max_speed_kmh(), limits.max_speed_kmh(), "maxspeed:backward", "max_speed_kmh", true},
  };
  Writings writings;
  for (const Limit& limit : all) {
    if (!limit.is_there || (limit.only_where_set && find_field(fields, limit.attribute) == nullptr)) continue;
    const std::string path = fmt::format("{}.{}", field, limit.name);
    if (!std::isfinite(limit.value) || limit.value <= 0 || limit.value > 1e6) {
      return refused(fmt::format("The limit {} is not over 0 and at most 1000000.", limit.value), path);
    }
    auto writing = number_writing(limit.attribute, limit.value, geo::FieldType::kString, fields, path);
    if (!writing) return std::unexpected(writing.error());
    writing->only_where_set = limit.only_where_set;
    writings.push_back(std::move(*writing));
  }
  if (writings.empty()) return refused("A restriction states at least one limit.", field);
  return writings;
}

Result<Writings> capacity_writings(std::int64_t capacity, std::span<const geo::Field> fields, const std::string& field) {
  constexpr std::int64_t kMost = 1'000'000'000;
  if (capacity < 0 || capacity > kMost) return refused(fmt::format("The capacity {} is not between 0 and {}.", capacity, kMost), field);
  auto writing = number_writing("capacity", static_cast<double>(capacity), geo::FieldType::kInt, fields, field);
  if (!writing) return std::unexpected(writing.error());
  return Writings{std::move(*writing)};
}

Result<Writings> closure_writings(std::span<const geo::Field> fields, const std::string& field) {
  const geo::Field* known = find_field(fields, "lifecycle");
  if (known != nullptr && known->type != geo::FieldType::kString)
    return refused("The attribute `lifecycle` of the layer is no text.", field);
  return Writings{{.attribute = "lifecycle", .value = geo::Value("closed"), .type = geo::FieldType::kString}};
}

Result<Writings> writings_of(const v1::Change& change, std::span<const geo::Field> fields, const std::string& field) {
  switch (change.change_case()) {
    case v1::Change::kSetAttributes:
      if (change.set_attributes().attributes().empty()) return refused("No attribute is named.", field + ".set_attributes");
      return attribute_writings(change.set_attributes().attributes(), fields, field + ".set_attributes");
    case v1::Change::kSetCapacity:
      return capacity_writings(change.set_capacity().capacity(), fields, field + ".set_capacity.capacity");
    case v1::Change::kClose:
      return closure_writings(fields, field + ".close");
    case v1::Change::kRestrict:
      return restriction_writings(change.restrict(), fields, field + ".restrict");
    default:
      return Writings();
  }
}

}  // namespace

Result<ChangeWords> words_of(const v1::Change& change, geo::Theme theme, std::span<const geo::Field> fields,
                             const geo::Projection& projection, const std::string& field) {
  ChangeWords words;
  const auto kind = change.change_case();
  if ((kind == v1::Change::kClose || kind == v1::Change::kRestrict) && theme != geo::Theme::kRoads) {
    return refused(fmt::format("Only roads are closed or restricted, and the layer `{}` has none.", change.layer()), field + ".layer");
  }
  if (kind == v1::Change::kAdd || kind == v1::Change::kReplace) {
    const bool is_new = kind == v1::Change::kAdd;
    auto content = content_words(is_new ? change.add() : change.replace(), fields, projection, field + (is_new ? ".add" : ".replace"));
    if (!content) return content;
    words = std::move(*content);
  } else {
    auto writings = writings_of(change, fields, field);
    if (!writings) return std::unexpected(writings.error());
    words.writings = std::move(*writings);
  }
  words.kind = kind;
  return words;
}

Result<void> check_change(const v1::Change& change, const std::string& field) {
  if (change.layer().empty()) return refused("A change names its layer.", field + ".layer");
  if (change.feature().empty() || change.feature().size() > kMaxIdBytes) {
    return refused(fmt::format("The id of a feature has 1 to {} bytes.", kMaxIdBytes), field + ".feature");
  }
  if (std::ranges::any_of(change.feature(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; })) {
    return refused("The id of a feature has no control characters.", field + ".feature");
  }
  if (change.change_case() == v1::Change::CHANGE_NOT_SET) {
    return refused(
        "A change says what is different: `add`, `remove`, `repair`, `replace`, `set_attributes`, `set_capacity`, `close` or `restrict`.",
        field + ".change");
  }
  Period period;
  if (change.has_valid_from()) {
    const auto from = to_instant(change.valid_from(), field + ".valid_from");
    if (!from) return std::unexpected(from.error());
    period.from = *from;
  }
  if (change.has_valid_to()) {
    const auto to = to_instant(change.valid_to(), field + ".valid_to");
    if (!to) return std::unexpected(to.error());
    period.to = *to;
  }
  if (period.empty()) return refused("The time ends before it begins.", field + ".valid_to");
  return {};
}

}  // namespace obnova::server
