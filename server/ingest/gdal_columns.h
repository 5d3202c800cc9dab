#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/text_encoding.h"

class OGRFeature;
class OGRLayer;

namespace obnova::server {

// A column of the file and what a first look at all its values showed.
struct SourceColumn {
  int index = 0;
  std::string raw_name;  // In the encoding of the file.
  int gdal_type = 0;     // OGRFieldType.
  bool is_bool = false;
  bool only_whole_numbers = true;  // Of the texts that are not empty.
  bool only_numbers = true;
  bool only_comma_numbers = true;  // `2,5`, and not what may be groups of thousands everywhere.
  bool has_decimal_comma = false;
  bool only_defaults = true;      // Numbers that are all -1 or 0.
  std::int64_t filled_count = 0;  // Rows that have a value.
};

std::vector<SourceColumn> source_columns(OGRLayer& layer);

// The name as text, without what no name may hold. Names of shapefiles end
// after ten bytes, in the middle of a letter too; half letters are dropped.
std::string column_name(const SourceColumn& column, const TextDecoder& decoder);

// Looks at one row: its texts, and which columns of text hold only numbers.
void survey_row(const OGRFeature& feature, std::int64_t row, std::vector<SourceColumn>& columns, TextSurvey& texts);

// Which column of the file becomes which field of the layer, and how. Used by
// one thread.
class ColumnPlan {
 public:
  // `infer_types` is for files in which everything is text. Adds warnings
  // about renamed and left-out columns to the summary. Fails with
  // kInvalidArgument, listing the columns, when a mapped or required one is missing.
  static Result<ColumnPlan> make(const worker::IngestJob& job, std::span<const SourceColumn> columns, const TextDecoder& decoder,
                                 bool infer_types, worker::IngestSummary& summary);

  const std::vector<geo::Field>& fields() const { return fields_; }
  // The values of a row. Fails with kBadData or kLimitExceeded naming the field.
  Result<std::vector<geo::Value>> values_of(const OGRFeature& feature, const TextDecoder& decoder);
  // How many values were no numbers and became null.
  std::int64_t dropped_number_count() const { return dropped_number_count_; }

 private:
  struct Planned {
    int index = 0;
    int gdal_type = 0;
    bool is_required = false;
    bool has_decimal_comma = false;
  };
  Result<geo::Value> value_of(const OGRFeature& feature, std::size_t field, const TextDecoder& decoder);
  Result<geo::Value> number_of_text(const std::string& text, std::size_t field);

  std::vector<geo::Field> fields_;
  std::vector<Planned> planned_;  // As `fields_`.
  std::int64_t dropped_number_count_ = 0;
};

// The number of a column by its decoded name. Fails with kInvalidArgument that lists the columns.
Result<int> column_index(const std::string& name, std::span<const SourceColumn> columns, const TextDecoder& decoder,
                         const std::string& file_name);

}  // namespace obnova::server
