#include "server/ingest/osm_restrictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <osmium/osm/relation.hpp>
#include <string_view>
#include <utility>

namespace obnova::server {
namespace {

// Travellers a restriction for one of them leaves alone.
constexpr std::array<std::string_view, 10> kTravellers = {"bicycle", "bus",      "emergency",  "foot", "hgv",
                                                          "moped",   "motorcar", "motorcycle", "psv",  "taxi"};

bool concerns(std::string_view traveller, std::string_view mode) {
  if (traveller == mode) return true;
  if (mode == "psv") return traveller == "bus" || traveller == "taxi";
  if (mode == "motor_vehicle") return traveller != "bicycle" && traveller != "foot";
  return mode == "vehicle" && traveller != "foot";
}

// `restriction:hgv` is a restriction with everybody else excepted.
std::string everybody_but(std::string_view mode) {
  std::string except;
  for (const std::string_view traveller : kTravellers) {
    if (concerns(traveller, mode)) continue;
    if (!except.empty()) except += ';';
    except += traveller;
  }
  return except;
}

void read_tags(const osmium::TagList& tags, OsmRestriction& restriction) {
  restriction.except = tags.get_value_by_key("except", "");
  if (const char* value = tags.get_value_by_key("restriction")) {
    restriction.restriction = value;
    return;
  }
  for (const osmium::Tag& tag : tags) {
    const std::string_view key = tag.key();
    if (!key.starts_with("restriction:")) continue;
    const std::string_view mode = key.substr(std::string_view("restriction:").size());
    if (mode.find("conditional") != std::string_view::npos) {
      restriction.unusable = "It binds at certain times only.";
      return;
    }
    restriction.restriction = tag.value();
    restriction.except = everybody_but(mode);
    return;
  }
}

void read_members(const osmium::Relation& relation, OsmRestriction& restriction) {
  for (const osmium::RelationMember& member : relation.members()) {
    const std::string_view role = member.role();
    if (member.type() == osmium::item_type::way) {
      if (role == "from") restriction.from_ways.push_back(member.ref());
      if (role == "via") restriction.via_ways.push_back(member.ref());
      if (role == "to") restriction.to_ways.push_back(member.ref());
    } else if (member.type() == osmium::item_type::node && role == "via") {
      if (restriction.via_node) restriction.unusable = "It has more than one via node.";
      restriction.via_node = member.ref();
    }
  }
}

// The first of the nodes of `way` that `other` has too; its ends go first.
std::optional<std::int64_t> meeting_node(const std::vector<std::int64_t>& way, const std::vector<std::int64_t>& other) {
  const auto in_other = [&](std::int64_t node) { return std::find(other.begin(), other.end(), node) != other.end(); };
  if (in_other(way.back())) return way.back();
  if (in_other(way.front())) return way.front();
  const auto found = std::find_if(way.begin(), way.end(), in_other);
  return found == way.end() ? std::nullopt : std::optional(*found);
}

std::string way_name(std::int64_t id) { return fmt::format("way/{}", id); }

std::optional<std::int64_t> missing_way(const OsmRestriction& restriction, const WayNodes& ways) {
  for (const auto* members : {&restriction.from_ways, &restriction.via_ways, &restriction.to_ways}) {
    for (const std::int64_t way : *members) {
      if (!ways.contains(way)) return way;
    }
  }
  return std::nullopt;
}

// The node at which a traveller on `from` meets the restriction.
Result<std::int64_t> via_node_of(const OsmRestriction& restriction, std::int64_t from, const WayNodes& ways) {
  const std::vector<std::int64_t>& from_nodes = ways.at(from);
  if (restriction.via_ways.empty()) {
    if (std::find(from_nodes.begin(), from_nodes.end(), *restriction.via_node) != from_nodes.end()) return *restriction.via_node;
    return failure(ErrorCode::kBadData, fmt::format("Way {} does not pass the via node {}.", from, *restriction.via_node));
  }
  const auto node = meeting_node(from_nodes, ways.at(restriction.via_ways.front()));
  if (node) return *node;
  return failure(ErrorCode::kBadData, fmt::format("Way {} does not meet the via way {}.", from, restriction.via_ways.front()));
}

std::string why_unusable(const OsmRestriction& restriction, const WayNodes& ways) {
  if (!restriction.unusable.empty()) return restriction.unusable;
  if (restriction.restriction.empty()) return "It does not say what it restricts.";
  if (restriction.from_ways.empty()) return "It has no from way.";
  if (restriction.to_ways.empty()) return "It has no to way.";
  if (!restriction.via_node && restriction.via_ways.empty()) return "It has no via member.";
  const auto missing = missing_way(restriction, ways);
  if (missing) return fmt::format("Its member way {} is not among the roads of the file.", *missing);
  return {};
}

}  // namespace

bool is_restriction(const osmium::Relation& relation) {
  const std::string_view type = relation.tags().get_value_by_key("type", "");
  return type == "restriction" || type.starts_with("restriction:");
}

OsmRestriction to_restriction(const osmium::Relation& relation) {
  OsmRestriction restriction;
  restriction.relation = relation.id();
  read_tags(relation.tags(), restriction);
  read_members(relation, restriction);
  return restriction;
}

std::vector<geo::Field> restriction_fields() {
  return {{"restriction", geo::FieldType::kString}, {"from_way", geo::FieldType::kString}, {"via_ways", geo::FieldType::kString},
          {"to_way", geo::FieldType::kString},      {"via", geo::FieldType::kString},      {"except", geo::FieldType::kString}};
}

Result<std::vector<RestrictionRow>> restriction_rows(const OsmRestriction& restriction, const WayNodes& ways) {
  const std::string unusable = why_unusable(restriction, ways);
  if (!unusable.empty()) return failure(ErrorCode::kBadData, unusable);
  std::string via_ways;
  for (const std::int64_t way : restriction.via_ways) via_ways += (via_ways.empty() ? "" : ";") + way_name(way);
  std::vector<RestrictionRow> rows;
  for (const std::int64_t from : restriction.from_ways) {
    const Result<std::int64_t> node = via_node_of(restriction, from, ways);
    if (!node) return std::unexpected(node.error());
    for (const std::int64_t to : restriction.to_ways) {
      RestrictionRow row{fmt::format("relation/{}", restriction.relation), *node, {}};
      if (!rows.empty()) row.id += fmt::format("/{}", rows.size() + 1);
      row.values = {restriction.restriction,
                    way_name(from),
                    via_ways.empty() ? geo::Value() : geo::Value(via_ways),
                    way_name(to),
                    std::string(restriction.via_ways.empty() ? "node" : "way"),
                    restriction.except.empty() ? geo::Value() : geo::Value(restriction.except)};
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace obnova::server
