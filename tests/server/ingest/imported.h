#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "geo/layer/layer.h"
#include "server/ingest/run_ingest.h"

namespace obnova::server {

// What an import gave, for tests.
struct Imported {
  std::map<std::string, std::vector<geo::Field>> fields;
  std::map<std::string, geo::Theme> themes;
  struct Feature {
    Geometry geometry;
    std::map<std::string, geo::Value> values;
  };
  std::map<std::string, std::map<std::string, Feature>> layers;
  worker::IngestSummary summary;

  const worker::LayerTally& tally(const std::string& layer) const {
    static const worker::LayerTally none;
    for (const worker::LayerTally& tally : summary.layers()) {
      if (tally.layer() == layer) return tally;
    }
    return none;
  }
  std::size_t count(const std::string& layer) const { return layers.contains(layer) ? layers.at(layer).size() : 0; }
  const Feature& feature(const std::string& layer, const std::string& id) const { return layers.at(layer).at(id); }
  std::string text(const std::string& layer, const std::string& id, const std::string& field) const {
    const geo::Value& value = feature(layer, id).values.at(field);
    return std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : "(null)";
  }
  std::string reason(const std::string& layer, const std::string& row) const {
    for (const worker::RowProblem& problem : tally(layer).problems()) {
      if (problem.row() == row) return problem.reason();
    }
    return "(no problem)";
  }
};

inline std::filesystem::path ingest_worker() { return std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-ingest"; }

inline Result<Imported> import_file(const worker::IngestJob& job, const Limits& limits = {},
                                    const std::string& worker = ingest_worker().string(), double max_run_s = 300) {
  Imported imported;
  std::string current;
  IngestSink sink;
  sink.begin_layer = [&](const std::string& layer, geo::Theme theme, const std::vector<geo::Field>& fields) -> Result<void> {
    current = layer;
    imported.fields[layer] = fields;
    imported.themes[layer] = theme;
    return {};
  };
  sink.add_feature = [&](const std::string& id, const Geometry& geometry, std::span<const geo::Value> values) -> Result<void> {
    Imported::Feature feature{geometry, {}};
    for (std::size_t i = 0; i < values.size(); ++i) feature.values[imported.fields[current][i].name] = values[i];
    imported.layers[current][id] = std::move(feature);
    return {};
  };
  IngestSettings settings;
  settings.worker = worker;
  settings.max_run_s = max_run_s;
  // Sanitizers reserve more addresses than any limit allows.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  settings.memory_bytes = 0;
#endif
  auto summary = run_ingest(job, sink, settings, limits);
  if (!summary) return std::unexpected(summary.error());
  imported.summary = *summary;
  return imported;
}

// A folder of its own for each test, removed with it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "obnova_ingest_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path file(const std::string& name) const { return path_ / name; }
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline worker::IngestJob job_for(const std::filesystem::path& path, const std::string& city_crs) {
  worker::IngestJob job;
  job.set_path(path.string());
  job.set_file_name(path.filename().string());
  job.set_city_crs(city_crs);
  return job;
}

}  // namespace obnova::server
