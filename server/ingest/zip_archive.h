#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "geo/base/result.h"

namespace obnova::server {

struct ZipEntry {
  std::string name;
  bool deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t packed_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;  // Of the local header.
};

// Lists the files of an archive. Fails with kBadData for archives that are cut
// short, encrypted, overlapping, nested links or names that leave their folder
// (`..`, `/`, `\`), and with kLimitExceeded above 10,000 entries or when the
// whole unpacks to more than 100 times its size.
Result<std::vector<ZipEntry>> list_zip(const std::string& path, const std::string& file_name);

// The content of one file; never more than the archive says. Fails with
// kBadData when it is damaged.
Result<std::string> read_zip_entry(const std::string& path, const std::string& file_name, const ZipEntry& entry);

}  // namespace obnova::server
