#include "server/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace obnova::server {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kMaxStrangeValueBytes = 64 << 20;
constexpr int kStepsBetweenPolls = 10'000;  // Of SQLite's machine: about a millisecond.

ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return ErrorCode::kBadData;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return ErrorCode::kUnavailable;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return ErrorCode::kFailedPrecondition;
    case SQLITE_CONSTRAINT:
      return ErrorCode::kInvalidArgument;
    case SQLITE_INTERRUPT:
      return ErrorCode::kCancelled;
    case SQLITE_TOOBIG:
      return ErrorCode::kLimitExceeded;
    default:
      return ErrorCode::kBadData;
  }
}

std::string advice(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; restore it from a backup, or move it away";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another program holds it: close it there and try again";
    case SQLITE_FULL:
      return "; make room on the disk and try again";
    default:
      return "";
  }
}

// As SQLite reads names of files with options behind them.
std::string read_only_name(const std::filesystem::path& file) {
  std::string name = "file:";
  const std::string path = std::filesystem::absolute(file).string();
  for (const char letter : path) {
    const bool is_special = letter == '%' || letter == '?' || letter == '#';
    name += is_special ? fmt::format("%{:02X}", static_cast<unsigned>(letter)) : std::string(1, letter);
  }
  return name + "?mode=ro&immutable=1";
}

std::unexpected<Error> sqlite_failure(sqlite3* handle, const std::string& file_name) {
  const int code = sqlite3_extended_errcode(handle);
  return failure(code_of(code), fmt::format("The city file {}: {}{}.", file_name, sqlite3_errmsg(handle), advice(code)));
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string result = "\"";
  for (const char letter : name) {
    if (letter == '"') result += '"';
    result += letter;
  }
  return result + '"';
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::bind_null(int parameter) { sqlite3_bind_null(statement_.get(), parameter); }
void Statement::bind(int parameter, std::int64_t number) { sqlite3_bind_int64(statement_.get(), parameter, number); }
void Statement::bind(int parameter, double number) { sqlite3_bind_double(statement_.get(), parameter, number); }

void Statement::bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may hold one.
  sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bind_bytes(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), parameter, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_TRANSIENT);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_failure(sqlite3_db_handle(statement_.get()), file_name_);
}

Result<void> Statement::run() {
  const auto stepped = step();
  reset();
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

int Statement::type(int column) const { return sqlite3_column_type(statement_.get(), column); }
bool Statement::is_null(int column) const { return type(column) == SQLITE_NULL; }
std::int64_t Statement::int_at(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Statement::double_at(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string_view Statement::text_at(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return text == nullptr ? std::string_view() : std::string_view(text, sqlite3_column_bytes(statement_.get(), column));
}

std::string_view Statement::bytes_at(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, sqlite3_column_bytes(statement_.get(), column));
}

void Database::Closer::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
  sqlite3* handle = nullptr;
  const bool is_strange = mode == Mode::kReadStranger;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0) |
                    (is_strange ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE);
  const int code = sqlite3_open_v2((is_strange ? read_only_name(file) : file.string()).c_str(), &handle, flags, nullptr);
  Database database;
  database.handle_.reset(handle);
  database.file_name_ = file.filename().string();
  if (code != SQLITE_OK) return sqlite_failure(handle, database.file_name_);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  if (is_strange) {
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxStrangeValueBytes);
    const auto set = database.execute("PRAGMA mmap_size=0; PRAGMA cell_size_check=ON;");
    if (!set) return std::unexpected(set.error());
    return database;
  }
  const auto set = database.execute(
      "PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
      "PRAGMA cache_size=-32768;");
  if (!set) return std::unexpected(set.error());
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return sqlite_failure(handle_.get(), file_name_);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  Statement statement;
  statement.statement_.reset(raw);
  statement.file_name_ = file_name_;
  if (code != SQLITE_OK) return sqlite_failure(handle_.get(), file_name_);
  return statement;
}

Result<std::int64_t> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->int_at(0) : 0;
}

Result<std::string> Database::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::string(statement->text_at(0)) : std::string();
}

Result<void> Database::run_until(Statement& statement, const Limits& limits) {
  const auto first = text_until(statement, limits);
  if (!first) return std::unexpected(first.error());
  return {};
}

Result<std::string> Database::text_until(Statement& statement, const Limits& limits) {
  const auto poll = [](void* context) { return static_cast<const Limits*>(context)->stopped() ? 1 : 0; };
  sqlite3_progress_handler(handle_.get(), kStepsBetweenPolls, poll, const_cast<Limits*>(&limits));  // SQLite's signature; it is only read.
  const auto row = statement.step();
  sqlite3_progress_handler(handle_.get(), 0, nullptr, nullptr);
  if (!row) {
    if (row.error().code == ErrorCode::kCancelled) return failure(ErrorCode::kCancelled, "The work on the city file was cancelled.");
    return std::unexpected(row.error());
  }
  std::string text = *row ? std::string(statement.text_at(0)) : std::string();
  statement.reset();
  return text;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Database::rollback() {
  if (in_transaction()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> Database::redeclare(const std::string& table, const std::string& from, const std::string& to) {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
  Result<void> done = execute("PRAGMA writable_schema=ON");
  if (done) {
    auto update = prepare("UPDATE sqlite_schema SET sql = replace(sql, ?1, ?2) WHERE type = 'table' AND name = ?3");
    if (update) {
      update->bind(1, std::string_view(from));
      update->bind(2, std::string_view(to));
      update->bind(3, std::string_view(table));
      done = update->run();
    } else {
      done = std::unexpected(update.error());
    }
  }
  // Also makes SQLite read the declarations again, on which it decides how to keep values.
  const auto closed = execute("PRAGMA writable_schema=RESET");
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return done ? closed : done;
}

}  // namespace obnova::server
