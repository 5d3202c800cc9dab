#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/damage/scale.h"
#include "server/assess/observed_at.h"
#include "server/assess/statements.h"
#include "server/twin/row_mapping.h"

namespace obnova::server {

// One look at every place of a file: its columns, where `date` may be empty.
struct LookColumns {
  std::string code;
  std::string date;
  bool operator==(const LookColumns&) const = default;
};

// How the rows of a file become statements.
struct StatementRule {
  const geo::DamageScale* scale = nullptr;  // Never null; must outlive the import.
  std::vector<LookColumns> looks;           // At least one.
  std::string dated;                        // Of statements without a date: YYYY-MM-DD or empty.
  std::optional<DateOrder> date_order;
  std::string method;
  std::string source;
  std::string confidence_column;  // Empty for none, as the next.
  std::string id_column;
  bool exhaustive = false;
};

// Turns the rows of one layer of a file into statements: one for each look that
// found something. Used for one import, then done.
//
// Ids are the same whenever the same file is imported: those of the id column,
// else made of place, code, date and scale; equal ones are numbered in the order
// of the file. A statement whose source columns are as they were keeps what it
// was matched to, and what somebody decided stays as long as the place does.
class StatementRows {
 public:
  explicit StatementRows(StatementRule rule) : rule_(std::move(rule)) {}
  StatementRows(const StatementRows&) = delete;
  StatementRows& operator=(const StatementRows&) = delete;

  // Refers to this. Fails with kInvalidArgument for columns that are not there,
  // and where dates speak against their order; with kBadData when no row holds a
  // word of the scale.
  RowMapping mapping();

 private:
  struct Look {
    std::size_t code = 0;
    std::optional<std::size_t> date;
  };
  struct Count {
    std::string example;
    std::int64_t count = 0;
  };

  Result<std::vector<geo::Field>> begin(const Snapshot& before, const std::string& layer, const std::vector<geo::Field>& source);
  Result<void> take(const std::string& row_id, const Geometry& place, std::span<const geo::Value> values, const RowMapping::Emit& emit);
  Result<void> take_look(const std::string& row_id, const Geometry& place, std::span<const geo::Value> values, std::size_t look,
                         const RowMapping::Emit& emit);
  Result<std::vector<std::string>> finish() const;

  std::string observed_at(const std::string& said);
  void count_word(const std::string& word);
  std::string id_of(const std::string& row_id, const Geometry& place, std::span<const geo::Value> values, std::size_t look,
                    const std::string& code, const std::string& date);
  void keep_match(const std::string& id, const Geometry& place, std::vector<geo::Value>& values) const;

  // Set at construction.
  const StatementRule rule_;
  // Set by `begin`.
  std::shared_ptr<const geo::Layer> before_;  // Null when the layer is new.
  std::vector<geo::Field> fields_;
  std::vector<Look> looks_;
  std::optional<std::size_t> confidence_;
  std::optional<std::size_t> id_;
  // Grow with the rows.
  std::map<std::string, std::int64_t> ids_;  // How often each base of an id came.
  std::map<std::string, std::int64_t> unknown_words_;
  std::int64_t known_count_ = 0;
  std::int64_t empty_count_ = 0;
  std::int64_t undated_count_ = 0;
  Count unread_dates_;
  Count month_first_;
  Count day_first_;
  Count either_first_;
};

}  // namespace obnova::server
