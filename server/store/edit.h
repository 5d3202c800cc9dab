#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/ids.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/facts/timeline.h"
#include "server/store/city_store.h"
#include "server/store/content.h"

namespace obnova::server {

class Database;

// Who changes a city, and why, in free words.
struct Authorship {
  std::string author = {};
  std::string reason = {};
  // Empty, or what tells one request from all others: sent again it changes nothing again.
  std::string request_id = {};
};

// Edits of features as one transaction; only `commit` makes them happen. One at
// a time; the store must outlive it.
//
// Two things are written: versions, which say what was known of what time, and
// the rows of the feature tables, which say what is so at the time of the edit
// and are all that programs see which know of no time.
class CityStore::Edit {
 public:
  ~Edit();
  Edit(Edit&&) noexcept;

  // The revision the city will have.
  Revision revision() const;
  // Keeps content for versions to point at. Precondition: one value a field.
  Result<ContentId> add_content(const GeometryView& geometry, std::span<const geo::Field> fields, std::span<const geo::Value> values);
  // Writes versions of one feature down; `place` is that in the layer's timeline.
  Result<void> write_version(const std::string& layer, std::size_t place, const Version& version, std::string_view feature);

  // Keeps what a file says of a feature, nullopt that it does not list it.
  Result<void> write_imported(const std::string& layer, FeatureId feature, std::optional<ContentId> content);
  // Gives a layer these fields: those it has, some of a wider type (see
  // `wider_type`), and perhaps more behind them. Rows stay as they are, so those
  // with values of widened types have to be put again.
  Result<void> widen_fields(const std::string& layer, const std::vector<geo::Field>& fields);

  // Puts a feature into the row that belongs to its number, in place of what is there.
  Result<void> put_row(const std::string& layer, FeatureId feature, std::string_view id, const GeometryView& geometry,
                       std::span<const geo::Value> values);
  Result<void> remove_row(const std::string& layer, FeatureId feature);

  Result<Revision> commit(const std::string& what, const Authorship& authorship);

  // Several changes in one transaction, each with a revision of its own: begin
  // one, write it, then sign it or take it back; in the end commit all that were
  // signed. `revision` is that of the change being written.
  Result<void> begin_batch();
  Result<Revision> sign_batch(const std::string& what, const Authorship& authorship);
  Result<void> undo_batch();
  // Precondition: at least one is signed.
  Result<void> commit_signed();

 private:
  friend class CityStore;
  friend class CityStore::Import;
  struct State;
  explicit Edit(std::unique_ptr<State> state);
  // Takes part in a transaction that somebody else has begun.
  static Result<Edit> within_transaction(Database& database, const CityRecord& city);
  std::unique_ptr<State> state_;
};

}  // namespace obnova::server
