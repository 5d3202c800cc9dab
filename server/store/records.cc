#include "server/store/records.h"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "server/store/city_store_state.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

constexpr const char* kForget = "DELETE FROM obnova_records WHERE kind = ?1 AND id = ?2 AND known_from = ?3 AND known_to IS NULL";
constexpr const char* kEnd = "UPDATE obnova_records SET known_to = ?3 WHERE kind = ?1 AND id = ?2 AND known_to IS NULL";
constexpr const char* kBegin = "INSERT INTO obnova_records (kind, id, known_from, body) VALUES (?1, ?2, ?3, ?4)";

class RecordWriter {
 public:
  static Result<RecordWriter> prepare(Database& database) {
    RecordWriter writer;
    for (const auto& [statement, sql] : {std::pair(&writer.forget_, kForget), {&writer.end_, kEnd}, {&writer.begin_, kBegin}}) {
      auto prepared = database.prepare(sql);
      if (!prepared) return std::unexpected(prepared.error());
      *statement = std::move(*prepared);
    }
    return writer;
  }

  Result<void> write(const RecordChange& change, Revision revision) {
    for (Statement* statement : {&forget_, &end_}) {
      bind_key(*statement, change, revision);
      const auto done = statement->run();
      if (!done) return done;
    }
    if (!change.body) return {};
    bind_key(begin_, change, revision);
    begin_.bind(4, std::string_view(*change.body));
    return begin_.run();
  }

 private:
  static void bind_key(Statement& statement, const RecordChange& change, Revision revision) {
    statement.bind(1, std::string_view(change.kind));
    statement.bind(2, std::string_view(change.id));
    statement.bind(3, revision);
  }

  Statement forget_;
  Statement end_;
  Statement begin_;
};

Result<Revision> write_changes(Database& database, std::span<const RecordChange> changes, const std::string& what,
                               const Authorship& authorship) {
  const auto newest = database.number("SELECT revision FROM obnova_city");
  if (!newest) return std::unexpected(newest.error());
  {
    auto writer = RecordWriter::prepare(database);
    if (!writer) return std::unexpected(writer.error());
    for (const RecordChange& change : changes) {
      const auto written = writer->write(change, *newest + 1);
      if (!written) return std::unexpected(written.error());
    }
  }
  const auto revision = record_change(database, what);
  if (!revision) return revision;
  auto done = sign_change(database, *revision, authorship);
  if (done) done = database.execute("COMMIT");
  if (!done) return std::unexpected(done.error());
  return revision;
}

}  // namespace

Result<std::vector<StoredRecord>> CityStore::read_records() const {
  auto rows = state_->database.prepare("SELECT kind, id, known_from, known_to, body FROM obnova_records ORDER BY kind, id, known_from");
  if (!rows) return std::unexpected(rows.error());
  std::vector<StoredRecord> records;
  while (true) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return records;
    records.push_back({.kind = std::string(rows->text_at(0)),
                       .id = std::string(rows->text_at(1)),
                       .known_from = rows->int_at(2),
                       .known_to = rows->is_null(3) ? kStillKnown : rows->int_at(3),
                       .body = std::string(rows->text_at(4))});
  }
}

Result<Revision> CityStore::change_records(std::span<const RecordChange> changes, const std::string& what, const Authorship& authorship) {
  Database& database = state_->database;
  const auto begun = begin_change(database);
  if (!begun) return std::unexpected(begun.error());
  const auto revision = write_changes(database, changes, what, authorship);
  database.rollback();
  return revision;
}

}  // namespace obnova::server
