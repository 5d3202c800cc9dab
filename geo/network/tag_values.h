#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geo/layer/layer.h"

namespace obnova::geo {

// Reads OpenStreetMap keys of a layer's rows and what their values mean.

// The attributes of one layer as text: a column that is not there and a value
// that is null are both the empty string. Keeps a reference to the layer.
class TagReader {
 public:
  explicit TagReader(const Layer& layer) : layer_(layer) {}
  std::string get(FeatureId row, std::string_view key) const;

 private:
  const Layer& layer_;
};

// The words between semicolons, without spaces around them and without empty ones.
std::vector<std::string_view> split_list(std::string_view text);

// A posted maximum in km/h: `50`, `30 mph`, `10 knots`, `walk`, the least of
// `50;30`, and implicit ones such as `UA:urban` or `DE:zone30`. Nullopt for
// `none` and whatever else does not state a speed above zero.
std::optional<double> parse_speed_kmh(std::string_view text);

// A length in meters: `3.5`, `3.5 m`, `12 ft`, `12'6"`, `350 cm`.
std::optional<double> parse_length_m(std::string_view text);

// A weight in metric tons: `7.5`, `7.5 t`, `7500 kg`, `16000 lbs`, `8 st` (short tons).
std::optional<double> parse_weight_t(std::string_view text);

// A duration in seconds: `20` (minutes), `00:20`, `01:20:30`, `PT20M`, `PT1H5M`.
std::optional<double> parse_duration_s(std::string_view text);

}  // namespace obnova::geo
