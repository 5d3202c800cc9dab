#include "geo/base/geos_bridge.h"

#include <fmt/format.h>
#include <geos_c.h>

#include <array>
#include <cstddef>
#include <utility>

#include "geo/base/check.h"
#include "geo/base/ring.h"

namespace obnova {
namespace {

static_assert(sizeof(Point) == 2 * sizeof(double));  // Vertices are copied to and from GEOS as one block.

void remember_message(const char* message, void* remembered) { *static_cast<std::string*>(remembered) = message; }

// Every function that takes a path or members owns them afterwards, whether it succeeds or not.
class Builder {
 public:
  explicit Builder(GEOSContextHandle_t handle) : handle_(handle) {}

  GEOSGeometry* build(const GeometryView& shape) {
    switch (shape.kind) {
      case GeometryKind::kNone:
        return GEOSGeom_createEmptyPolygon_r(handle_);
      case GeometryKind::kPoint:
        return point(shape.points.front());
      case GeometryKind::kLineString:
        return line(shape.path(0));
      case GeometryKind::kPolygon:
        return polygon(shape, 0, shape.path_ends.size());
      case GeometryKind::kMultiPoint:
        for (const Point& p : shape.points) add(point(p));
        return collect(GEOS_MULTIPOINT);
      case GeometryKind::kMultiLineString:
        for (std::size_t i = 0; i < shape.path_ends.size(); ++i) add(line(shape.path(i)));
        return collect(GEOS_MULTILINESTRING);
      case GeometryKind::kMultiPolygon:
        return multi_polygon(shape);
    }
    return nullptr;
  }

 private:
  GEOSGeometry* point(Point p) { return GEOSGeom_createPointFromXY_r(handle_, p.x_m, p.y_m); }

  GEOSCoordSequence* sequence(std::span<const Point> path) {
    const auto* numbers = reinterpret_cast<const double*>(path.data());
    return GEOSCoordSeq_copyFromBuffer_r(handle_, numbers, static_cast<unsigned int>(path.size()), 0, 0);
  }

  GEOSGeometry* line(std::span<const Point> path) {
    GEOSCoordSequence* vertices = sequence(path);
    return vertices == nullptr ? nullptr : GEOSGeom_createLineString_r(handle_, vertices);
  }

  GEOSGeometry* ring(std::span<const Point> path) {
    GEOSCoordSequence* vertices = sequence(path);
    return vertices == nullptr ? nullptr : GEOSGeom_createLinearRing_r(handle_, vertices);
  }

  GEOSGeometry* polygon(const GeometryView& shape, std::size_t first, std::size_t last) {
    GEOSGeometry* shell = ring(shape.path(first));
    if (shell == nullptr) return nullptr;
    std::vector<GEOSGeometry*> holes;
    for (std::size_t i = first + 1; i < last; ++i) {
      GEOSGeometry* hole = ring(shape.path(i));
      if (hole == nullptr) {
        GEOSGeom_destroy_r(handle_, shell);
        for (GEOSGeometry* built : holes) GEOSGeom_destroy_r(handle_, built);
        return nullptr;
      }
      holes.push_back(hole);
    }
    return GEOSGeom_createPolygon_r(handle_, shell, holes.data(), static_cast<unsigned int>(holes.size()));
  }

  GEOSGeometry* multi_polygon(const GeometryView& shape) {
    std::size_t first = 0;
    for (const std::uint32_t last : shape.part_ends) {
      add(polygon(shape, first, last));
      first = last;
    }
    return collect(GEOS_MULTIPOLYGON);
  }

  void add(GEOSGeometry* member) { members_.emplace_back(member, GeosDeleter{handle_}); }

  GEOSGeometry* collect(int type) {
    std::vector<GEOSGeometry*> raw;
    for (const GeosGeometry& member : members_) {
      if (!member) return nullptr;
    }
    for (GeosGeometry& member : members_) raw.push_back(member.release());
    return GEOSGeom_createCollection_r(handle_, type, raw.data(), static_cast<unsigned int>(raw.size()));
  }

  GEOSContextHandle_t handle_;
  std::vector<GeosGeometry> members_;
};

// Takes GEOS shapes apart, one bin a dimension.
class Collector {
 public:
  explicit Collector(GEOSContextHandle_t handle) : handle_(handle) {}

  void add(const GEOSGeometry* geometry) {
    if (GEOSisEmpty_r(handle_, geometry) != 0) return;
    switch (GEOSGeomTypeId_r(handle_, geometry)) {
      case GEOS_POINT:
        add_path(bins_[0], geometry);
        break;
      case GEOS_LINESTRING:
      case GEOS_LINEARRING:
        add_path(bins_[1], geometry);
        break;
      case GEOS_POLYGON:
        add_polygon(geometry);
        break;
      default:
        const int count = GEOSGetNumGeometries_r(handle_, geometry);
        for (int i = 0; i < count; ++i) add(GEOSGetGeometryN_r(handle_, geometry, i));
    }
  }

  Geometry take(int wished_dimension) {
    for (int i = 2; i >= 0; --i) {
      Geometry& bin = bins_[static_cast<std::size_t>(i)];
      if (bin.points.empty() || (wished_dimension != kHighestDimension && wished_dimension != i)) continue;
      finish(bin, i);
      return std::move(bin);
    }
    return {};
  }

 private:
  static void finish(Geometry& shape, int dimension) {
    if (dimension == 0) {
      shape.path_ends = {static_cast<std::uint32_t>(shape.points.size())};
      shape.kind = shape.points.size() == 1 ? GeometryKind::kPoint : GeometryKind::kMultiPoint;
    } else if (dimension == 1) {
      shape.kind = shape.path_ends.size() == 1 ? GeometryKind::kLineString : GeometryKind::kMultiLineString;
    } else {
      shape.kind = shape.part_ends.size() == 1 ? GeometryKind::kPolygon : GeometryKind::kMultiPolygon;
    }
  }

  void add_path(Geometry& bin, const GEOSGeometry* path) {
    const GEOSCoordSequence* vertices = GEOSGeom_getCoordSeq_r(handle_, path);
    unsigned int size = 0;
    OBNOVA_CHECK(vertices != nullptr && GEOSCoordSeq_getSize_r(handle_, vertices, &size) != 0);
    const std::size_t begin = bin.points.size();
    bin.points.resize(begin + size);
    auto* numbers = reinterpret_cast<double*>(bin.points.data() + begin);
    OBNOVA_CHECK(GEOSCoordSeq_copyToBuffer_r(handle_, vertices, numbers, 0, 0) != 0);
    bin.path_ends.push_back(static_cast<std::uint32_t>(bin.points.size()));
  }

  void add_ring(const GEOSGeometry* ring, bool is_shell) {
    Geometry& areas = bins_[2];
    const std::size_t begin = areas.points.size();
    add_path(areas, ring);
    turn_ring(std::span(areas.points).subspan(begin), is_shell);
  }

  void add_polygon(const GEOSGeometry* polygon) {
    add_ring(GEOSGetExteriorRing_r(handle_, polygon), true);
    const int hole_count = GEOSGetNumInteriorRings_r(handle_, polygon);
    for (int i = 0; i < hole_count; ++i) add_ring(GEOSGetInteriorRingN_r(handle_, polygon, i), false);
    bins_[2].part_ends.push_back(static_cast<std::uint32_t>(bins_[2].path_ends.size()));
  }

  GEOSContextHandle_t handle_;
  std::array<Geometry, 3> bins_;
};

// "TopologyException: side location conflict at 1 2. This can occur …" says
// what matters between the colon and the full stop.
std::string_view core_of(std::string_view message) {
  if (const auto colon = message.find("Exception: "); colon != std::string_view::npos) message.remove_prefix(colon + 11);
  if (const auto stop = message.find(". "); stop != std::string_view::npos) message = message.substr(0, stop);
  while (!message.empty() && (message.back() == '.' || message.back() == ' ')) message.remove_suffix(1);
  return message;
}

}  // namespace

GeosContext::GeosContext() : handle_(GEOS_init_r()) {
  OBNOVA_CHECK(handle_ != nullptr);
  GEOSContext_setErrorMessageHandler_r(handle_, remember_message, &message_);
}

GeosContext::~GeosContext() { GEOS_finish_r(handle_); }

GeosContext& GeosContext::of_thread() {
  thread_local GeosContext context;
  return context;
}

std::unexpected<Error> GeosContext::failure_of(std::string_view what) {
  const std::string message = std::exchange(message_, {});
  return failure(ErrorCode::kInvalidArgument, fmt::format("{}: {}.", what, message.empty() ? "no reason given" : core_of(message)));
}

void GeosDeleter::operator()(GEOSGeom_t* geometry) const { GEOSGeom_destroy_r(handle, geometry); }

Result<GeosGeometry> to_geos(GeosContext& context, const GeometryView& geometry) {
  for (const Point& p : geometry.points) {
    if (is_usable(p)) continue;
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The coordinate ({}, {}) is not a finite number of usable size.", p.x_m, p.y_m));
  }
  const GeometryView shape = geometry.empty() ? GeometryView{} : geometry;
  GeosGeometry built(Builder(context.handle()).build(shape), {context.handle()});
  if (!built) return context.failure_of("The shape cannot be built");
  return built;
}

Result<GeosGeometry> to_geos_collection(GeosContext& context, std::vector<GeosGeometry> members) {
  std::vector<GEOSGeometry*> raw;
  raw.reserve(members.size());
  for (GeosGeometry& member : members) raw.push_back(member.release());
  GeosGeometry built(
      GEOSGeom_createCollection_r(context.handle(), GEOS_GEOMETRYCOLLECTION, raw.data(), static_cast<unsigned int>(raw.size())),
      {context.handle()});
  if (!built) return context.failure_of("The shapes cannot be collected");
  return built;
}

Geometry from_geos(GeosContext& context, const GEOSGeom_t* geometry, int wished_dimension) {
  Collector collector(context.handle());
  collector.add(geometry);
  return collector.take(wished_dimension);
}

}  // namespace obnova
