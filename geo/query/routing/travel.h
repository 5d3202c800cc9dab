#pragma once

#include <memory>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/city/city.h"
#include "geo/network/search.h"

namespace obnova::geo {

// How one moves, and what is closed.
struct TravelOptions {
  std::string profile = "car";
  std::vector<Geometry> avoid;  // Valid areas on the plane.
  double max_snap_distance_m = 1000;
};

// What one request moves on: made once per request, then asked many times.
// The one impedance and the one snap of all routing, coverage and siting.
class TravelNetwork {
 public:
  static Result<TravelNetwork> make(const City& city, TravelOptions options, const Limits& limits);

  const RoadGraph& graph() const { return *graph_; }
  const Metric& metric() const { return *metric_; }
  // The metric without the closures of the request, to tell why there is no way.
  const Metric& open_metric() const { return *open_metric_; }
  // A metric without closures for a traveller who need not heed some things,
  // to tell why there is no way. Built on every call.
  Result<std::shared_ptr<const Metric>> relaxed_metric(MetricOptions options) const;
  const TravelOptions& options() const { return options_; }
  Snap snap(Point place) const;

 private:
  TravelNetwork() = default;
  TravelOptions options_;
  Profile profile_;
  std::shared_ptr<const RoadGraph> graph_;
  std::shared_ptr<const SnapIndex> snap_index_;
  std::shared_ptr<const Metric> open_metric_;
  std::shared_ptr<const Metric> metric_;
};

}  // namespace obnova::geo
