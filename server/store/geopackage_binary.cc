#include <array>
#include <bit>
#include <cstring>

#include "geo/base/wkb.h"
#include "server/store/geopackage.h"

namespace obnova::server {
namespace {

static_assert(std::endian::native == std::endian::little, "Headers are written in the order of the machine and said to be little-endian.");

constexpr std::size_t kFixedHeaderBytes = 8;
constexpr unsigned char kLittleEndian = 0x01;
constexpr unsigned char kBoxFollows = 0x02;  // Envelope code 1: four doubles.
constexpr unsigned char kExtended = 0x20;
constexpr std::array<std::size_t, 5> kEnvelopeBytes = {0, 32, 48, 48, 64};

template <typename T>
void append(std::string& bytes, const T& value) {
  std::array<char, sizeof(T)> raw;
  std::memcpy(raw.data(), &value, sizeof(T));
  bytes.append(raw.data(), raw.size());
}

}  // namespace

std::string to_geopackage_binary(const GeometryView& geometry, std::int64_t srs_id) {
  const bool with_box = geometry.kind != GeometryKind::kPoint;  // The box of a point says nothing new.
  std::string bytes;
  bytes.reserve(64 + geometry.points.size() * sizeof(Point));
  bytes += "GP";
  bytes += '\0';
  bytes += static_cast<char>(kLittleEndian | (with_box ? kBoxFollows : 0));
  append(bytes, static_cast<std::int32_t>(srs_id));
  if (with_box) {
    const Box box = geometry.box();
    for (const double value : {box.min.x_m, box.max.x_m, box.min.y_m, box.max.y_m}) append(bytes, value);
  }
  return bytes + to_wkb(geometry);
}

Result<Geometry> from_geopackage_binary(std::string_view bytes) {
  if (bytes.empty()) return Geometry{};
  if (bytes.size() < kFixedHeaderBytes || !bytes.starts_with("GP") || bytes[2] != 0) {
    return failure(ErrorCode::kBadData, "A geometry does not begin like a GeoPackageBinary of version 1.");
  }
  const auto flags = static_cast<unsigned char>(bytes[3]);
  const std::size_t envelope_code = (flags >> 1) & 0x07;
  if ((flags & kExtended) != 0 || envelope_code >= kEnvelopeBytes.size()) {
    return failure(ErrorCode::kBadData, "A geometry is of an extended GeoPackage type, which is not read.");
  }
  const std::size_t header_bytes = kFixedHeaderBytes + kEnvelopeBytes[envelope_code];
  if (bytes.size() <= header_bytes) return failure(ErrorCode::kBadData, "A geometry ends within its header.");
  return from_wkb(bytes.substr(header_bytes));
}

}  // namespace obnova::server
