// Writes the city file of a million made-up buildings, or of another number:
//
//   bench_make_boxes FILE.gpkg [COUNT]
//
// The city is called like the file.

#include <filesystem>

#include "geo/base/geometry.h"
#include "geo/io/projection.h"
#include "tests/bench/boxes.h"
#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

void write(const std::filesystem::path& file, std::size_t count) {
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
  for (std::size_t i = 0; i < count; ++i) {
    const geo::Value values[] = {static_cast<std::int64_t>(i % 4), static_cast<double>(3 + i % 20)};
    must(import.add_feature(box_id(i), Geometry::rectangle(boxes.boxes[i]).view(), values));
  }
  must(import.commit(""));
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: bench_make_boxes FILE.gpkg [COUNT]\n");
    return 2;
  }
  obnova::bench::write(argv[1], argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 1'000'000);
  return 0;
}
