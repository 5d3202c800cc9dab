#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "geo/base/limits.h"
#include "geo/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace obnova::server {

// "name" as SQL wants it, whatever stands in it.
std::string quoted_name(std::string_view name);

// A prepared statement. Bound texts and bytes are copied. Parameters count from
// 1, columns from 0. Must not outlive its database.
class Statement {
 public:
  Statement() = default;
  void bind_null(int parameter);
  void bind(int parameter, std::int64_t number);
  void bind(int parameter, double number);
  void bind(int parameter, std::string_view text);
  void bind_bytes(int parameter, std::string_view bytes);

  // True while there is a row.
  Result<bool> step();
  // Runs a statement that has no rows, and makes it ready to run again.
  Result<void> run();
  void reset();

  bool is_null(int column) const;
  // SQLITE_INTEGER and the like: what stands in this row, whatever the column was declared as.
  int type(int column) const;
  std::int64_t int_at(int column) const;
  double double_at(int column) const;
  // Valid until the next step.
  std::string_view text_at(int column) const;
  std::string_view bytes_at(int column) const;

 private:
  friend class Database;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
  std::string file_name_;
};

// One connection to one SQLite file, with the settings that make a commit
// durable: WAL, synchronous=FULL, no memory mapping, foreign keys on. Triggers
// and views of the file never run here: other programs may have put them there.
class Database {
 public:
  // kReadStranger: a file of a user's, which is not written to, whose log beside
  // it is not looked at, and which may hold no value above 64 MiB.
  enum class Mode { kCreate, kOpen, kReadStranger };
  static Result<Database> open(const std::filesystem::path& file, Mode mode);

  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row; 0 or empty when there is none.
  Result<std::int64_t> number(std::string_view sql);
  Result<std::string> text(std::string_view sql);

  // `run`, and the first column of the first row, of work that may take long.
  // Fails with kCancelled when the limits stop.
  Result<void> run_until(Statement& statement, const Limits& limits);
  Result<std::string> text_until(Statement& statement, const Limits& limits);

  bool in_transaction() const;
  // Undoes an open transaction; nothing to say when there is none.
  void rollback();
  // Changes the stored declaration of `table` from one text to another without
  // touching its rows: SQLite has no ALTER for the type of a column.
  Result<void> redeclare(const std::string& table, const std::string& from, const std::string& to);

  const std::string& file_name() const { return file_name_; }

 private:
  struct Closer {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Closer> handle_;
  std::string file_name_;  // For messages: they may reach people who have no business with our folders.
};

}  // namespace obnova::server
