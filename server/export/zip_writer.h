#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/result.h"
#include "server/export/exported_layer.h"

namespace obnova::server {

// Writes a zip archive from front to back: files of any length through little
// memory, in ZIP64 where a number needs it. All files have the same date, so
// that equal content gives an equal archive.
//
//   ZipWriter zip(sink);
//   zip.begin("roads.csv");
//   zip.add("id,name\r\n");     // Any number of times.
//   zip.finish();
class ZipWriter {
 public:
  explicit ZipWriter(ByteSink sink);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  // Ends the file before it. Precondition: a name without folders that leave the archive, used once.
  Result<void> begin(std::string name);
  Result<void> add(std::string_view bytes);
  // Ends the last file and writes the directory. Nothing can be added after.
  Result<void> finish();

 private:
  struct Deflater;  // zlib's headers stay in the .cc file.
  struct Entry {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t packed_bytes = 0;
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
  };
  Result<void> end_file();
  static std::string directory_entry(const Entry& entry);
  // The end of an archive whose directory begins here.
  std::string end_of(std::uint64_t begin) const;
  Result<void> write(std::string_view bytes);
  Result<void> deflate_some(std::string_view bytes, bool last);

  const ByteSink sink_;
  std::unique_ptr<Deflater> deflater_;
  std::vector<Entry> entries_;
  bool in_file_ = false;
  std::uint64_t offset_ = 0;
};

}  // namespace obnova::server
