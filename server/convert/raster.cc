#include "server/convert/raster.h"

#include <fmt/format.h>

#include "geo/layer/theme.h"
#include "server/convert/selection.h"

namespace obnova::server {

Result<const geo::Raster*> find_raster(const Snapshot& snapshot, const std::string& layer, const std::string& field) {
  if (layer.empty()) return failure(ErrorCode::kInvalidArgument, fmt::format("The raster `{}` is missing.", field), field);
  auto found = snapshot.city->raster(layer);
  if (!found) return std::unexpected(with_field(found.error(), field));
  return found;
}

v1::Theme to_proto(geo::RasterTheme theme) {
  return static_cast<v1::Theme>(geo::theme_by_name(geo::raster_theme_name(theme)).value_or(geo::Theme::kOther));
}

}  // namespace obnova::server
