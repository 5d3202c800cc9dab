// Writes the city file of a million made-up buildings, or of another number:
//
//   bench_make_boxes FILE.gpkg [COUNT [sorted]]
//
// The city is called like the file. `sorted` writes neighbors one after the
// other, as CLUSTER does in PostgreSQL; else they come in random order.

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/io/projection.h"
#include "tests/bench/boxes.h"
#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

// The place of a cell of 64 m on a Z curve.
std::uint64_t place_on_curve(Point p) {
  const auto spread = [](std::uint64_t bits) {
    std::uint64_t result = 0;
    for (int i = 0; i < 24; ++i) result |= ((bits >> i) & 1) << (2 * i);
    return result;
  };
  return spread(static_cast<std::uint64_t>(p.x_m) / 64) | spread(static_cast<std::uint64_t>(p.y_m) / 64) << 1;
}

std::vector<std::size_t> order_of(const Boxes& boxes, bool sorted) {
  std::vector<std::size_t> order(boxes.boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (sorted) std::ranges::stable_sort(order, {}, [&](std::size_t i) { return place_on_curve(boxes.boxes[i].min); });
  return order;
}

void write(const std::filesystem::path& file, std::size_t count, bool sorted) {
  const geo::Projection projection = must(geo::Projection::make("EPSG:4326", kBoxesCrs));
  server::CityStore store = must(server::CityStore::create(file, {.id = file.stem().string(),
                                                                  .title = "Boxes",
                                                                  .crs = kBoxesCrs,
                                                                  .crs_wkt = projection.plane_wkt(),
                                                                  .create_time_s = 1'700'000'000,
                                                                  .revision = 1}));
  auto import = must(store.begin_import());
  must(import.begin_layer({.id = "buildings", .theme = geo::Theme::kBuildings, .licence = "CC0-1.0", .dated = "2026-01-01"},
                          {{"damage", geo::FieldType::kInt}, {"height", geo::FieldType::kDouble}}));
  const Boxes boxes = make_boxes(count);
  for (const std::size_t i : order_of(boxes, sorted)) {
    const geo::Value values[] = {static_cast<std::int64_t>(i % 4), static_cast<double>(3 + i % 20)};
    must(import.add_feature(box_id(i), Geometry::rectangle(boxes.boxes[i]).view(), values));
  }
  must(import.commit(""));
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: bench_make_boxes FILE.gpkg [COUNT [sorted]]\n");
    return 2;
  }
  obnova::bench::write(argv[1], argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000'000,
                       argc == 4 && std::strcmp(argv[3], "sorted") == 0);
  return 0;
}
