#include "server/twin/city_files.h"

#include <mutex>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "server/store/city_copy.h"
#include "server/twin/open_city.h"
#include "server/twin/twin.h"

namespace obnova::server {

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void remove_city_file(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const char* ending : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(file.string() + ending, ignored);
}

Result<void> check_city_id(const std::string& id) {
  if (valid_city_id(id)) return {};
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is no id of a city: 1 to 63 of a-z0-9-, starting with a letter.", id.substr(0, 100)), "city_id");
}

Result<std::shared_ptr<const Snapshot>> Twin::add_city(const std::string& id, const MakeFile& make) {
  const std::lock_guard folder_lock(folder_mutex_);
  if (find(id)) return failure(ErrorCode::kAlreadyExists, fmt::format("There is a city `{}` already.", id), "city_id");
  // A crash leaves a whole file or none: it gets its name when it is complete.
  const std::filesystem::path file = settings_.store_folder / (id + ".gpkg");
  const std::filesystem::path half_made = settings_.store_folder / (id + ".creating");
  remove_city_file(half_made);
  const Result<void> made = make(half_made);
  if (!made) {
    remove_city_file(half_made);
    return std::unexpected(made.error());
  }
  std::error_code error;
  std::filesystem::rename(half_made, file, error);
  if (error) return failure(ErrorCode::kUnavailable, fmt::format("The file of city `{}` cannot be made: {}.", id, error.message()));
  sync_folder(settings_.store_folder);
  auto city = open_city(file);
  if (!city) {
    remove_city_file(file);
    return std::unexpected(city.error());
  }
  const std::lock_guard lock(mutex_);
  cities_.emplace(id, *city);
  return (*city)->snapshot();
}

Result<std::shared_ptr<const Snapshot>> Twin::restore_city(const std::string& id, const std::filesystem::path& file,
                                                           const std::string& name, const Limits& limits) {
  const auto valid = check_city_id(id);
  if (!valid) return std::unexpected(valid.error());
  auto snapshot = add_city(id, [&](const std::filesystem::path& made) { return adopt_city_file(file, made, id, name, limits); });
  if (!snapshot && snapshot.error().code == ErrorCode::kBadData && snapshot.error().message.find(name) == std::string::npos) {
    return failure(ErrorCode::kBadData, fmt::format("{} cannot be restored: it holds what no city can.", name));
  }
  return snapshot;
}

Result<void> Twin::copy_city(const std::string& id, const std::filesystem::path& to, const Limits& limits) const {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  return copy_city_file((*city)->file, to, limits);
}

}  // namespace obnova::server
