#include "server/rpc/catalog_upload.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <fcntl.h>
#include <unistd.h>

namespace obnova::server {
namespace {

// The ending of a name when it is made of harmless letters: `.osm.pbf`, `.zip`.
std::string harmless_ending(const std::string& file_name) {
  std::string ending = std::filesystem::path(file_name).extension().string();
  const std::string stem = std::filesystem::path(file_name).stem().string();
  ending = std::filesystem::path(stem).extension().string() + ending;
  const auto harmless = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'; };
  return ending.size() <= 20 && std::ranges::all_of(ending, harmless) ? ending : "";
}

}  // namespace

Result<std::shared_ptr<UploadedFile>> UploadedFile::make(const std::filesystem::path& folder, const std::string& file_name) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  const std::string ending = harmless_ending(file_name);
  std::string path = (folder / ("upload-XXXXXX" + ending)).string();
  const int descriptor = error ? -1 : ::mkostemps(path.data(), static_cast<int>(ending.size()), O_CLOEXEC);
  if (descriptor < 0) {
    return failure(ErrorCode::kUnavailable,
                   fmt::format("The server cannot keep the upload: {}.", error ? error.message() : std::strerror(errno)));
  }
  return std::shared_ptr<UploadedFile>(new UploadedFile(descriptor, path));
}

UploadedFile::~UploadedFile() {
  ::close(descriptor_);
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

Result<void> UploadedFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(ErrorCode::kUnavailable, fmt::format("The server cannot keep the upload: {}.", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(count));
    size_bytes_ += count;
  }
  return {};
}

Result<void> check_file_name(const std::string& file_name) {
  const auto bad = [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!file_name.empty() && file_name.size() <= 255 && file_name != "." && file_name != ".." && std::ranges::none_of(file_name, bad))
    return {};
  return failure(ErrorCode::kInvalidArgument, "A file needs a name of 1 to 255 bytes without folders.", "spec.file_name");
}

Result<std::filesystem::path> file_below(const std::optional<std::filesystem::path>& root, const std::string& path) {
  constexpr const char* kField = "spec.server_path";
  if (!root) {
    return failure(ErrorCode::kFailedPrecondition, "This server has no import root: send the file, or start the server with --import-root.",
                   kField);
  }
  std::error_code error;
  const auto real_root = std::filesystem::canonical(*root, error);
  const auto file = error ? std::filesystem::path() : std::filesystem::canonical(real_root / path, error);
  const auto inside = file.lexically_relative(real_root);
  // One answer for all, so that nobody learns what lies outside of the root.
  if (error || path.empty() || inside.empty() || *inside.begin() == ".." || !std::filesystem::is_regular_file(file, error)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("There is no file \"{}\" below the import root.", path.substr(0, 200)), kField);
  }
  return file;
}

}  // namespace obnova::server
