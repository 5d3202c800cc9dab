#pragma once

#include <cstdint>
#include <memory>
#include <unordered_set>

#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "server/ingest/osm_nodes.h"
#include "server/ingest/valid_shape.h"

namespace osmium {
class Relation;
class Way;
}  // namespace osmium

namespace obnova::server {

// Areas whose outlines are made of several ways (multipolygon and boundary
// relations), joined by libosmium. Ways are kept only when a relation wants them.
class OsmAreas {
 public:
  OsmAreas();
  ~OsmAreas();

  // The ways of a relation that will be asked for.
  void want_members(const osmium::Relation& relation);
  bool wants_way(std::int64_t id) const { return wanted_.contains(id); }
  // Keeps a way with the places of its nodes, which are filled in here.
  void add_way(const osmium::Way& way, const OsmNodes& nodes);

  // The area of a relation on the plane. Fails with the reason when ways or
  // nodes are missing or do not close.
  Result<ValidShape> area_of(const osmium::Relation& relation, const geo::Projection& projection) const;

 private:
  struct Ways;
  std::unordered_set<std::int64_t> wanted_;
  std::unique_ptr<Ways> ways_;
};

bool is_multipolygon(const osmium::Relation& relation);

}  // namespace obnova::server
