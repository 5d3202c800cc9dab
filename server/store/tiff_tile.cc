#include "server/store/tiff_tile.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

#include <tiffio.h>

namespace obnova::server {
namespace {

// A file in memory, as libtiff sees it.
struct MemoryFile {
  std::string bytes;
  std::size_t position = 0;
};

MemoryFile& file_of(thandle_t handle) { return *static_cast<MemoryFile*>(handle); }

tmsize_t read_bytes(thandle_t handle, void* into, tmsize_t wanted) {
  MemoryFile& file = file_of(handle);
  if (wanted <= 0 || file.position >= file.bytes.size()) return 0;
  const std::size_t count = std::min(static_cast<std::size_t>(wanted), file.bytes.size() - file.position);
  std::memcpy(into, file.bytes.data() + file.position, count);
  file.position += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_bytes(thandle_t handle, void* from, tmsize_t count) {
  MemoryFile& file = file_of(handle);
  const std::size_t end = file.position + static_cast<std::size_t>(count);
  if (end > file.bytes.size()) file.bytes.resize(end);
  std::memcpy(file.bytes.data() + file.position, from, static_cast<std::size_t>(count));
  file.position = end;
  return count;
}

toff_t seek(thandle_t handle, toff_t offset, int origin) {
  MemoryFile& file = file_of(handle);
  if (origin == SEEK_CUR) offset += file.position;
  if (origin == SEEK_END) offset += file.bytes.size();
  file.position = offset;
  return offset;
}

int close_file(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return file_of(handle).bytes.size(); }
int keep_quiet(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Closer {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, Closer>;

// "m": no mapping into memory. The file must outlive what is returned.
Tiff open_tiff(MemoryFile& file, const char* mode) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_quiet, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), keep_quiet, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), 1 << 24);
  return Tiff(TIFFClientOpenExt("tile", mode, &file, read_bytes, write_bytes, seek, close_file, size_of, nullptr, nullptr, options.get()));
}

std::unexpected<Error> no_tile() { return failure(ErrorCode::kBadData, "it is no TIFF of 256 × 256 floats"); }

bool is_tile(TIFF* tiff) {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t bits = 0;
  std::uint16_t bands = 0;
  std::uint16_t format = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &bands);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  return width == kTileSide && height == kTileSide && bits == 32 && bands == 1 && format == SAMPLEFORMAT_IEEEFP;
}

bool read_strips(TIFF* tiff, std::vector<float>& values) {
  std::uint32_t rows = kTileSide;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
  rows = std::min<std::uint32_t>(rows, kTileSide);
  if (rows == 0) return false;
  std::uint32_t strip = 0;
  for (std::uint32_t row = 0; row < kTileSide; row += rows, ++strip) {
    const auto wanted = static_cast<tmsize_t>(std::min(rows, kTileSide - row) * kTileSide * sizeof(float));
    if (TIFFReadEncodedStrip(tiff, strip, values.data() + std::size_t{row} * kTileSide, wanted) != wanted) return false;
  }
  return true;
}

// Other programs may cut a tile into smaller ones, down to 16 a side.
bool read_tiles(TIFF* tiff, std::vector<float>& values) {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  if (TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width) == 0 || TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height) == 0) return false;
  if (width == 0 || height == 0 || width > 4096 || height > 4096) return false;
  std::vector<float> piece(std::size_t{width} * height);
  for (std::uint32_t top = 0; top < kTileSide; top += height) {
    for (std::uint32_t left = 0; left < kTileSide; left += width) {
      const auto bytes = static_cast<tmsize_t>(piece.size() * sizeof(float));
      if (TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, left, top, 0, 0), piece.data(), bytes) != bytes) return false;
      for (std::uint32_t row = 0; row < std::min(height, kTileSide - top); ++row) {
        std::copy_n(piece.begin() + std::ptrdiff_t{row} * width, std::min(width, kTileSide - left),
                    values.begin() + (std::ptrdiff_t{top} + row) * kTileSide + left);
      }
    }
  }
  return true;
}

}  // namespace

Result<std::string> to_tiff_tile(std::span<const float> values) {
  MemoryFile file;
  const Tiff tiff = open_tiff(file, "wlm");
  bool good = tiff != nullptr;
  if (good) {
    TIFFSetField(tiff.get(), TIFFTAG_IMAGEWIDTH, kTileSide);
    TIFFSetField(tiff.get(), TIFFTAG_IMAGELENGTH, kTileSide);
    TIFFSetField(tiff.get(), TIFFTAG_BITSPERSAMPLE, 32);
    TIFFSetField(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff.get(), TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
    TIFFSetField(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff.get(), TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff.get(), TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    TIFFSetField(tiff.get(), TIFFTAG_ROWSPERSTRIP, kTileSide);
    std::vector<float> copy(values.begin(), values.end());  // libtiff packs in place.
    const auto bytes = static_cast<tmsize_t>(copy.size() * sizeof(float));
    good = TIFFWriteEncodedStrip(tiff.get(), 0, copy.data(), bytes) == bytes && TIFFFlush(tiff.get()) == 1;
  }
  if (!good) return failure(ErrorCode::kBadData, "A tile cannot be packed.");
  return std::move(file.bytes);
}

Result<std::vector<float>> from_tiff_tile(std::string_view bytes) {
  MemoryFile file{.bytes = std::string(bytes)};
  const Tiff tiff = open_tiff(file, "rm");
  if (tiff == nullptr || !is_tile(tiff.get())) return no_tile();
  std::vector<float> values(kTileCellCount);
  const bool read = TIFFIsTiled(tiff.get()) != 0 ? read_tiles(tiff.get(), values) : read_strips(tiff.get(), values);
  if (!read) return no_tile();
  return values;
}

}  // namespace obnova::server
