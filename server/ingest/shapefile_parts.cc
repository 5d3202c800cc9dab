#include "server/ingest/shapefile_parts.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace obnova::server {
namespace {

constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kIndexRecordBytes = 8;
constexpr std::size_t kDbfHeaderBytes = 32;

std::uint64_t big(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

std::unexpected<Error> bad(const std::string& file_name, const std::string& why) {
  return failure(ErrorCode::kBadData, fmt::format("{}: {}.", file_name, why));
}

// Language drivers of dBASE that say one encoding; 0x57 says only "some Windows page".
constexpr std::array<std::pair<unsigned char, std::string_view>, 11> kLanguages = {{{0x01, "CP437"},
                                                                                    {0x02, "CP850"},
                                                                                    {0x03, "CP1252"},
                                                                                    {0x64, "CP852"},
                                                                                    {0x65, "CP866"},
                                                                                    {0x26, "CP866"},
                                                                                    {0x68, "CP895"},
                                                                                    {0x7D, "CP1255"},
                                                                                    {0xC8, "CP1250"},
                                                                                    {0xC9, "CP1251"},
                                                                                    {0xCA, "CP1254"}}};

std::string encoding_of(const ShapefileParts& parts) {
  std::string page = parts.cpg.substr(0, parts.cpg.find_first_of("\r\n"));
  if (!page.empty()) return page;
  const auto language = static_cast<unsigned char>(parts.dbf[29]);
  for (const auto& [code, name] : kLanguages) {
    if (code == language) return std::string(name);
  }
  return {};
}

Result<void> check_headers(const ShapefileParts& parts, const std::string& file_name) {
  for (const auto& [name, part] :
       {std::pair<const char*, const std::string*>{".shp", &parts.shp}, {".shx", &parts.shx}, {".dbf", &parts.dbf}}) {
    if (part->empty())
      return bad(file_name, fmt::format("the {} part is missing or empty; send a .zip with the .shp, .shx, .dbf and .prj files", name));
  }
  for (const auto& [name, part] : {std::pair<const char*, const std::string*>{".shp", &parts.shp}, {".shx", &parts.shx}}) {
    if (part->size() < kHeaderBytes || big(*part, 0) != 9994) return bad(file_name, fmt::format("the {} part is no shapefile", name));
    if (part->size() < 2 * big(*part, 24)) {
      return bad(file_name, fmt::format("the {} part is cut short: it has {} of {} bytes", name, part->size(), 2 * big(*part, 24)));
    }
  }
  if (parts.dbf.size() < kDbfHeaderBytes) return bad(file_name, "the .dbf part is cut short");
  return {};
}

}  // namespace

Result<ShapefileFacts> check_shapefile(const ShapefileParts& parts, const std::string& file_name) {
  const Result<void> headers = check_headers(parts, file_name);
  if (!headers) return std::unexpected(headers.error());
  const std::uint64_t row_count = (2 * big(parts.shx, 24) - kHeaderBytes) / kIndexRecordBytes;
  const std::uint64_t dbf_rows = little(parts.dbf, 4, 4);
  if (row_count != dbf_rows) return bad(file_name, fmt::format("the .shp part has {} rows and the .dbf part {}", row_count, dbf_rows));
  const std::uint64_t dbf_bytes = little(parts.dbf, 8, 2) + dbf_rows * little(parts.dbf, 10, 2);
  if (parts.dbf.size() < dbf_bytes)
    return bad(file_name, fmt::format("the .dbf part is cut short: it has {} of {} bytes", parts.dbf.size(), dbf_bytes));
  ShapefileFacts facts{static_cast<std::int64_t>(row_count), 0, encoding_of(parts)};
  for (std::uint64_t row = 0; row < row_count; ++row) {
    const std::size_t at = kHeaderBytes + row * kIndexRecordBytes;
    const std::uint64_t begin = 2 * big(parts.shx, at) + 8;
    const std::uint64_t bytes = 2 * big(parts.shx, at + 4);
    if (bytes < 4 || begin + bytes > parts.shp.size()) return bad(file_name, fmt::format("row {} lies outside the .shp part", row + 1));
    facts.null_shape_count += little(parts.shp, begin, 4) == 0 ? 1 : 0;
  }
  return facts;
}

}  // namespace obnova::server
