#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/query/features/select.h"

namespace obnova::geo {

struct Aggregate {
  std::int64_t count = 0;
  std::vector<double> sums;  // One per field, nulls add nothing.
};

struct AggregateByArea {
  std::vector<Aggregate> areas;  // By row of the areas layer; nothing in a hole.
  Aggregate outside;
  Aggregate total;
};

// Counts and sums selected features by the area that holds their interior
// point, the least row where areas overlap: each is counted once. Fails with
// kInvalidArgument when a field is not numeric or the areas are not polygons.
Result<AggregateByArea> aggregate_by_area(const City& city, const Selection& selection, const ToPlane& to_plane,
                                          const std::string& areas_layer, const std::vector<std::string>& sum_fields, const Limits& limits);

// By place: the row of the area that holds it, least row where areas overlap.
// Shared by everything that breaks an answer down by district. One thread at a
// time may ask.
class AreaLocator {
 public:
  // The layer must outlive the locator. Fails with kInvalidArgument when a
  // feature is a point or a line; features with no place hold nothing.
  static Result<AreaLocator> make(const IndexedLayer& areas);
  ~AreaLocator();
  AreaLocator(AreaLocator&&) noexcept;
  AreaLocator& operator=(AreaLocator&&) noexcept;

  std::optional<FeatureId> area_at(Point place) const;

 private:
  struct Outlines;
  AreaLocator(const IndexedLayer& areas, std::unique_ptr<const Outlines> outlines);
  const IndexedLayer* areas_;
  std::unique_ptr<const Outlines> outlines_;
};

}  // namespace obnova::geo
