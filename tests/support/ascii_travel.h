#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/check.h"
#include "geo/io/profile_file.h"
#include "geo/network/search.h"
#include "geo/network/snap.h"
#include "tests/support/ascii_city.h"

namespace obnova::geo {

// The profiles of data/profiles.
inline const std::vector<Profile>& real_profiles() {
  static const std::vector<Profile> profiles = [] {
    auto read = read_profiles(std::string(OBNOVA_SOURCE_DIR) + "/data/profiles");
    OBNOVA_CHECK(read.has_value());
    return *read;
  }();
  return profiles;
}

inline const Profile& real_profile(const std::string& id) {
  const auto found = std::ranges::find(real_profiles(), id, &Profile::id);
  OBNOVA_CHECK(found != real_profiles().end());
  return *found;
}

// A picture ready to travel on.
class AsciiTravel {
 public:
  explicit AsciiTravel(AsciiCity city, const Profile& profile = real_profile("car"), std::vector<Geometry> closed = {})
      : city_(std::move(city)), closed_(std::move(closed)) {
    graph_ = RoadGraph::build(city_.roads, city_.barriers, city_.restrictions, {}).value();
    metric_ = Metric::make(graph_, profile).value();
    if (!closed_.empty()) metric_ = metric_->with_closed(closed_, {}).value();
    snap_index_ = std::make_unique<SnapIndex>(graph_);
  }

  const AsciiCity& city() const { return city_; }
  const RoadGraph& graph() const { return *graph_; }
  const std::shared_ptr<const RoadGraph>& shared_graph() const { return graph_; }
  const Metric& metric() const { return *metric_; }
  const SnapIndex& snap_index() const { return *snap_index_; }

  NetworkPlace on_network(Point place) const {
    const Snap snap = snap_index_->snap(place, *metric_, 1e6);
    OBNOVA_CHECK(snap.on_network.has_value());
    return *snap.on_network;
  }

  std::optional<Path> path(Point from, Point to) const {
    return fastest_path(*metric_, on_network(from), on_network(to), {}).value();
  }

  // The places a path passes, `ABC`; empty when there is none. Ends that are
  // no places of the picture have no letter.
  std::string walk(Point from, Point to) const {
    const std::optional<Path> found = path(from, to);
    if (!found) return {};
    std::string letters;
    for (const PathPiece& piece : found->pieces) {
      const Arc& arc = graph_->arc(piece.arc);
      const double end_m = arc.forward ? graph_->edge(arc.edge).length_m : 0;
      add_letter(&piece == &found->pieces.front() ? from : graph_->node_place(arc.tail), letters);
      add_letter(piece.to_m == end_m ? graph_->node_place(arc.head) : to, letters);
    }
    return letters;
  }
  std::string walk(char from, char to) const { return walk(city_.at(from), city_.at(to)); }

 private:
  void add_letter(Point place, std::string& letters) const {
    for (const auto& [letter, at] : city_.places) {
      if (at == place && (letters.empty() || letters.back() != letter)) letters += letter;
    }
  }

  AsciiCity city_;
  std::vector<Geometry> closed_;
  std::shared_ptr<const RoadGraph> graph_;
  std::shared_ptr<const Metric> metric_;
  std::unique_ptr<SnapIndex> snap_index_;
};

}  // namespace obnova::geo
