#include "server/ingest/gdal_geometry.h"

#include <fmt/format.h>
#include <ogr_geometry.h>

#include <memory>
#include <utility>
#include <vector>

#include "geo/base/wkb.h"

namespace obnova::server {
namespace {

using Shape = std::unique_ptr<OGRGeometry>;

bool has_open_ring(const OGRGeometry& shape) {
  if (wkbFlatten(shape.getGeometryType()) == wkbPolygon) {
    for (const OGRLinearRing* ring : *shape.toPolygon()) {
      if (!ring->IsEmpty() && ring->get_IsClosed() == 0) return true;
    }
  } else if (OGR_GT_IsSubClassOf(shape.getGeometryType(), wkbGeometryCollection) != 0) {
    for (const OGRGeometry* part : *shape.toGeometryCollection()) {
      if (has_open_ring(*part)) return true;
    }
  }
  return false;
}

// The simple members of a collection, collections in it opened; nesting is
// bounded by the readers of GDAL.
void collect_parts(const OGRGeometry& shape, std::vector<const OGRGeometry*>& parts) {
  if (OGR_GT_IsSubClassOf(shape.getGeometryType(), wkbGeometryCollection) == 0) {
    if (!shape.IsEmpty()) parts.push_back(&shape);
    return;
  }
  for (const OGRGeometry* part : *shape.toGeometryCollection()) collect_parts(*part, parts);
}

Shape multi_of(int dimension) {
  if (dimension == 0) return std::make_unique<OGRMultiPoint>();
  if (dimension == 1) return std::make_unique<OGRMultiLineString>();
  return std::make_unique<OGRMultiPolygon>();
}

// The members of the highest dimension; `dropped` tells how many others there were.
Shape highest_of(const OGRGeometry& collection, std::size_t& dropped) {
  std::vector<const OGRGeometry*> parts;
  collect_parts(collection, parts);
  int highest = 0;
  for (const OGRGeometry* part : parts) highest = std::max(highest, part->getDimension());
  Shape multi = multi_of(highest);
  for (const OGRGeometry* part : parts) {
    if (part->getDimension() != highest) {
      ++dropped;
    } else if (multi->toGeometryCollection()->addGeometry(part) != OGRERR_NONE) {
      ++dropped;
    }
  }
  return multi;
}

bool is_read(OGRwkbGeometryType type) {
  switch (type) {
    case wkbPoint:
    case wkbLineString:
    case wkbPolygon:
    case wkbMultiPoint:
    case wkbMultiLineString:
    case wkbMultiPolygon:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<SimpleShape> simple_shape(const OGRGeometry& shape) {
  if (shape.IsEmpty()) return SimpleShape{};
  Shape flat(shape.hasCurveGeometry() ? shape.getLinearGeometry() : shape.clone());
  flat->flattenTo2D();
  std::optional<std::string> repaired;
  if (wkbFlatten(flat->getGeometryType()) == wkbGeometryCollection) {
    std::size_t dropped = 0;
    flat = highest_of(*flat, dropped);
    if (dropped > 0) repaired = fmt::format("A collection: {} members of lower dimension were left out.", dropped);
  }
  if (!is_read(flat->getGeometryType())) {
    return failure(ErrorCode::kBadData, fmt::format("A {} is not a point, line or area.", flat->getGeometryName()));
  }
  if (has_open_ring(*flat)) {
    flat->closeRings();
    repaired = "A ring was not closed.";
  }
  std::string wkb(flat->WkbSize(), '\0');
  if (flat->exportToWkb(wkbNDR, reinterpret_cast<unsigned char*>(wkb.data()), wkbVariantIso) != OGRERR_NONE) {
    return failure(ErrorCode::kBadData, "The shape cannot be read.");
  }
  Result<Geometry> geometry = from_wkb(wkb);
  if (!geometry) return std::unexpected(geometry.error());
  return SimpleShape{std::move(*geometry), std::move(repaired), shape.hasCurveGeometry(TRUE) != 0};
}

}  // namespace obnova::server
