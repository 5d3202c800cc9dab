#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/exported_note.h"
#include "server/ingest/file_format.h"

class OGRGeometry;

namespace obnova::server {

// The rows of an exported file, one after the other, whatever its format.
class ExportedRows {
 public:
  struct Row {
    std::optional<std::string> id;
    std::vector<geo::Value> values;      // By column; texts of a table are texts still.
    std::unique_ptr<OGRGeometry> shape;  // Null where there is none.
  };
  // A column as it is in the file, without the one of ids and that of shapes.
  struct Column {
    std::string name;
    geo::FieldType type;  // As the file has it.
  };

  // Fails with kBadData when the file cannot be read.
  static Result<std::unique_ptr<ExportedRows>> open(const worker::IngestJob& job, FileFormat format, const ExportedNote& note);
  virtual ~ExportedRows() = default;

  virtual const std::vector<Column>& columns() const = 0;
  // `EPSG:…` or WKT.
  virtual std::string crs() const = 0;
  // How many there should be; negative when the file does not say.
  virtual std::int64_t count() const = 0;
  // The next one; nullopt after the last. Fails with kBadData.
  virtual Result<std::optional<Row>> next() = 0;
};

}  // namespace obnova::server
