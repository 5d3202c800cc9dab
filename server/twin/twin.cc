#include "server/twin/twin.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "server/twin/city_files.h"
#include "server/twin/open_city.h"
#include "server/twin/rasters.h"

namespace obnova::server {
namespace {

constexpr std::string_view kCityPrefix = "cities/";
constexpr std::chrono::milliseconds kPoll(50);
// How long a small change waits for another one; imports hold a city for longer.
constexpr std::chrono::milliseconds kPatience(2000);

std::unexpected<Error> no_such_city(const std::string& id) {
  return failure(ErrorCode::kNotFound, fmt::format("There is no city `{}`.", id));
}

// The cities of a folder, by name. What a crash left half made is removed.
Result<std::vector<std::filesystem::path>> city_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> half_made;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == ".gpkg") files.push_back(path);
    if (path.extension() == ".creating") half_made.push_back(path);
  }
  if (error)
    return failure(ErrorCode::kFailedPrecondition, fmt::format("The store {} cannot be read: {}.", folder.string(), error.message()));
  for (const auto& path : half_made) remove_city_file(path);
  std::ranges::sort(files);
  return files;
}

}  // namespace

bool valid_city_id(std::string_view id) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  return !id.empty() && id.size() <= 63 && letter(id.front()) && std::ranges::all_of(id, allowed);
}

Result<std::string> city_id_of(const std::string& name, const std::string& field) {
  if (name.starts_with(kCityPrefix) && valid_city_id(std::string_view(name).substr(kCityPrefix.size())))
    return name.substr(kCityPrefix.size());
  if (name.empty()) return failure(ErrorCode::kInvalidArgument, "A city is required: `cities/{city}`.", field);
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is no name of a city: `cities/` and 1 to 63 of a-z0-9-.", name.substr(0, 100)), field);
}

Result<Twin::Turn> Twin::Turn::take(std::shared_ptr<OpenCity> city, std::chrono::milliseconds patience, const Limits& limits) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock(city->mutex);
  while (city->turn_taken && !city->deleted) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The call ended before the change began.");
    if (std::chrono::steady_clock::now() >= end) {
      return failure(ErrorCode::kUnavailable, fmt::format("City `{}` is being changed by somebody else: try again later.", city->id));
    }
    city->turn_ended.wait_for(lock, kPoll);
  }
  if (city->deleted) return no_such_city(city->id);
  city->turn_taken = true;
  lock.unlock();
  return Turn(std::move(city));
}

Twin::Turn::~Turn() {
  if (city_ == nullptr) return;
  const std::lock_guard lock(city_->mutex);
  city_->turn_taken = false;
  city_->turn_ended.notify_all();
}

void Twin::Turn::mark_deleted() {
  const std::lock_guard lock(city_->mutex);
  city_->deleted = true;
}

Twin::Twin(TwinSettings settings, std::unique_ptr<FolderLock> lock)
    : settings_(std::move(settings)),
      damage_(std::make_shared<const DamageRules>(settings_.damage)),
      lock_(std::move(lock)),
      observation_(std::make_shared<Observation>()) {}
Twin::~Twin() = default;

void Twin::on_publish(Observer observer) {
  const std::lock_guard lock(observation_->mutex);
  observation_->observer = std::move(observer);
}

Result<std::unique_ptr<Twin>> Twin::open(TwinSettings settings) {
  std::error_code error;
  std::filesystem::create_directories(settings.store_folder, error);
  if (error) {
    return failure(ErrorCode::kFailedPrecondition,
                   fmt::format("The store {} cannot be made: {}.", settings.store_folder.string(), error.message()));
  }
  auto lock = FolderLock::take(settings.store_folder);
  if (!lock) return std::unexpected(lock.error());
  const auto files = city_files(settings.store_folder);
  if (!files) return std::unexpected(files.error());
  std::unique_ptr<Twin> twin(new Twin(std::move(settings), std::move(*lock)));
  for (const std::filesystem::path& file : *files) {
    auto city = twin->open_city(file);
    if (!city) return std::unexpected(city.error());
    const std::string id = (*city)->id;
    twin->cities_.emplace(id, std::move(*city));
  }
  return twin;
}

Result<std::shared_ptr<Twin::OpenCity>> Twin::open_city(const std::filesystem::path& file) const {
  auto store = CityStore::open(file);
  if (!store) return std::unexpected(store.error());
  const auto record = store->record();
  if (!record) return std::unexpected(record.error());
  if (record->id != file.stem().string() || !valid_city_id(record->id)) {
    return failure(ErrorCode::kBadData, fmt::format("The city file {} holds city `{}`: name it {}.gpkg, or move it away.", file.string(),
                                                    record->id, record->id));
  }
  auto projection = geo::Projection::make("EPSG:4326", record->crs);
  if (!projection) return std::unexpected(projection.error());
  auto city = std::make_shared<OpenCity>();
  city->id = record->id;
  city->file = file;
  city->observation = observation_;
  city->projection = std::make_shared<const geo::Projection>(std::move(*projection));
  auto reader = store->connect_again();
  if (!reader) return std::unexpected(reader.error());
  auto history = History::read(*store, std::move(*reader), settings_.profiles);
  if (!history) return std::unexpected(history.error());
  city->history = std::move(*history);
  city->store.emplace(std::move(*store));
  city->conditions = std::make_unique<Conditions>(damage_);
  auto snapshot = make_snapshot(*city, nullptr, {});
  if (!snapshot) {
    return failure(snapshot.error().code, fmt::format("The city file {} cannot be used ({}): restore it from a backup, or move it away.",
                                                      file.string(), snapshot.error().message));
  }
  city->current = std::move(*snapshot);
  return city;
}

Result<std::shared_ptr<const Snapshot>> Twin::make_snapshot(const OpenCity& city, const Snapshot* before, FreshLayers fresh) const {
  const auto record = city.store->record();
  if (!record) return std::unexpected(record.error());
  const auto followed = city.history->follow(*city.store);
  if (!followed) return std::unexpected(followed.error());
  auto records = city.store->layer_records();
  if (!records) return std::unexpected(records.error());
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->valid_at = before == nullptr ? settings_.clock() : before->valid_at;
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (LayerRecord& layer_record : *records) {
    const std::string id = layer_record.description.id;
    const auto known = before == nullptr ? std::map<std::string, LayerRecord>::const_iterator() : before->layer_records.find(id);
    if (const auto read = fresh.find(id); read != fresh.end()) {
      layers.push_back(read->second);
    } else if (before != nullptr && known != before->layer_records.end() && known->second.revision == layer_record.revision) {
      layers.push_back(before->city->layers().find(id)->second.layer);
    } else {
      auto layer = city.store->read_layer(layer_record);
      if (!layer) return std::unexpected(layer.error());
      // A row shows what was so when it was written.
      layer = city.history->shown_at(std::move(*layer), {.valid_at = snapshot->valid_at, .revision = record->revision});
      if (!layer) return std::unexpected(layer.error());
      layers.push_back(std::move(*layer));
    }
    snapshot->layer_records.emplace(id, std::move(layer_record));
  }
  auto rasters = read_rasters(*city.store, record->crs, before);
  if (!rasters) return std::unexpected(rasters.error());
  snapshot->raster_records = std::move(rasters->records);
  snapshot->city = geo::City::make(record->id, record->crs, record->revision, std::move(layers), settings_.profiles,
                                   before == nullptr ? nullptr : before->city.get(), rasters->rasters);
  snapshot->projection = city.projection;
  snapshot->record = *record;
  snapshot->valid_to = city.history->next_transition(snapshot->valid_at);
  return snapshot;
}

Result<std::shared_ptr<Twin::OpenCity>> Twin::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = cities_.find(id);
  if (found == cities_.end()) return no_such_city(id);
  return found->second;
}

std::vector<std::shared_ptr<const Snapshot>> Twin::cities() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const Snapshot>> snapshots;
  for (const auto& [id, city] : cities_) snapshots.push_back(city->snapshot());
  return snapshots;
}

Result<std::shared_ptr<const Snapshot>> Twin::create_city(const std::string& id, const std::string& crs, const std::string& title,
                                                          std::int64_t create_time_s) {
  const auto valid = check_city_id(id);
  if (!valid) return std::unexpected(valid.error());
  const auto projection = geo::Projection::make("EPSG:4326", crs);
  if (!projection) return failure(projection.error().code, projection.error().message, "city.crs");
  const CityRecord record{.id = id,
                          .title = title,
                          .crs = projection->plane_code(),
                          .crs_wkt = projection->plane_wkt(),
                          .create_time_s = create_time_s,
                          .revision = 1};
  return add_city(id, [&](const std::filesystem::path& file) -> Result<void> {
    const auto made = CityStore::create(file, record);
    if (!made) return std::unexpected(made.error());
    return {};
  });
}

Result<void> Twin::delete_city(const std::string& id) {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  auto turn = Turn::take(*city, kPatience, {});
  if (!turn) return std::unexpected(turn.error());
  const std::lock_guard folder_lock(folder_mutex_);
  turn->mark_deleted();
  {
    const std::lock_guard lock(mutex_);
    cities_.erase(id);
  }
  (*city)->store.reset();
  remove_city_file((*city)->file);
  sync_folder(settings_.store_folder);
  observation_->tell(id);
  return {};
}

Result<std::shared_ptr<const Snapshot>> Twin::change(const std::string& id, const Change& change) {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  const auto turn = Turn::take(*city, kPatience, {});
  if (!turn) return std::unexpected(turn.error());
  const auto revision = change(*(*city)->store);
  if (!revision) return std::unexpected(revision.error());
  auto snapshot = make_snapshot(**city, (*city)->snapshot().get(), {});
  if (snapshot) (*city)->publish(*snapshot);
  return snapshot;
}

Result<std::shared_ptr<const Snapshot>> Twin::set_title(const std::string& id, const std::string& title) {
  return change(id, [&](CityStore& store) { return store.set_title(title); });
}

Result<std::shared_ptr<const Snapshot>> Twin::set_layer_description(const std::string& id, const geo::LayerDescription& description) {
  return change(id, [&](CityStore& store) { return store.set_description(description); });
}

Result<std::shared_ptr<const Snapshot>> Twin::set_raster_description(const std::string& id, const geo::RasterDescription& description) {
  return change(id, [&](CityStore& store) { return store.set_raster_description(description); });
}

Result<std::shared_ptr<const Snapshot>> Twin::delete_layer(const std::string& id, const std::string& layer) {
  return change(id, [&](CityStore& store) { return store.delete_layer(layer); });
}

}  // namespace obnova::server
