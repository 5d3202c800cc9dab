#include "server/export/zip_writer.h"

#include <array>
#include <bit>
#include <limits>
#include <utility>

#include <zlib.h>

#include "geo/base/check.h"

namespace obnova::server {
namespace {

constexpr std::uint16_t kVersion = 45;          // Of the format: ZIP64.
constexpr std::uint16_t kSizesFollow = 1 << 3;  // The sizes stand behind the content.
constexpr std::uint16_t kUtf8 = 1 << 11;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kDate = (0 << 9) | (1 << 5) | 1;  // 1 January 1980, the first day there is.
constexpr std::uint16_t kZip64Tag = 1;
constexpr std::uint32_t kInZip64 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint16_t kCountInZip64 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint32_t kEndOf64Bytes = 56;

static_assert(std::endian::native == std::endian::little, "Zip numbers are written in the order of the machine.");

template <typename Number>
void put(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

std::uint32_t narrow(std::uint64_t number) { return number >= kInZip64 ? kInZip64 : static_cast<std::uint32_t>(number); }

}  // namespace

struct ZipWriter::Deflater {
  Deflater() { OBNOVA_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK); }
  ~Deflater() { deflateEnd(&stream); }
  z_stream stream{};
  std::array<char, 64 * 1024> out;
};

ZipWriter::ZipWriter(ByteSink sink) : sink_(std::move(sink)), deflater_(std::make_unique<Deflater>()) {}
ZipWriter::~ZipWriter() = default;

Result<void> ZipWriter::write(std::string_view bytes) {
  offset_ += bytes.size();
  return sink_(bytes);
}

// The sizes are not known yet, and may need eight bytes each.
Result<void> ZipWriter::begin(std::string name) {
  const auto ended = end_file();
  if (!ended) return ended;
  entries_.push_back({.name = std::move(name), .offset = offset_});
  in_file_ = true;
  deflateReset(&deflater_->stream);
  std::string head = "PK\x03\x04";
  put(head, kVersion);
  put(head, static_cast<std::uint16_t>(kSizesFollow | kUtf8));
  put(head, kDeflated);
  put(head, std::uint16_t{0});
  put(head, kDate);
  put(head, std::uint32_t{0});
  put(head, kInZip64);
  put(head, kInZip64);
  put(head, static_cast<std::uint16_t>(entries_.back().name.size()));
  put(head, std::uint16_t{20});
  head += entries_.back().name;
  put(head, kZip64Tag);
  put(head, std::uint16_t{16});
  put(head, std::uint64_t{0});
  put(head, std::uint64_t{0});
  return write(head);
}

Result<void> ZipWriter::add(std::string_view bytes) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 30;  // zlib counts in 32 bits.
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kAtOnce);
    bytes.remove_prefix(part.size());
    Entry& entry = entries_.back();
    entry.bytes += part.size();
    entry.crc = static_cast<std::uint32_t>(crc32(entry.crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size())));
    const auto done = deflate_some(part, false);
    if (!done) return done;
  }
  return {};
}

Result<void> ZipWriter::deflate_some(std::string_view bytes, bool last) {
  z_stream& stream = deflater_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib's signature; it only reads.
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(deflater_->out.data());
    stream.avail_out = static_cast<uInt>(deflater_->out.size());
    deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
    const std::size_t made = deflater_->out.size() - stream.avail_out;
    entries_.back().packed_bytes += made;
    const auto written = write({deflater_->out.data(), made});
    if (!written) return written;
  } while (stream.avail_out == 0);
  return {};
}

Result<void> ZipWriter::end_file() {
  if (!in_file_) return {};
  in_file_ = false;
  const auto done = deflate_some({}, true);
  if (!done) return done;
  const Entry& entry = entries_.back();
  std::string sizes = "PK\x07\x08";
  put(sizes, entry.crc);
  put(sizes, entry.packed_bytes);
  put(sizes, entry.bytes);
  return write(sizes);
}

std::string ZipWriter::directory_entry(const Entry& entry) {
  std::string large;  // What does not fit into 32 bits, in this order.
  for (const std::uint64_t number : {entry.bytes, entry.packed_bytes, entry.offset}) {
    if (number >= kInZip64) put(large, number);
  }
  std::string head = "PK\x01\x02";
  put(head, static_cast<std::uint16_t>(3 << 8 | kVersion));  // Made on Unix.
  put(head, kVersion);
  put(head, static_cast<std::uint16_t>(kSizesFollow | kUtf8));
  put(head, kDeflated);
  put(head, std::uint16_t{0});
  put(head, kDate);
  put(head, entry.crc);
  put(head, narrow(entry.packed_bytes));
  put(head, narrow(entry.bytes));
  put(head, static_cast<std::uint16_t>(entry.name.size()));
  put(head, static_cast<std::uint16_t>(large.empty() ? 0 : large.size() + 4));
  head.append(3 * sizeof(std::uint16_t), '\0');
  put(head, std::uint32_t{0100644} << 16);  // An ordinary file.
  put(head, narrow(entry.offset));
  head += entry.name;
  if (large.empty()) return head;
  put(head, kZip64Tag);
  put(head, static_cast<std::uint16_t>(large.size()));
  return head + large;
}

Result<void> ZipWriter::finish() {
  auto done = end_file();
  const std::uint64_t begin = offset_;
  for (const Entry& entry : entries_) {
    if (!done) return done;
    done = write(directory_entry(entry));
  }
  if (!done) return done;
  return write(end_of(begin));
}

std::string ZipWriter::end_of(std::uint64_t begin) const {
  const std::uint64_t size = offset_ - begin;
  const std::uint64_t count = entries_.size();
  std::string end;
  if (begin >= kInZip64 || size >= kInZip64 || count >= kCountInZip64) {
    end += "PK\x06\x06";
    put(end, std::uint64_t{kEndOf64Bytes - 12});
    put(end, kVersion);
    put(end, kVersion);
    put(end, std::uint32_t{0});
    put(end, std::uint32_t{0});
    put(end, count);
    put(end, count);
    put(end, size);
    put(end, begin);
    end += "PK\x06\x07";
    put(end, std::uint32_t{0});
    put(end, offset_);
    put(end, std::uint32_t{1});
  }
  const auto short_count = static_cast<std::uint16_t>(count >= kCountInZip64 ? kCountInZip64 : count);
  end += "PK\x05\x06";
  put(end, std::uint16_t{0});
  put(end, std::uint16_t{0});
  put(end, short_count);
  put(end, short_count);
  put(end, narrow(size));
  put(end, narrow(begin));
  put(end, std::uint16_t{0});
  return end;
}

}  // namespace obnova::server
