#include "server/process/frame.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

#include "server/process/child.h"

namespace obnova::server {

std::array<char, kFrameHeaderBytes> frame_header(std::size_t length) {
  std::array<char, kFrameHeaderBytes> header{};
  for (std::size_t i = 0; i < kFrameHeaderBytes; ++i) header[i] = static_cast<char>((length >> (8 * i)) & 0xff);
  return header;
}

std::size_t frame_length(std::string_view header) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kFrameHeaderBytes; ++i) length |= static_cast<std::size_t>(static_cast<unsigned char>(header[i])) << (8 * i);
  return length;
}

std::optional<std::string> read_frame(int descriptor, std::size_t max_frame_bytes) {
  const auto read_all = [&](char* into, std::size_t size) {
    for (std::size_t done = 0; done < size;) {
      const ssize_t count = ::read(descriptor, into + done, size - done);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  };
  std::string header(kFrameHeaderBytes, '\0');
  if (!read_all(header.data(), header.size())) return std::nullopt;
  const std::size_t length = frame_length(header);
  if (length > max_frame_bytes) return std::nullopt;
  std::string frame(length, '\0');
  if (!read_all(frame.data(), frame.size())) return std::nullopt;
  return frame;
}

bool write_frame(int descriptor, std::string_view frame) {
  if (frame.size() > UINT32_MAX) return false;
  const auto header = frame_header(frame.size());
  const std::array<std::string_view, 2> parts = {std::string_view(header.data(), header.size()), frame};
  for (std::string_view left : parts) {
    while (!left.empty()) {
      const ssize_t count = ::write(descriptor, left.data(), left.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      left.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  return true;
}

}  // namespace obnova::server
