#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/digest.h"
#include "geo/base/result.h"
#include "geo/index/layer_index.h"
#include "geo/layer/layer.h"
#include "geo/network/road_network.h"
#include "geo/raster/raster.h"

namespace obnova::geo {

// A layer with its index. Both are immutable and shared between snapshots.
struct IndexedLayer {
  std::shared_ptr<const Layer> layer;
  std::shared_ptr<const LayerIndex> index;
};

// One immutable city for one context: all algorithms are functions of it. Hold
// it by shared_ptr for the length of a request. Copies of unchanged layers and
// of the road network are shared with the snapshot it was made from.
class City {
 public:
  // A city with these layers, whose ids are unique. `before` may be null; what
  // is equal there is reused. The layer with id `roads` and theme kRoads is the
  // network; without one the first kRoads layer by id is; `barriers` and
  // `turn_restrictions` are found the same way. No raster has the id of a layer.
  static std::shared_ptr<const City> make(std::string id, std::string crs, std::int64_t revision,
                                          std::vector<std::shared_ptr<const Layer>> layers, std::vector<Profile> profiles,
                                          const City* before, const std::vector<std::shared_ptr<const Raster>>& rasters = {});

  // The city of `base` with other layers for some, or more of them, and its rasters. Patches of
  // the layers there (see `LayerEdit`) cost what changed and not what is there:
  // indexes are patched with them, and where only attributes of roads and
  // barriers are others the network is weighed anew and not built anew.
  static std::shared_ptr<const City> patched(const City& base, std::int64_t revision, std::vector<std::shared_ptr<const Layer>> changed);

  const std::string& id() const { return id_; }
  // The plane, such as `EPSG:6384`.
  const std::string& crs() const { return crs_; }
  std::int64_t revision() const { return revision_; }
  // Of the plane, all layers and all rasters; equal digests mean equal answers.
  const Digest& digest() const { return digest_; }
  const Box& extent() const { return extent_; }

  const std::map<std::string, IndexedLayer, std::less<>>& layers() const { return layers_; }
  // Fails with kNotFound that lists the layers when there is no such one, and
  // with kInvalidArgument when the id is that of a raster.
  Result<const IndexedLayer*> layer(std::string_view id) const;
  // All layers of a theme, by id.
  std::vector<const IndexedLayer*> layers_of(Theme theme) const;

  const std::map<std::string, std::shared_ptr<const Raster>, std::less<>>& rasters() const { return rasters_; }
  // Fails with kNotFound that lists the rasters when there is no such one, and
  // with kInvalidArgument when the id is that of a layer.
  Result<const Raster*> raster(std::string_view id) const;
  // All rasters of a theme, by id.
  std::vector<const Raster*> rasters_of(RasterTheme theme) const;

  // Fails with kFailedPrecondition when the city has no roads layer.
  Result<const RoadNetwork*> roads() const;
  // The layers the network was made of, by id, for provenance.
  std::vector<std::string> road_layer_ids() const;

 private:
  City() = default;
  void finish(const City* before);

  std::string id_;
  std::string crs_;
  std::int64_t revision_ = 0;
  Digest digest_;
  Box extent_;
  std::map<std::string, IndexedLayer, std::less<>> layers_;
  std::map<std::string, std::shared_ptr<const Raster>, std::less<>> rasters_;
  std::vector<Profile> profiles_;
  std::shared_ptr<const RoadNetwork> roads_;
  std::vector<std::string> road_layer_ids_;
};

}  // namespace obnova::geo
