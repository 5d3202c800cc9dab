#pragma once

#include "geo/base/point.h"
#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "server/ingest/osm_nodes.h"
#include "server/ingest/valid_shape.h"

namespace osmium {
class Way;
}

namespace obnova::server {

// Shapes of nodes and ways on the plane of the city. Fail with kInvalidArgument
// outside the area of use of the plane, with kBadData for ways that make no
// shape; the message is the reason for the report.

Result<ValidShape> point_at(LngLat place, const geo::Projection& projection);

// The line of a way. When nodes are missing from the file, the longest stretch
// without a gap is kept and counts as repaired.
Result<ValidShape> line_of(const osmium::Way& way, const OsmNodes& nodes, const geo::Projection& projection);

// The area inside a closed way without a missing node.
Result<ValidShape> outline_of(const osmium::Way& way, const OsmNodes& nodes, const geo::Projection& projection);

bool has_missing_nodes(const osmium::Way& way, const OsmNodes& nodes);

}  // namespace obnova::server
