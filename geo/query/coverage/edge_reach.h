#pragma once

#include <span>
#include <utility>
#include <vector>

#include "geo/network/search.h"
#include "geo/query/coverage/service_area.h"

namespace obnova::geo {

// One way to come to the places of an edge: along it from an anchor, which is
// one of its ends or a source on it. The cost grows by the same amount each meter.
struct Arrival {
  double from_m = 0;  // The places it leads to, offsets ascending.
  double to_m = 0;
  bool upward = true;  // The anchor is `from_m`; else `to_m`.
  double time_ms = 0;  // At the anchor.
  double length_m = 0;
  double pace_ms_per_m = 0;

  double distance_m(double offset_m) const { return upward ? offset_m - from_m : to_m - offset_m; }
  double time_ms_at(double offset_m) const { return time_ms + pace_ms_per_m * distance_m(offset_m); }
  double length_m_at(double offset_m) const { return length_m + distance_m(offset_m); }
};

// Tells for every place of every edge what a sweep says of it, as
// `reach_in_sweep` does for one place, but as lines instead of numbers: what is
// cut at a limit is cut exactly (to the half millisecond that times are rounded by).
class EdgeReach {
 public:
  // All must outlive it; `sources` and `direction` as in the sweep.
  EdgeReach(const Metric& metric, const Sweep& sweep, std::span<const NetworkPlace> sources, Direction direction);

  // At most one for each anchor and direction; empty when nothing leads there.
  std::vector<Arrival> arrivals(EdgeId edge) const;

 private:
  void add(std::vector<Arrival>& arrivals, ArcId arc, double anchor_m, Reach at_anchor) const;

  const Metric& metric_;
  const Sweep& sweep_;
  std::span<const NetworkPlace> sources_;
  Direction direction_;
  std::vector<std::pair<EdgeId, std::uint32_t>> sources_by_edge_;  // Ascending.
};

// The fastest of the arrivals that lead to an offset; null when none does.
const Arrival* fastest_at(std::span<const Arrival> arrivals, double offset_m);

// How much of the limit is used at an offset, in its own unit: milliseconds or meters.
double used_at(const Arrival& arrival, double offset_m, ServiceLimit::Kind kind);
double amount_of(const ServiceLimit& limit);

// The parts of an edge within the limit, ascending and apart.
std::vector<Stretch> reached_stretches(std::span<const Arrival> arrivals, const ServiceLimit& limit);

// The parts of an edge that can be used and are not closed, ascending and apart.
std::vector<Stretch> open_stretches(const Metric& metric, EdgeId edge);

// The vertices of a part of a line, its ends included; from < to.
std::vector<Point> cut_line(std::span<const Point> line, Stretch part);

}  // namespace obnova::geo
