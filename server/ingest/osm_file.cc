#include "server/ingest/osm_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <osmium/io/bzip2_compression.hpp>
#include <osmium/io/gzip_compression.hpp>
#include <osmium/io/pbf_input.hpp>
#include <osmium/io/reader.hpp>
#include <osmium/io/xml_input.hpp>
#include <osmium/osm/object.hpp>
#include <string_view>

namespace obnova::server {
namespace {

osmium::osm_entity_bits::type bits_of(OsmPass pass) {
  switch (pass) {
    case OsmPass::kRelations:
      return osmium::osm_entity_bits::relation;
    case OsmPass::kWays:
      return osmium::osm_entity_bits::way;
    case OsmPass::kNodes:
      return osmium::osm_entity_bits::node;
  }
  return osmium::osm_entity_bits::nothing;
}

std::unexpected<Error> history_failure(const OsmFile& file) {
  return failure(ErrorCode::kBadData,
                 fmt::format("{} holds the history of objects or changes to them; a plain extract of one moment is needed.", file.name));
}

bool has_deleted(const osmium::memory::Buffer& buffer) {
  const auto objects = buffer.select<osmium::OSMObject>();
  return std::any_of(objects.begin(), objects.end(), [](const osmium::OSMObject& object) { return !object.visible(); });
}

Result<void> read_all(const OsmFile& file, OsmPass pass, const TakeBuffer& take) {
  osmium::io::Reader reader{osmium::io::File{file.path, file.format}, bits_of(pass)};
  if (reader.header().has_multiple_object_versions()) return history_failure(file);
  const double size = std::max<double>(1, static_cast<double>(reader.file_size()));
  while (osmium::memory::Buffer buffer = reader.read()) {
    if (has_deleted(buffer)) return history_failure(file);
    const Result<void> taken = take(buffer, static_cast<double>(reader.offset()) / size);
    if (!taken) return taken;
  }
  reader.close();
  return {};
}

}  // namespace

Result<void> read_objects(const OsmFile& file, OsmPass pass, const TakeBuffer& take) {
  try {
    return read_all(file, pass, take);
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("{} needs more memory than an import may use.", file.name));
  } catch (const std::exception& problem) {
    // Texts of libosmium may quote the file; the user's message stays short.
    return failure(ErrorCode::kBadData,
                   fmt::format("{} is damaged or cut short: {}.", file.name, std::string_view(problem.what()).substr(0, 200)));
  }
}

}  // namespace obnova::server
