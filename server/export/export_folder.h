#pragma once

#include <filesystem>
#include <memory>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "server/export/exported_layer.h"

namespace obnova::server {

// A folder only this program may read, for files on their way to a caller;
// deleted with all that is in it.
class ExportFolder {
 public:
  // Within `parent`, which is made when it is not there. Fails with kUnavailable.
  static Result<std::unique_ptr<ExportFolder>> make(const std::filesystem::path& parent);
  ~ExportFolder();
  ExportFolder(const ExportFolder&) = delete;
  ExportFolder& operator=(const ExportFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ExportFolder(std::filesystem::path path) : path_(std::move(path)) {}
  const std::filesystem::path path_;
};

// Hands a file over piece by piece.
Result<void> send_file(const std::filesystem::path& file, const ByteSink& sink, const Limits& limits);

}  // namespace obnova::server
