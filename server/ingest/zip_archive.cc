#include "server/ingest/zip_archive.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace obnova::server {
namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kMaxTailBytes = kEndBytes + 65'535;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kMaxEntries = 10'000;
constexpr std::uint64_t kMaxRatio = 100;
constexpr std::uint32_t kLinkMode = 0xA000;

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

std::unexpected<Error> bad(const std::string& file_name, const std::string& why) {
  return failure(ErrorCode::kBadData, fmt::format("{} {}.", file_name, why));
}

// Bytes of a file; shorter when the file ends before.
std::string piece_of(std::ifstream& stream, std::uint64_t offset, std::uint64_t size) {
  std::string piece(size, '\0');
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(offset));
  stream.read(piece.data(), static_cast<std::streamsize>(size));
  piece.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return piece;
}

std::uint64_t size_of(std::ifstream& stream) {
  stream.seekg(0, std::ios::end);
  return static_cast<std::uint64_t>(std::max<std::streamoff>(stream.tellg(), 0));
}

bool leaves_folder(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos || name.find(':') != std::string_view::npos)
    return true;
  if (name.find('\0') != std::string_view::npos) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

// The central directory's bytes and how many entries it says it has.
struct Directory {
  std::string bytes;
  std::size_t count = 0;
  std::uint64_t offset = 0;
};

Result<Directory> read_directory(std::ifstream& stream, std::uint64_t size, const std::string& file_name) {
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(size, kMaxTailBytes);
  const std::string tail = piece_of(stream, size - tail_bytes, tail_bytes);
  const std::size_t end = tail.rfind("PK\x05\x06");
  if (end == std::string::npos || end + kEndBytes > tail.size()) return bad(file_name, "is a zip archive that is cut short");
  Directory directory;
  directory.count = number_at(tail, end + 10, 2);
  const std::uint32_t bytes = number_at(tail, end + 12, 4);
  directory.offset = number_at(tail, end + 16, 4);
  if (directory.count == 0xFFFF || bytes == 0xFFFFFFFF || directory.offset == 0xFFFFFFFF)
    return bad(file_name, "is a zip64 archive, which is not read");
  if (directory.count > kMaxEntries) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("{} holds {} files, more than {}.", file_name, directory.count, kMaxEntries));
  }
  if (directory.offset + bytes > size) return bad(file_name, "is a zip archive whose directory is damaged");
  directory.bytes = piece_of(stream, directory.offset, bytes);
  return directory;
}

Result<ZipEntry> read_entry(std::string_view head, const std::string& name, const std::string& file_name) {
  if (leaves_folder(name)) return bad(file_name, "holds a file whose name leaves the archive");
  if ((number_at(head, 8, 2) & 1) != 0) return bad(file_name, "is encrypted");
  const std::uint32_t method = number_at(head, 10, 2);
  if (method != 0 && method != 8) return bad(file_name, "is packed in a way that is not read");
  if (((number_at(head, 38, 4) >> 16) & 0xF000) == kLinkMode) return bad(file_name, "holds a link");
  return ZipEntry{.name = name,
                  .deflated = method == 8,
                  .crc = number_at(head, 16, 4),
                  .packed_bytes = number_at(head, 20, 4),
                  .bytes = number_at(head, 24, 4),
                  .offset = number_at(head, 42, 4)};
}

Result<std::vector<ZipEntry>> read_entries(const Directory& directory, const std::string& file_name) {
  std::vector<ZipEntry> entries;
  std::set<std::string> names;
  std::size_t at = 0;
  for (std::size_t i = 0; i < directory.count; ++i) {
    const std::string_view head = std::string_view(directory.bytes).substr(std::min(at, directory.bytes.size()));
    if (head.size() < kCentralBytes || !head.starts_with("PK\x01\x02"))
      return bad(file_name, "is a zip archive whose directory is damaged");
    const std::size_t name_bytes = number_at(head, 28, 2);
    if (head.size() < kCentralBytes + name_bytes) return bad(file_name, "is a zip archive whose directory is damaged");
    const std::string name(head.substr(kCentralBytes, name_bytes));
    const Result<ZipEntry> entry = read_entry(head, name, file_name);
    if (!entry) return std::unexpected(entry.error());
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!names.insert(lower).second) return bad(file_name, "holds two files of the same name");
    entries.push_back(*entry);
    at += kCentralBytes + name_bytes + number_at(head, 30, 2) + number_at(head, 32, 2);
  }
  return entries;
}

Result<void> check_sizes(const std::vector<ZipEntry>& entries, const Directory& directory, std::uint64_t size,
                         const std::string& file_name) {
  std::uint64_t total = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const ZipEntry& entry : entries) {
    total += entry.bytes;
    spans.emplace_back(entry.offset, entry.offset + kLocalBytes + entry.name.size() + entry.packed_bytes);
  }
  if (total > kMaxRatio * size) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("{} unpacks to {} bytes, more than {} times its size.", file_name, total, kMaxRatio));
  }
  std::sort(spans.begin(), spans.end());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::uint64_t end = i + 1 < spans.size() ? spans[i + 1].first : directory.offset;
    if (spans[i].second > end) return bad(file_name, "holds files that overlap");
  }
  return {};
}

std::optional<std::string> inflated(const std::string& packed, std::uint64_t bytes) {
  std::string content(bytes, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib's signature; it only reads.
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int end = inflate(&stream, Z_FINISH);
  const bool is_whole = end == Z_STREAM_END && stream.total_out == bytes;
  inflateEnd(&stream);
  return is_whole ? std::optional(std::move(content)) : std::nullopt;
}

}  // namespace

Result<std::vector<ZipEntry>> list_zip(const std::string& path, const std::string& file_name) {
  std::ifstream stream(path, std::ios::binary);
  const std::uint64_t size = size_of(stream);
  const Result<Directory> directory = read_directory(stream, size, file_name);
  if (!directory) return std::unexpected(directory.error());
  Result<std::vector<ZipEntry>> entries = read_entries(*directory, file_name);
  if (!entries) return entries;
  const Result<void> sizes = check_sizes(*entries, *directory, size, file_name);
  if (!sizes) return std::unexpected(sizes.error());
  return entries;
}

Result<std::string> read_zip_entry(const std::string& path, const std::string& file_name, const ZipEntry& entry) {
  std::ifstream stream(path, std::ios::binary);
  const std::string head = piece_of(stream, entry.offset, kLocalBytes);
  if (head.size() < kLocalBytes || !head.starts_with("PK\x03\x04")) return bad(file_name, "is damaged at its file " + entry.name);
  const std::uint64_t begin = entry.offset + kLocalBytes + number_at(head, 26, 2) + number_at(head, 28, 2);
  const std::string packed = piece_of(stream, begin, entry.packed_bytes);
  if (packed.size() != entry.packed_bytes) return bad(file_name, "is cut short in its file " + entry.name);
  const auto content = entry.deflated ? inflated(packed, entry.bytes) : std::optional(packed);
  if (!content || content->size() != entry.bytes) return bad(file_name, "is damaged in its file " + entry.name);
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(content->data()), static_cast<uInt>(content->size()));
  if (crc != entry.crc) return bad(file_name, "is damaged in its file " + entry.name);
  return *content;
}

}  // namespace obnova::server
