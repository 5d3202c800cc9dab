#pragma once

#include <string>
#include <string_view>

#include "geo/layer/layer.h"

namespace obnova::server {

// One value as a text file shows it: `null` for nothing, `true`, whole numbers,
// the shortest decimals that read back as the same number (`5.0`, so that they
// stay decimals), and texts as `quoted` puts them.
std::string value_text(const geo::Column& column, FeatureId row, std::string_view null, std::string (*quoted)(std::string_view));

}  // namespace obnova::server
