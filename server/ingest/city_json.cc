#include "server/ingest/city_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "server/ingest/city_json_shapes.h"

namespace obnova::server {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxParts = 10'000;

std::unexpected<Error> bad(const std::string& file_name, const std::string& why) {
  return failure(ErrorCode::kBadData, fmt::format("{}: {}", file_name, why));
}

// Lists in lists without an end would exhaust the memory before they fail.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool is_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_text) {
      if (c == '\\') ++i;
      if (c == '"') is_text = false;
      continue;
    }
    if (c == '"') is_text = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMaxDepth) return true;
  }
  return false;
}

Result<json> parse(std::string_view text, const std::string& file_name) {
  if (is_too_deep(text)) return bad(file_name, fmt::format("Its lists stand in each other more than {} deep.", kMaxDepth));
  try {
    return json::parse(text.begin(), text.end());
  } catch (const json::parse_error& problem) {
    return bad(file_name, fmt::format("It is damaged at byte {}: it is no JSON there.", problem.byte));
  }
}

// `EPSG:7415` of `urn:ogc:def:crs:EPSG::7415` or `https://www.opengis.net/def/crs/EPSG/0/7415`.
std::string system_of(const json& city) {
  const auto metadata = city.find("metadata");
  if (metadata == city.end() || !metadata->is_object()) return {};
  const json named = metadata->value("referenceSystem", json());
  if (!named.is_string()) return {};
  const auto name = named.get<std::string>();
  const std::size_t digits = name.find_last_not_of("0123456789") + 1;
  return name.find("EPSG") == std::string::npos || digits >= name.size() ? name : "EPSG:" + name.substr(digits);
}

// A member by its name; null when there is none.
const json& member_of(const json& object, const char* name) {
  static const json none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

MadeValue value_of(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{1} << 62) return value.dump();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// The types of objects that suit a theme; empty for all.
std::vector<std::string_view> types_for(geo::Theme theme) {
  if (theme == geo::Theme::kBuildings) return {"Building"};
  if (theme == geo::Theme::kWater) return {"WaterBody", "Waterway"};
  if (theme == geo::Theme::kZones || theme == geo::Theme::kParcels) return {"LandUse"};
  return {};
}

// Rooms, furniture and the like are inside or on what they belong to.
bool is_part(std::string_view type) { return type.ends_with("Part"); }

class CityJsonImport {
 public:
  CityJsonImport(json city, std::string file_name, CityJsonWish wish)
      : city_(std::move(city)), file_name_(std::move(file_name)), wish_(std::move(wish)) {}

  Result<MadeTable> run();

 private:
  Result<void> check_city() const;
  bool is_wanted(const std::string& type) const;
  void read_object(const std::string& id, const json& object);
  // The geometries of an object and of its parts, and of theirs.
  Result<void> gather(const std::string& id, const json& object, std::vector<CityShape>& shapes, std::set<std::string>& seen);
  void add_values(const json& object, const std::vector<CityShape>& shapes, std::size_t part_count, MadeRow& row) const;
  Result<void> check_found() const;
  void warn();

  json city_;
  std::string file_name_;
  CityJsonWish wish_;
  std::vector<CityVertex> vertices_;
  MadeTable table_;
  std::map<std::string, std::int64_t> unread_;  // How many objects of each type were not wanted.
  std::int64_t template_count_ = 0;
  std::int64_t part_attribute_count_ = 0;
  std::int64_t inner_count_ = 0;
};

Result<MadeTable> CityJsonImport::run() {
  const Result<void> good = check_city();
  if (!good) return std::unexpected(good.error());
  auto vertices = city_vertices(member_of(city_, "vertices"), member_of(city_, "transform"));
  if (!vertices) return bad(file_name_, vertices.error().message);
  vertices_ = std::move(*vertices);
  table_.name = "city";
  table_.crs = system_of(city_);
  for (const auto& [id, object] : city_["CityObjects"].items()) {
    if (!object.is_object() || text_member(object, "type").empty()) {
      table_.rejected.emplace_back(id, "It is no object with a type.");
    } else if (!object.contains("parents")) {
      const std::string type = text_member(object, "type");
      if (is_wanted(type)) {
        read_object(id, object);
      } else {
        ++unread_[type];
      }
    }
  }
  const Result<void> found = check_found();
  if (!found) return std::unexpected(found.error());
  warn();
  return std::move(table_);
}

Result<void> CityJsonImport::check_city() const {
  if (!city_.is_object() || text_member(city_, "type") != "CityJSON") return bad(file_name_, "It is no CityJSON: its `type` is another.");
  const std::string version = text_member(city_, "version");
  if (!version.starts_with("1.") && !version.starts_with("2.")) {
    return bad(file_name_, fmt::format("Its version of CityJSON `{}` is not read; 1.0 to 2.0 are.", version.substr(0, 20)));
  }
  if (!city_.contains("CityObjects") || !city_["CityObjects"].is_object()) return bad(file_name_, "It has no `CityObjects`.");
  return {};
}

bool CityJsonImport::is_wanted(const std::string& type) const {
  if (!wish_.type.empty()) return type == wish_.type;
  const auto types = types_for(wish_.theme);
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

Result<void> CityJsonImport::gather(const std::string& id, const json& object, std::vector<CityShape>& shapes,
                                    std::set<std::string>& seen) {
  seen.insert(id);
  if (seen.size() > kMaxParts) return failure(ErrorCode::kBadData, fmt::format("It has more than {} parts.", kMaxParts));
  const json& geometries = member_of(object, "geometry");
  if (!geometries.is_array() && !geometries.is_null()) return failure(ErrorCode::kBadData, "Its `geometry` is no list.");
  for (const json& geometry : geometries) {
    auto shape = city_shape(geometry, vertices_.size());
    if (!shape) return std::unexpected(shape.error());
    template_count_ += shape->is_template ? 1 : 0;
    shapes.push_back(std::move(*shape));
  }
  const json& children = member_of(object, "children");
  if (!children.is_array() && !children.is_null()) return failure(ErrorCode::kBadData, "Its `children` are no list.");
  for (const json& child : children) {
    const auto found = child.is_string() ? city_["CityObjects"].find(child.get<std::string>()) : city_["CityObjects"].end();
    if (found == city_["CityObjects"].end() || !found->is_object())
      return failure(ErrorCode::kBadData, "It names a part that is not in the file.");
    if (seen.contains(child.get<std::string>())) return failure(ErrorCode::kBadData, "It is a part of itself.");
    if (!is_part(text_member(*found, "type"))) {
      ++inner_count_;
      continue;
    }
    if (found->contains("attributes")) ++part_attribute_count_;
    const Result<void> part = gather(child.get<std::string>(), *found, shapes, seen);
    if (!part) return part;
  }
  return {};
}

void CityJsonImport::read_object(const std::string& id, const json& object) {
  std::vector<CityShape> shapes;
  std::set<std::string> seen;
  const Result<void> gathered = gather(id, object, shapes, seen);
  Result<Geometry> shape = gathered ? footprint(shapes, vertices_) : std::unexpected(gathered.error());
  if (!shape) {
    table_.rejected.emplace_back(id, shape.error().message);
    return;
  }
  MadeRow row{.id = id, .shape = std::move(*shape), .values = {}};
  add_values(object, shapes, seen.size() - 1, row);
  table_.rows.push_back(std::move(row));
}

void CityJsonImport::add_values(const json& object, const std::vector<CityShape>& shapes, std::size_t part_count, MadeRow& row) const {
  const json& attributes = member_of(object, "attributes");
  const auto add = [&](const char* name, MadeValue value) {
    if (!attributes.is_object() || !attributes.contains(name)) row.values.emplace_back(name, std::move(value));
  };
  add("type", text_member(object, "type"));
  double lod = 0;
  for (const CityShape& shape : shapes) lod = std::max(lod, shape.lod);
  add("lod", lod);
  if (const auto height = height_of(shapes, vertices_)) {
    add("height_m", *height);
  } else if (attributes.is_object() && attributes.value("measuredHeight", json()).is_number()) {
    add("height_m", attributes["measuredHeight"].get<double>());
  }
  if (attributes.is_object() && attributes.value("storeysAboveGround", json()).is_number_integer()) {
    add("levels", attributes["storeysAboveGround"].get<std::int64_t>());
  }
  if (part_count > 0) add("part_count", static_cast<std::int64_t>(part_count));
  if (object.contains("address")) add("address", object["address"].dump());
  if (!attributes.is_object()) return;
  for (const auto& [name, value] : attributes.items()) {
    if (!value.is_null()) row.values.emplace_back(name, value_of(value));
  }
}

Result<void> CityJsonImport::check_found() const {
  if (!table_.rows.empty() || !table_.rejected.empty()) return {};
  std::string types;
  for (const auto& [type, count] : unread_) types += fmt::format("{}{} {}", types.empty() ? "" : ", ", count, type);
  if (types.empty()) return bad(file_name_, "It holds no objects that stand by themselves.");
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} holds no object {}; it has {}; name one with --source-layer.", file_name_,
                             wish_.type.empty() ? fmt::format("for a layer of {}", geo::theme_name(wish_.theme))
                                                : fmt::format("of the type `{}`", wish_.type),
                             types),
                 "source_layer");
}

void CityJsonImport::warn() {
  for (const auto& [type, count] : unread_) table_.warnings.push_back(fmt::format("{} objects of the type {} were not read.", count, type));
  if (template_count_ > 0)
    table_.warnings.push_back(fmt::format("{} shapes are made of templates; only their places were read.", template_count_));
  if (inner_count_ > 0)
    table_.warnings.push_back(fmt::format("{} rooms, installations and the like inside of objects were not read.", inner_count_));
  if (part_attribute_count_ > 0) {
    table_.warnings.push_back(
        fmt::format("{} parts were joined with what they are part of; attributes of their own were not read.", part_attribute_count_));
  }
}

}  // namespace

Result<MadeTable> read_city_json(std::string_view text, const std::string& file_name, const CityJsonWish& wish) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto city = parse(text, file_name);
  if (!city) return std::unexpected(city.error());
  return CityJsonImport(std::move(*city), file_name, wish).run();
}

}  // namespace obnova::server
