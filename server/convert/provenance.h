#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "obnova/v1/common.pb.h"
#include "server/twin/twin.h"

namespace obnova::server {

// `cities/{city}` and `cities/{city}/layers/{layer}`.
std::string city_name(const Snapshot& snapshot);
std::string layer_name(const Snapshot& snapshot, std::string_view layer);

// What an answer depends on, collected while it is made.
//
//   Sources sources(snapshot);
//   sources.use(request.facilities_layer());
//   *response.mutable_provenance() = sources.provenance();
class Sources {
 public:
  // The snapshot must outlive this.
  explicit Sources(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // The answer depends on the features of a layer.
  void use(std::string_view layer);
  // It also depends on where the layer speaks: warns when nobody stated that.
  void use_with_area(std::string_view layer);
  // The layers the road network was made of.
  void use_roads();
  void warn(std::string warning);

  // Layers by name; warnings in the order they were given, each once.
  v1::Provenance provenance() const;

 private:
  const Snapshot& snapshot_;
  std::set<std::string, std::less<>> layers_;
  std::vector<std::string> warnings_;
};

}  // namespace obnova::server
