#include "geo/base/overlay.h"

#include <fmt/format.h>
#include <geos_c.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "geo/base/geos_bridge.h"
#include "geo/base/measure.h"
#include "geo/base/ring.h"

namespace obnova {
namespace {

// More than twice around the Earth: a longer distance is a mistake.
constexpr double kLargestDistance_m = 1e8;

using Predicate = char (*)(GEOSContextHandle_t, const GEOSGeometry*, const GEOSGeometry*);
using Overlay = GEOSGeometry* (*)(GEOSContextHandle_t, const GEOSGeometry*, const GEOSGeometry*);

struct Pair {
  GeosGeometry a;
  GeosGeometry b;
};

Result<Pair> to_geos(GeosContext& context, const GeometryView& a, const GeometryView& b) {
  Result<GeosGeometry> first = to_geos(context, a);
  if (!first) return std::unexpected(first.error());
  Result<GeosGeometry> second = to_geos(context, b);
  if (!second) return std::unexpected(second.error());
  return Pair{std::move(*first), std::move(*second)};
}

Result<bool> ask(std::string_view name, Predicate predicate, const GeometryView& a, const GeometryView& b) {
  GeosContext& context = GeosContext::of_thread();
  const Result<Pair> pair = to_geos(context, a, b);
  if (!pair) return std::unexpected(pair.error());
  const char answer = predicate(context.handle(), pair->a.get(), pair->b.get());
  if (answer == 2) return context.failure_of(fmt::format("Whether one shape {} the other cannot be told", name));
  return answer == 1;
}

// Takes the result of GEOS. Areas get one spelling, whatever order the
// computation found their rings in: equal areas of equal vertices are equal.
Result<Geometry> take(GeosContext& context, GEOSGeometry* raw, std::string_view failing, int wished_dimension = kHighestDimension) {
  const GeosGeometry result(raw, {context.handle()});
  if (!result) return context.failure_of(failing);
  const int type = GEOSGeomTypeId_r(context.handle(), raw);
  const bool is_line = type == GEOS_LINESTRING || type == GEOS_MULTILINESTRING;  // Their direction may matter.
  if (!is_line && GEOSNormalize_r(context.handle(), raw) == -1) return context.failure_of(failing);
  return from_geos(context, raw, wished_dimension);
}

Result<Geometry> combine(std::string_view name, Overlay overlay, const GeometryView& a, const GeometryView& b) {
  GeosContext& context = GeosContext::of_thread();
  const Result<Pair> pair = to_geos(context, a, b);
  if (!pair) return std::unexpected(pair.error());
  return take(context, overlay(context.handle(), pair->a.get(), pair->b.get()), fmt::format("The shapes have no {}", name));
}

template <typename Work>
Result<Geometry> change(const GeometryView& geometry, std::string_view failing, const Work& work) {
  GeosContext& context = GeosContext::of_thread();
  const Result<GeosGeometry> shape = to_geos(context, geometry);
  if (!shape) return std::unexpected(shape.error());
  if (geometry.empty()) return Geometry{};
  return take(context, work(context.handle(), shape->get()), failing);
}

Result<Geometry> repair(const GeometryView& geometry, GEOSMakeValidMethods method) {
  GeosContext& context = GeosContext::of_thread();
  const Result<GeosGeometry> shape = to_geos(context, geometry);
  if (!shape) return std::unexpected(shape.error());
  if (geometry.empty()) return Geometry{};
  GEOSMakeValidParams* parameters = GEOSMakeValidParams_create_r(context.handle());
  GEOSMakeValidParams_setMethod_r(context.handle(), parameters, method);
  GEOSMakeValidParams_setKeepCollapsed_r(context.handle(), parameters, 0);
  GEOSGeometry* valid = GEOSMakeValidWithParams_r(context.handle(), shape->get(), parameters);
  GEOSMakeValidParams_destroy_r(context.handle(), parameters);
  return take(context, valid, "The shape cannot be made valid", dimension(geometry.kind));
}

bool all_usable(const GeometryView& shape) { return std::ranges::all_of(shape.points, is_usable); }

// Whether one point lies in one area needs no conversion.
bool is_point_in_area(const GeometryView& area, const GeometryView& point) {
  return dimension(area.kind) == 2 && point.kind == GeometryKind::kPoint && !point.empty() && all_usable(area) && all_usable(point);
}

}  // namespace

std::optional<std::string> validity_problem(const GeometryView& geometry) {
  GeosContext& context = GeosContext::of_thread();
  const Result<GeosGeometry> shape = to_geos(context, geometry);
  if (!shape) return shape.error().message;
  char* raw_reason = nullptr;
  GEOSGeometry* raw_place = nullptr;
  const char answer = GEOSisValidDetail_r(context.handle(), shape->get(), 0, &raw_reason, &raw_place);
  const GeosGeometry place(raw_place, {context.handle()});
  const std::string reason = raw_reason == nullptr ? "" : raw_reason;
  if (raw_reason != nullptr) GEOSFree_r(context.handle(), raw_reason);
  if (answer == 1) return std::nullopt;
  if (answer == 2) return context.failure_of("The shape cannot be checked").error().message;
  const Geometry where = place ? from_geos(context, place.get()) : Geometry{};
  if (where.points.empty()) return fmt::format("{}.", reason);
  return fmt::format("{} at ({}, {}).", reason, where.points.front().x_m, where.points.front().y_m);
}

Result<Geometry> make_valid(const GeometryView& geometry) {
  Result<Geometry> valid = repair(geometry, GEOS_MAKE_VALID_STRUCTURE);
  // The structure method of GEOS 3.11 sometimes leaves rings that cross where
  // many edges meet; the linework method mends what it left.
  if (valid && validity_problem(valid->view())) valid = repair(valid->view(), GEOS_MAKE_VALID_LINEWORK);
  if (!valid) return valid;
  if (const auto problem = validity_problem(valid->view())) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The shape cannot be made valid: {}", *problem));
  }
  return valid;
}

Result<bool> intersects(const GeometryView& a, const GeometryView& b) {
  if (is_point_in_area(a, b)) return covers(a, b.points.front());
  if (is_point_in_area(b, a)) return covers(b, a.points.front());
  return ask("intersects", GEOSIntersects_r, a, b);
}

Result<bool> within(const GeometryView& a, const GeometryView& b) { return ask("lies within", GEOSWithin_r, a, b); }

Result<bool> contains(const GeometryView& a, const GeometryView& b) { return ask("contains", GEOSContains_r, a, b); }

Result<bool> covers(const GeometryView& a, const GeometryView& b) {
  if (is_point_in_area(a, b)) return covers(a, b.points.front());
  return ask("covers", GEOSCovers_r, a, b);
}

Result<bool> covered_by(const GeometryView& a, const GeometryView& b) { return covers(b, a); }

Result<bool> touches(const GeometryView& a, const GeometryView& b) { return ask("touches", GEOSTouches_r, a, b); }

Result<bool> crosses(const GeometryView& a, const GeometryView& b) { return ask("crosses", GEOSCrosses_r, a, b); }

Result<bool> overlaps(const GeometryView& a, const GeometryView& b) { return ask("overlaps", GEOSOverlaps_r, a, b); }

Result<bool> disjoint(const GeometryView& a, const GeometryView& b) {
  const Result<bool> meet = intersects(a, b);
  if (!meet) return meet;
  return !*meet;
}

Result<bool> equals(const GeometryView& a, const GeometryView& b) { return ask("equals", GEOSEquals_r, a, b); }

Result<std::string> relate(const GeometryView& a, const GeometryView& b) {
  GeosContext& context = GeosContext::of_thread();
  const Result<Pair> pair = to_geos(context, a, b);
  if (!pair) return std::unexpected(pair.error());
  char* raw = GEOSRelate_r(context.handle(), pair->a.get(), pair->b.get());
  if (raw == nullptr) return context.failure_of("How the shapes relate cannot be told");
  std::string matrix = raw;
  GEOSFree_r(context.handle(), raw);
  return matrix;
}

Result<Geometry> intersection(const GeometryView& a, const GeometryView& b) { return combine("intersection", GEOSIntersection_r, a, b); }

Result<Geometry> difference(const GeometryView& a, const GeometryView& b) { return combine("difference", GEOSDifference_r, a, b); }

Result<Geometry> symmetric_difference(const GeometryView& a, const GeometryView& b) {
  return combine("symmetric difference", GEOSSymDifference_r, a, b);
}

Result<Geometry> union_of(const GeometryView& a, const GeometryView& b) { return combine("union", GEOSUnion_r, a, b); }

Result<Geometry> union_all(std::span<const Geometry> shapes) {
  int highest = -1;
  for (const Geometry& shape : shapes) {
    if (!shape.points.empty()) highest = std::max(highest, dimension(shape.kind));
  }
  GeosContext& context = GeosContext::of_thread();
  std::vector<GeosGeometry> members;
  for (const Geometry& shape : shapes) {
    Result<GeosGeometry> member = to_geos(context, shape.view());
    if (!member) return std::unexpected(member.error());
    // Lower dimensions would be dropped from the result anyway.
    if (!shape.points.empty() && dimension(shape.kind) == highest) members.push_back(std::move(*member));
  }
  if (members.empty()) return Geometry{};
  const Result<GeosGeometry> collection = to_geos_collection(context, std::move(members));
  if (!collection) return std::unexpected(collection.error());
  return take(context, GEOSUnaryUnion_r(context.handle(), collection->get()), "The shapes have no union");
}

Result<Geometry> buffer(const GeometryView& geometry, double radius_m, int quadrant_segments) {
  if (!(std::abs(radius_m) <= kLargestDistance_m)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A buffer radius must be at most {} m, got {}.", kLargestDistance_m, radius_m));
  }
  constexpr int kMostSegments = 1000;
  if (quadrant_segments < 1 || quadrant_segments > kMostSegments) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("A quarter circle takes 1 to {} segments, got {}.", kMostSegments, quadrant_segments));
  }
  return change(geometry, "The shape has no buffer", [&](GEOSContextHandle_t handle, const GEOSGeometry* shape) {
    return GEOSBuffer_r(handle, shape, radius_m, quadrant_segments);
  });
}

Result<Geometry> convex_hull(const GeometryView& geometry) { return change(geometry, "The shape has no convex hull", GEOSConvexHull_r); }

Result<Geometry> simplify(const GeometryView& geometry, double tolerance_m) {
  if (!(tolerance_m >= 0 && tolerance_m <= kLargestDistance_m)) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("A tolerance must be from 0 to {} m, got {}.", kLargestDistance_m, tolerance_m));
  }
  // GEOS 3.11 keeps each ring simple but may move an edge across a hole: such
  // a result is tried again with half the tolerance, and at last not at all.
  constexpr int kMostTries = 8;
  for (int i = 0; i < kMostTries; ++i, tolerance_m /= 2) {
    Result<Geometry> simple = change(
        geometry, "The shape cannot be simplified",
        [&](GEOSContextHandle_t handle, const GEOSGeometry* shape) { return GEOSTopologyPreserveSimplify_r(handle, shape, tolerance_m); });
    if (!simple || !validity_problem(simple->view())) return simple;
  }
  return Geometry::copy_of(geometry);
}

Result<Gap> gap_between(const GeometryView& a, const GeometryView& b) {
  GeosContext& context = GeosContext::of_thread();
  const Result<Pair> pair = to_geos(context, a, b);
  if (!pair) return std::unexpected(pair.error());
  if (a.empty() || b.empty()) return failure(ErrorCode::kInvalidArgument, "A shape without a place has no distance to another.");
  GEOSCoordSequence* places = GEOSNearestPoints_r(context.handle(), pair->a.get(), pair->b.get());
  if (places == nullptr) return context.failure_of("The shapes have no distance");
  Gap gap;
  GEOSCoordSeq_getXY_r(context.handle(), places, 0, &gap.on_a.x_m, &gap.on_a.y_m);
  GEOSCoordSeq_getXY_r(context.handle(), places, 1, &gap.on_b.x_m, &gap.on_b.y_m);
  GEOSCoordSeq_destroy_r(context.handle(), places);
  gap.distance_m = distance_m(gap.on_a, gap.on_b);
  return gap;
}

}  // namespace obnova
