#include "server/ingest/valid_shape.h"

#include <utility>

#include "geo/base/overlay.h"
#include "geo/base/wkb.h"

namespace obnova::server {
namespace {

// Lines whose vertices all lie in one place are nothing.
bool has_length(const GeometryView& lines) {
  std::uint32_t begin = 0;
  for (const std::uint32_t end : lines.path_ends) {
    if (end - begin < 2) return false;
    begin = end;
  }
  return true;
}

}  // namespace

Result<ValidShape> valid_shape(const Geometry& on_plane) {
  Result<Geometry> shape = from_wkb(to_wkb(on_plane.view()));
  if (!shape) return std::unexpected(shape.error());
  if (dimension(shape->kind) == 1 && !has_length(shape->view())) {
    return failure(ErrorCode::kBadData, "The line has no length.");
  }
  if (dimension(shape->kind) != 2) return ValidShape{std::move(*shape), {}};
  std::optional<std::string> problem = validity_problem(shape->view());
  if (!problem) return ValidShape{std::move(*shape), {}};
  Result<Geometry> repaired = make_valid(shape->view());
  if (!repaired) return std::unexpected(repaired.error());
  if (repaired->kind == GeometryKind::kNone)
    return failure(ErrorCode::kBadData, "The area is not valid and nothing of it is left: " + *problem);
  return ValidShape{std::move(*repaired), std::move(problem)};
}

}  // namespace obnova::server
