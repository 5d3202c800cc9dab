#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/store/geopackage.h"
#include "server/store/sqlite.h"

namespace obnova::server {

// Binds a value of an attribute, null included.
void bind_value(Statement& statement, int parameter, const geo::Value& value);

// The rows of one feature table with its R-tree: our triggers do not run while
// we write. Everything happens in a transaction of the caller.
class FeatureRows {
 public:
  FeatureRows() = default;
  static Result<FeatureRows> prepare(Database& database, const TableLayout& layout, std::int64_t srs_id);

  // Precondition: one value a column, and neither row nor id is taken.
  Result<void> insert(std::int64_t row, std::string_view id, const GeometryView& geometry, std::span<const geo::Value> values);
  // Puts a feature into a row, in place of what is there. The R-tree is left alone
  // where the shape stays what it was.
  Result<void> put(std::int64_t row, std::string_view id, const GeometryView& geometry, std::span<const geo::Value> values);
  // Nothing to do when there is no such row.
  Result<void> remove(std::int64_t row);

 private:
  void bind_feature(Statement& statement, std::int64_t row, std::string_view id, const GeometryView& geometry,
                    std::span<const geo::Value> values) const;

  std::int64_t srs_id_ = 0;
  Statement insert_feature_;
  Statement update_values_;
  Statement insert_box_;
  Statement remove_feature_;
  Statement remove_box_;
};

}  // namespace obnova::server
