#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "geo/base/geometry.h"
#include "geo/base/result.h"

// GEOS's own names for its opaque types; <geos_c.h> stays in the .cc files.
struct GEOSContextHandle_HS;
struct GEOSGeom_t;

namespace obnova {

// Between our shapes and those of GEOS. Private to geo/base: only the files
// that call GEOS include this.

// What GEOS needs to run calls one after another: one a thread, or one an
// object that threads use in turn. Remembers what the last failure said.
class GeosContext {
 public:
  GeosContext();
  ~GeosContext();
  GeosContext(const GeosContext&) = delete;
  GeosContext& operator=(const GeosContext&) = delete;

  // The one of the calling thread.
  static GeosContext& of_thread();

  GEOSContextHandle_HS* handle() const { return handle_; }

  // Turns the last failure into one sentence that starts with `what`, such as
  // "The shapes have no union", and forgets it.
  std::unexpected<Error> failure_of(std::string_view what);

 private:
  GEOSContextHandle_HS* handle_ = nullptr;
  std::string message_;
};

struct GeosDeleter {
  GEOSContextHandle_HS* handle = nullptr;
  void operator()(GEOSGeom_t* geometry) const;
};
// Must not outlive the context it was made with.
using GeosGeometry = std::unique_ptr<GEOSGeom_t, GeosDeleter>;

// Fails with kInvalidArgument for coordinates that are not finite or absurdly
// large, and for rings and lines that GEOS refuses to build. kNone becomes an
// empty polygon.
Result<GeosGeometry> to_geos(GeosContext& context, const GeometryView& geometry);

// All shapes in one GEOS collection. They share no dimension necessarily.
Result<GeosGeometry> to_geos_collection(GeosContext& context, std::vector<GeosGeometry> members);

// The parts of the highest dimension, or of exactly the wished one, with our
// ring orientation; kNone when there are none.
inline constexpr int kHighestDimension = -1;
Geometry from_geos(GeosContext& context, const GEOSGeom_t* geometry, int wished_dimension = kHighestDimension);

}  // namespace obnova
