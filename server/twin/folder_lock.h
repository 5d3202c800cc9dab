#pragma once

#include <filesystem>
#include <memory>

#include "geo/base/result.h"

namespace obnova::server {

// Keeps a second server out of a folder for as long as it lives. The operating
// system lets go when the program dies, however it dies.
class FolderLock {
 public:
  // Fails with kFailedPrecondition when somebody has the folder.
  static Result<std::unique_ptr<FolderLock>> take(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace obnova::server
