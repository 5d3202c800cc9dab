#pragma once

#include <string>
#include <string_view>

#include "geo/base/geometry.h"
#include "geo/layer/theme.h"

namespace obnova::geo {

// Says what a layer is, apart from its features.
struct LayerDescription {
  std::string id = {};  // `roads`; see `valid_layer_id`.
  std::string title = {};
  Theme theme = Theme::kOther;
  std::string source = {};
  std::string licence = {};
  std::string attribution = {};
  std::string dated = {};      // YYYY-MM-DD or empty.
  Geometry covered_area = {};  // kNone: nobody stated it, see `Layer::covered_area`.

  bool operator==(const LayerDescription&) const = default;
};

// 1 to 63 of a-z0-9_, starting with a letter.
bool valid_layer_id(std::string_view id);

}  // namespace obnova::geo
