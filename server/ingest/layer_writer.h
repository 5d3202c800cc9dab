#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "obnova/worker/ingest.pb.h"

namespace obnova::server {

// Collects the rows of one layer and what happened to them, in the worker.
//
// Rows wait in a temporary file without a name, so that layers may be filled
// side by side, memory stays small, and nothing leaves the worker before
// everything was read.
//
//   LayerWriter roads("roads", geo::Theme::kRoads, fields);
//   roads.count_read();
//   roads.add("way/7", line, values);
//   roads.send(STDOUT_FILENO);
class LayerWriter {
 public:
  // Rows of one message, and the bytes at which it is closed.
  static constexpr int kMaxBatchRows = 10'000;
  static constexpr std::size_t kMaxBatchBytes = std::size_t{1} << 20;

  LayerWriter(std::string layer, geo::Theme theme, std::vector<geo::Field> fields);

  const std::string& layer() const { return tally_.layer(); }
  const std::vector<geo::Field>& fields() const { return fields_; }
  const worker::LayerTally& tally() const { return tally_; }

  // What an exported file says of the layer, which is sent even when it is empty.
  void say(worker::LayerSaid said) { said_ = std::move(said); }
  bool is_said() const { return said_.has_value(); }

  void count_read() { tally_.set_read_count(tally_.read_count() + 1); }
  // Adds a row on the plane of the city; `values` has one of its field's type,
  // or null, for each field. Fails with kLimitExceeded for a row that no message
  // holds, and with kUnavailable when the temporary file cannot be written.
  Result<void> add(const std::string& id, const Geometry& geometry, std::span<const geo::Value> values);
  // Notes about rows: the first 100 are kept, all are counted.
  void note_repaired(const std::string& row, const std::string& reason);
  void note_rejected(const std::string& row, const std::string& reason);

  // Writes the layer to a descriptor: its start, then its batches. Not to be
  // added to afterwards.
  Result<void> send(int descriptor);

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void append_value(worker::Column* column, geo::FieldType type, const geo::Value& value);
  void note(const std::string& row, bool rejected, const std::string& reason);
  Result<void> flush();

  geo::Theme theme_;
  std::vector<geo::Field> fields_;
  worker::LayerTally tally_;
  std::optional<worker::LayerSaid> said_;
  worker::IngestRecord batch_;
  std::size_t batch_bytes_ = 0;
  std::unique_ptr<std::FILE, CloseFile> spool_;
};

// The length of a message, little-endian, then the message.
std::string framed(const worker::IngestRecord& record);

}  // namespace obnova::server
