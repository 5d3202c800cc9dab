#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "geo/base/result.h"

namespace obnova::server {

// A file only this program may read, deleted with its owner.
class UploadedFile {
 public:
  // An empty file in `folder`, which is made when it is not there. Its name ends
  // like `file_name`, because readers look at extensions.
  static Result<std::shared_ptr<UploadedFile>> make(const std::filesystem::path& folder, const std::string& file_name);
  ~UploadedFile();
  UploadedFile(const UploadedFile&) = delete;
  UploadedFile& operator=(const UploadedFile&) = delete;

  // Fails with kUnavailable when the disk is full.
  Result<void> append(std::string_view bytes);
  const std::filesystem::path& path() const { return path_; }
  std::int64_t size_bytes() const { return size_bytes_; }

 private:
  UploadedFile(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  const int descriptor_;
  const std::filesystem::path path_;
  std::int64_t size_bytes_ = 0;
};

// A name without folders, 1 to 255 bytes, no control characters.
Result<void> check_file_name(const std::string& file_name);
// The file below `root` that `path` names, however it is spelled. Fails with
// kFailedPrecondition without a root and with kInvalidArgument for a path that
// leads elsewhere or to nothing.
Result<std::filesystem::path> file_below(const std::optional<std::filesystem::path>& root, const std::string& path);

}  // namespace obnova::server
