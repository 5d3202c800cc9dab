#pragma once

#include <functional>
#include <string>

#include "geo/base/result.h"

namespace osmium::memory {
class Buffer;
}

namespace obnova::server {

// An OpenStreetMap file that is read several times.
struct OsmFile {
  std::string path;
  std::string name;    // As the user knows it.
  std::string format;  // `pbf`, `osm`, `osm.gz` or `osm.bz2`.
};

enum class OsmPass { kRelations, kWays, kNodes };

// Reads all objects of one kind, in the order of the file, buffer by buffer;
// `fraction` is how much of the file was read. Fails with kBadData for a file
// that is broken anywhere or holds history, with the error of `take` otherwise.
using TakeBuffer = std::function<Result<void>(osmium::memory::Buffer& buffer, double fraction)>;
Result<void> read_objects(const OsmFile& file, OsmPass pass, const TakeBuffer& take);

}  // namespace obnova::server
