#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/base/limits.h"
#include "geo/layer/layer.h"
#include "geo/raster/raster.h"
#include "server/facts/timeline.h"
#include "server/store/content.h"

namespace obnova::server {

// What a city file says of its city.
struct CityRecord {
  std::string id;
  std::string title;
  std::string crs;                 // `EPSG:6384`
  std::string crs_wkt;             // For other programs that open the file.
  std::int64_t create_time_s = 0;  // Seconds since 1970, UTC.
  std::int64_t revision = 1;
};

// What a city file says of one layer, without its features.
struct LayerRecord {
  geo::LayerDescription description;
  std::int64_t revision = 0;        // That wrote it.
  std::int64_t first_revision = 0;  // Before it there was no such layer.
  std::int64_t kept_revision = 0;   // What it was before this one was not kept.
  std::string import_report;        // Serialized obnova.v1.ImportReport, or empty.
};

// What a city file says of one raster, without its values.
struct RasterRecord {
  geo::RasterDescription description;
  int columns = 0;
  int rows = 0;
  geo::Affine affine;    // North-up: no turn, columns to the east, rows to the south.
  std::string crs;       // Of the cells, as PROJ reads it.
  bool doubles = false;  // The values are doubles and not floats.
  std::int64_t revision = 0;
  std::int64_t first_revision = 0;
  std::int64_t kept_revision = 0;
  std::string import_report;
};

// The system of the cells of a raster, as PROJ reads it and for other programs.
struct CellSystem {
  std::string crs;
  std::string crs_wkt;
};

// Why a revision is there.
struct ChangeRecord {
  Revision revision = 0;
  Instant time = 0;
  std::string what = {};
  std::string author = {};
  std::string reason = {};
  std::string request_id = {};
};

// What a city file says of the edited features of a layer.
struct StoredFacts {
  Timeline timeline;
  std::map<FeatureId, std::string> ids;
  std::unordered_map<std::string, FeatureId> features;
  // What the last file said of features that a file has changed; nullopt where
  // it does not list them any more. Of all others the first file said what they
  // were in `LayerRecord::kept_revision`.
  std::map<FeatureId, std::optional<ContentId>> imported;

  void name(FeatureId feature, const std::string& id) {
    ids.insert_or_assign(feature, id);
    features.insert_or_assign(id, feature);
  }
  // Precondition: it has a name, and no version.
  void forget(FeatureId feature) {
    const auto named = ids.find(feature);
    features.erase(named->second);
    ids.erase(named);
  }
};

struct Authorship;
struct RecordChange;
struct StoredRecord;

// One city as one GeoPackage file (OGC 12-128r18): every layer a feature table
// in the plane of the city with an R-tree, every raster a gridded coverage (OGC
// 17-066r1) in its own system, everything of ours in registered attribute tables. QGIS and GDAL open it as it is.
//
// SQLite in WAL mode with synchronous=FULL: what was acknowledged is on disk, a
// reader never sees half a change, a crash at any instant loses nothing
// acknowledged. One thread at a time may use one store.
class CityStore {
 public:
  // Fails with kAlreadyExists when the file is there.
  static Result<CityStore> create(const std::filesystem::path& file, const CityRecord& record);
  // Fails with kBadData, saying what to do, when the file is damaged (quick_check,
  // application id, tables) or was written by a newer version.
  static Result<CityStore> open(const std::filesystem::path& file);
  ~CityStore();
  CityStore(CityStore&&) noexcept;
  CityStore& operator=(CityStore&&) noexcept;

  Result<CityRecord> record() const;
  Result<std::vector<LayerRecord>> layer_records() const;  // By id.
  // The features of a layer, in the order they were written.
  Result<std::shared_ptr<const geo::Layer>> read_layer(const LayerRecord& record) const;

  // Changes. Each is one transaction and returns the new revision.
  Result<std::int64_t> set_title(const std::string& title);
  Result<std::int64_t> set_description(const geo::LayerDescription& description);
  // A raster too.
  Result<std::int64_t> delete_layer(const std::string& layer);

  Result<std::vector<RasterRecord>> raster_records() const;  // By id.
  // A raster as it was put, to the bit. `placement` is the way between the system
  // of its cells and the plane. Fails with kBadData naming the tile at fault.
  Result<std::shared_ptr<const geo::Raster>> read_raster(const RasterRecord& record, geo::GridPlacement placement) const;
  // Replaces the raster of the same id, in one transaction. Fails with
  // kFailedPrecondition when a layer of features has the id, with
  // kInvalidArgument unless the grid is north-up, with kCancelled when stopped.
  Result<std::int64_t> put_raster(const geo::Raster& raster, const CellSystem& system, const std::string& import_report,
                                  const Limits& limits);
  Result<std::int64_t> set_raster_description(const geo::RasterDescription& description);

  // Edits of single features: see server/store/edit.h.
  class Edit;
  Result<Edit> begin_edit();

  // A change in many steps; only `commit` makes it happen. One at a time; the
  // store must outlive it.
  class Import {
   public:
    ~Import();
    Import(Import&&) noexcept;
    // Begins a layer that is not there. Fails with kAlreadyExists.
    Result<void> begin_layer(const geo::LayerDescription& description, const std::vector<geo::Field>& fields);
    Result<void> add_feature(const std::string& id, const GeometryView& geometry, std::span<const geo::Value> values);
    // Describes a layer that is there anew; its features are changed by `edit`.
    Result<void> go_on_with_layer(const geo::LayerDescription& description);
    // Edits features of layers that are there, as part of this import, which commits them.
    Edit& edit();
    // The revision this import will have when committed.
    std::int64_t revision() const;
    // `import_report` is kept with every layer begun or described here.
    Result<std::int64_t> commit(const std::string& import_report);

   private:
    friend class CityStore;
    struct State;
    explicit Import(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  Result<Import> begin_import();

  // All versions of edited features of a layer, in the order of their places.
  Result<StoredFacts> read_facts(const std::string& layer) const;
  // Fails with kBadData when there is no such content.
  Result<Content> read_content(ContentId content, std::span<const geo::Field> fields) const;
  // Records that are no features: see server/store/records.h.
  Result<std::vector<StoredRecord>> read_records() const;
  Result<Revision> change_records(std::span<const RecordChange> changes, const std::string& what, const Authorship& authorship);
  // Every revision after this one, ascending.
  Result<std::vector<ChangeRecord>> changes(Revision after) const;
  // Another connection to the same file, for another thread. What is not
  // committed here is not seen there.
  Result<CityStore> connect_again() const;

 private:
  struct State;
  explicit CityStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace obnova::server
