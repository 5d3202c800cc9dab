#include "server/ingest/osm_areas.h"

#include <fmt/format.h>

#include <cmath>
#include <osmium/area/assembler.hpp>
#include <osmium/area/problem_reporter.hpp>
#include <osmium/memory/buffer.hpp>
#include <osmium/osm/area.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace obnova::server {
namespace {

constexpr std::size_t kFirstBufferBytes = std::size_t{1} << 20;

// Keeps the first reason why an area could not be joined.
class FirstProblem : public osmium::area::ProblemReporter {
 public:
  const std::string& reason() const { return reason_; }

  void report_intersection(osmium::object_id_type way1, osmium::Location, osmium::Location, osmium::object_id_type way2, osmium::Location,
                           osmium::Location, osmium::Location) override {
    note(fmt::format("Its ways {} and {} cross each other.", way1, way2));
  }
  void report_ring_not_closed(const osmium::NodeRef& node, const osmium::Way* way) override {
    note(way == nullptr ? fmt::format("Its outline is not closed at node {}.", node.ref())
                        : fmt::format("Its outline is not closed at node {} of way {}.", node.ref(), way->id()));
  }
  void report_invalid_location(osmium::object_id_type way, osmium::object_id_type node) override {
    note(fmt::format("Node {} of its way {} is missing from the file.", node, way));
  }

 private:
  void note(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
  }
  std::string reason_;
};

template <typename Ring>
Result<void> append_ring(const Ring& ring, const geo::Projection& projection, Geometry& area) {
  for (const osmium::NodeRef& node : ring) {
    const Result<Point> place = projection.to_plane(node.lon(), node.lat());
    if (!place) return std::unexpected(place.error());
    area.points.push_back(*place);
  }
  area.path_ends.push_back(static_cast<std::uint32_t>(area.points.size()));
  return {};
}

Result<Geometry> to_geometry(const osmium::Area& assembled, const geo::Projection& projection) {
  Geometry area;
  for (const osmium::OuterRing& outer : assembled.outer_rings()) {
    const Result<void> shell = append_ring(outer, projection, area);
    if (!shell) return std::unexpected(shell.error());
    for (const osmium::InnerRing& inner : assembled.inner_rings(outer)) {
      const Result<void> hole = append_ring(inner, projection, area);
      if (!hole) return std::unexpected(hole.error());
    }
    area.part_ends.push_back(static_cast<std::uint32_t>(area.path_ends.size()));
  }
  area.kind = area.part_ends.size() == 1 ? GeometryKind::kPolygon : GeometryKind::kMultiPolygon;
  return area;
}

}  // namespace

struct OsmAreas::Ways {
  osmium::memory::Buffer buffer{kFirstBufferBytes, osmium::memory::Buffer::auto_grow::yes};
  std::unordered_map<std::int64_t, std::size_t> offsets;
};

OsmAreas::OsmAreas() : ways_(std::make_unique<Ways>()) {}
OsmAreas::~OsmAreas() = default;

bool is_multipolygon(const osmium::Relation& relation) {
  const std::string_view type = relation.tags().get_value_by_key("type", "");
  return type == "multipolygon" || type == "boundary";
}

void OsmAreas::want_members(const osmium::Relation& relation) {
  for (const osmium::RelationMember& member : relation.members()) {
    if (member.type() == osmium::item_type::way) wanted_.insert(member.ref());
  }
}

void OsmAreas::add_way(const osmium::Way& way, const OsmNodes& nodes) {
  const std::size_t offset = ways_->buffer.committed();
  ways_->buffer.add_item(way);
  ways_->buffer.commit();
  ways_->offsets.emplace(way.id(), offset);
  for (osmium::NodeRef& node : ways_->buffer.get<osmium::Way>(offset).nodes()) {
    const auto place = nodes.place_of(node.ref());
    node.set_location(place ? osmium::Location{place->lng_deg, place->lat_deg} : osmium::Location{});
  }
}

Result<ValidShape> OsmAreas::area_of(const osmium::Relation& relation, const geo::Projection& projection) const {
  std::vector<const osmium::Way*> ways;
  for (const osmium::RelationMember& member : relation.members()) {
    if (member.type() != osmium::item_type::way) continue;
    const auto offset = ways_->offsets.find(member.ref());
    if (offset == ways_->offsets.end())
      return failure(ErrorCode::kBadData, fmt::format("Its member way {} is missing from the file.", member.ref()));
    ways.push_back(&ways_->buffer.get<osmium::Way>(offset->second));
  }
  if (ways.empty()) return failure(ErrorCode::kBadData, "It has no member ways.");
  FirstProblem problem;
  osmium::area::AssemblerConfig config;
  config.problem_reporter = &problem;
  config.create_empty_areas = false;
  osmium::memory::Buffer out{kFirstBufferBytes / 64, osmium::memory::Buffer::auto_grow::yes};
  if (!osmium::area::Assembler{config}(relation, ways, out)) {
    return failure(ErrorCode::kBadData, problem.reason().empty() ? "Its ways do not make an area." : problem.reason());
  }
  const Result<Geometry> area = to_geometry(out.get<osmium::Area>(0), projection);
  if (!area) return std::unexpected(area.error());
  return valid_shape(*area);
}

}  // namespace obnova::server
