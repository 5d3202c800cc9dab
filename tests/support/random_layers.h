#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/layer/layer.h"

namespace obnova::geo {

// Seeded layers on small whole coordinates, so that distances tie, boundaries
// touch and values repeat. The same seed gives the same layer on every machine:
// only the engine of <random> is used, never its distributions.
class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed) : engine_(seed) {}
  // 0 to `count` - 1.
  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  Point point(int size) { return {static_cast<double>(below(size + 1)), static_cast<double>(below(size + 1))}; }

 private:
  std::mt19937_64 engine_;
};

// A point, a line of two or three vertices, a box or a right triangle of up to
// `reach` on a square of `size`; sometimes no place at all.
inline Geometry random_shape(RandomNumbers& random, int size, int reach) {
  const Point at = random.point(size);
  const double width = 1 + static_cast<double>(random.below(reach));
  const double height = 1 + static_cast<double>(random.below(reach));
  switch (random.below(9)) {
    case 0:
      return {};
    case 1:
    case 2:
    case 3:
      return Geometry::point(at);
    case 4:
      return Geometry::line({at, {at.x_m + width, at.y_m + height}});
    case 5:
      return Geometry::line({at, {at.x_m + width, at.y_m}, {at.x_m + width, at.y_m - height}});
    case 6:
      return Geometry::polygon({at, {at.x_m + width, at.y_m}, {at.x_m, at.y_m + height}});
    default:
      return Geometry::rectangle({at, {at.x_m + width, at.y_m + height}});
  }
}

// Fields `kind` (text, Cyrillic among it), `levels` (whole), `height` (number),
// `damaged` (true or false) and `name:uk` (text); a fifth of all values is null.
inline std::shared_ptr<const Layer> random_layer(std::uint64_t seed, std::size_t count, int size = 40, std::string id = "things") {
  static const std::vector<std::string> kKinds = {"school", "clinic", "Школа", "100%", "it's", ""};
  static const std::vector<std::string> kNames = {"Київ", "Дніпро", "Буча", "Ірпінь"};
  RandomNumbers random(seed);
  LayerBuilder builder({.id = std::move(id)}, {{"kind", FieldType::kString},
                                               {"levels", FieldType::kInt},
                                               {"height", FieldType::kDouble},
                                               {"damaged", FieldType::kBool},
                                               {"name:uk", FieldType::kString}});
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<Value> values = {kKinds[random.below(kKinds.size())], static_cast<std::int64_t>(random.below(6)),
                                 static_cast<double>(random.below(12)) / 2, random.one_in(2), kNames[random.below(kNames.size())]};
    for (Value& value : values) {
      if (random.one_in(5)) value = std::monostate{};
    }
    const Geometry shape = random_shape(random, size, 6);
    // Ids whose order as text is not the order of rows.
    (void)builder.add(fmt::format("f{}", (i * 7919) % 1'000'003), shape.view(), values);
  }
  return std::move(builder).build();
}

// Points only, on every place of a square of `size` perhaps several times.
inline std::shared_ptr<const Layer> random_points(std::uint64_t seed, std::size_t count, int size, std::string id = "points") {
  RandomNumbers random(seed);
  LayerBuilder builder({.id = std::move(id)}, {});
  for (std::size_t i = 0; i < count; ++i) (void)builder.add(fmt::format("p{}", i), Geometry::point(random.point(size)), {});
  return std::move(builder).build();
}

}  // namespace obnova::geo
