#pragma once

#include <string>
#include <vector>

#include "geo/query/features/select.h"

namespace obnova::geo {

struct Aggregate {
  std::int64_t count = 0;
  std::vector<double> sums;  // One per field, nulls add nothing.
};

struct AggregateByArea {
  std::vector<Aggregate> areas;  // By row of the areas layer.
  Aggregate outside;
  Aggregate total;
};

// Counts and sums selected features by the area that holds their interior
// point, the least row where areas overlap: each is counted once. Fails with
// kInvalidArgument when a field is not numeric or the areas are not polygons.
Result<AggregateByArea> aggregate_by_area(const City& city, const Selection& selection, const ToPlane& to_plane,
                                          const std::string& areas_layer, const std::vector<std::string>& sum_fields,
                                          const Limits& limits);

// By place: the row of the area that holds it, least row where areas overlap.
// Shared by everything that breaks an answer down by district.
class AreaLocator {
 public:
  // The layer must outlive the locator.
  static Result<AreaLocator> make(const IndexedLayer& areas);
  std::optional<FeatureId> area_at(Point place) const;

 private:
  explicit AreaLocator(const IndexedLayer& areas) : areas_(&areas) {}
  const IndexedLayer* areas_;
};

}  // namespace obnova::geo
