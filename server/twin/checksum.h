#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "geo/base/limits.h"
#include "geo/base/result.h"

namespace obnova::server {

struct FileChecksum {
  std::string sha256;  // 64 hexadecimal digits.
  std::int64_t size_bytes = 0;
};

// Reads the whole file. Fails with kNotFound when it cannot be read.
Result<FileChecksum> checksum_of(const std::filesystem::path& file, const Limits& limits);

}  // namespace obnova::server
