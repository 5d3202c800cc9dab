// Says how long a city file takes to open, step by step, and what it takes of
// memory:  bench_open FILE.gpkg

#include <sys/resource.h>

#include <chrono>

#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

class Steps {
 public:
  void done(const char* step) {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("%-28s %7.2f s   (peak %ld MiB)\n", step, seconds, usage.ru_maxrss / 1024);
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

void measure(const char* file) {
  Steps steps;
  const server::CityStore store = must(server::CityStore::open(file));
  const server::CityRecord record = must(store.record());
  steps.done("open and check the file");
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (const server::LayerRecord& layer : must(store.layer_records())) layers.push_back(must(store.read_layer(layer)));
  steps.done("read the layers");
  for (const auto& layer : layers) std::printf("  %s %s\n", layer->id().c_str(), layer->digest().hex().c_str());
  const auto city = geo::City::make(record.id, record.crs, record.revision, layers, {}, nullptr);
  steps.done("index them");
  std::printf("  city %s\n", city->digest().hex().c_str());
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_open FILE.gpkg\n");
    return 2;
  }
  obnova::bench::measure(argv[1]);
  return 0;
}
