#include "server/export/export_folder.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace obnova::server {

Result<std::unique_ptr<ExportFolder>> ExportFolder::make(const std::filesystem::path& parent) {
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  std::string path = (parent / "export-XXXXXX").string();
  if (error || ::mkdtemp(path.data()) == nullptr) {
    return failure(ErrorCode::kUnavailable,
                   fmt::format("The server cannot make a file to export: {}.", error ? error.message() : std::strerror(errno)));
  }
  return std::unique_ptr<ExportFolder>(new ExportFolder(path));
}

ExportFolder::~ExportFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<void> send_file(const std::filesystem::path& file, const ByteSink& sink, const Limits& limits) {
  std::ifstream stream(file, std::ios::binary);
  std::string buffer(256 * 1024, '\0');
  while (stream) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The export was cancelled.");
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto sent = sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(stream.gcount())));
    if (!sent) return sent;
  }
  if (!stream.eof()) return failure(ErrorCode::kUnavailable, "The server cannot read the file it made to export.");
  return {};
}

}  // namespace obnova::server
