#include "server/twin/folder_lock.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

namespace obnova::server {

Result<std::unique_ptr<FolderLock>> FolderLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / ".lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return failure(ErrorCode::kFailedPrecondition,
                   fmt::format("The store {} cannot be written: {}.", folder.string(), std::strerror(errno)));
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return failure(ErrorCode::kFailedPrecondition,
                   fmt::format("Another server has the store {}: stop it, or choose another folder.", folder.string()));
  }
  return std::unique_ptr<FolderLock>(new FolderLock(descriptor));
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace obnova::server
