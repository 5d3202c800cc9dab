#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "obnova/v1/catalog.pb.h"
#include "server/rpc/call.h"
#include "server/rpc/catalog_upload.h"
#include "server/rpc/operations.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Where files of users come from, and how much of them is taken.
struct ImportSettings {
  std::filesystem::path upload_folder;
  std::optional<std::filesystem::path> import_root;
  std::int64_t max_file_bytes = std::int64_t{2} << 30;
};

// What is done with a file that came whole: it becomes part of the city.
using ImportWork = std::function<Result<v1::ImportReport>(Twin& twin, const std::string& city, const worker::IngestJob& job,
                                                          const geo::LayerDescription& description, const Operations::Progress& progress,
                                                          const Limits& limits)>;
// The usual work: `Twin::import_file`.
ImportWork import_as_layers();

// One ImportLayer call: takes the specification and the bytes of the file, then
// starts the import as an operation. What was uploaded is deleted when the
// operation ends, or with this when the call ends before. For the client stream
// of the adapter; used by one thread at a time.
class LayerUpload {
 public:
  // All must outlive this and the operation.
  LayerUpload(Twin& twin, Operations& operations, const ImportSettings& settings, ImportWork work = import_as_layers())
      : twin_(twin), operations_(operations), settings_(settings), work_(std::move(work)) {}

  Result<void> take(const Call& call, v1::ImportLayerRequest message);
  Result<v1::ImportLayerResponse> finish(const Call& call);

 private:
  Result<void> take_spec(v1::ImportSpec spec);
  Result<void> take_data(const std::string& bytes);

  // Set at construction.
  Twin& twin_;
  Operations& operations_;
  const ImportSettings& settings_;
  const ImportWork work_;
  // Set by the first message.
  std::optional<v1::ImportSpec> spec_;
  std::string city_;
  geo::LayerDescription description_;
  worker::IngestJob job_;
  std::shared_ptr<UploadedFile> upload_;  // Null for a file below the import root.
};

}  // namespace obnova::server
