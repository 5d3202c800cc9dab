#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gdal_priv.h>
#include <ogrsf_frmts.h>

namespace obnova::server {

// Files that tests make themselves.

inline std::string little_endian(std::uint32_t number, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
  return bytes;
}

// An archive of unpacked files; `claimed_bytes` overrides the size it states of each.
inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files, std::uint32_t claimed_bytes = 0,
                          std::uint32_t flags = 0) {
  std::string body, directory;
  for (const auto& [name, content] : files) {
    const auto crc =
        static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
    const auto size = static_cast<std::uint32_t>(content.size());
    const std::string common = little_endian(20, 2) + little_endian(flags, 2) + std::string(2, '\0') + std::string(4, '\0') +
                               little_endian(crc, 4) + little_endian(size, 4) +
                               little_endian(claimed_bytes == 0 ? size : claimed_bytes, 4) +
                               little_endian(static_cast<std::uint32_t>(name.size()), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(20, 2) + common + std::string(10, '\0') +
                 little_endian(static_cast<std::uint32_t>(body.size()), 4) + name;
    body += "PK\x03\x04" + common + name + content;
  }
  const auto count = static_cast<std::uint32_t>(files.size());
  return body + directory + "PK\x05\x06" + std::string(4, '\0') + little_endian(count, 2) + little_endian(count, 2) +
         little_endian(static_cast<std::uint32_t>(directory.size()), 4) + little_endian(static_cast<std::uint32_t>(body.size()), 4) +
         little_endian(0, 2);
}

// `schools.shp` and its siblings in the folder: points with a column `name`
// whose bytes are written as they are; without .cpg and with language driver 0.
inline void make_shapefile(const std::filesystem::path& folder, const std::vector<std::string>& names, bool with_prj = true) {
  GDALAllRegister();
  OGRSpatialReference wgs84;
  wgs84.importFromEPSG(4326);
  wgs84.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const std::unique_ptr<GDALDataset> dataset(
      GetGDALDriverManager()->GetDriverByName("ESRI Shapefile")->Create(folder.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
  const char* const options[] = {"ENCODING=", nullptr};
  OGRLayer* layer = dataset->CreateLayer("schools", with_prj ? &wgs84 : nullptr, wkbPoint, const_cast<char**>(options));
  OGRFieldDefn name("name", OFTString);
  layer->CreateField(&name);
  double lng_deg = 30.1;
  for (const std::string& text : names) {
    OGRFeature feature(layer->GetLayerDefn());
    feature.SetField("name", text.c_str());
    OGRPoint place(lng_deg += 0.001, 50.1);
    feature.SetGeometry(&place);
    if (layer->CreateFeature(&feature) != OGRERR_NONE) std::abort();
  }
}

// The files of `make_shapefile` in an archive.
inline std::string zipped_shapefile(const std::filesystem::path& folder, const std::vector<std::string>& without = {}) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string ending : {".shp", ".shx", ".dbf", ".prj", ".cpg"}) {
    const auto path = folder / ("schools" + ending);
    if (!std::filesystem::exists(path) || std::find(without.begin(), without.end(), ending) != without.end()) continue;
    std::ifstream stream(path, std::ios::binary);
    files.emplace_back("data/schools" + ending, std::string(std::istreambuf_iterator<char>(stream), {}));
  }
  return zip_of(files);
}

}  // namespace obnova::server
