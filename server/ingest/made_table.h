#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"

class GDALDataset;

namespace obnova::server {

using MadeValue = std::variant<std::int64_t, double, bool, std::string>;

// One feature; columns that it does not name are null. Texts are as in the file.
struct MadeRow {
  std::string id;
  Geometry shape;  // In the system of the file; kNone for no place.
  std::vector<std::pair<std::string, MadeValue>> values;
};

// What a reader of this project made of a file that GDAL has no driver for.
struct MadeTable {
  std::string name;
  std::string crs;  // As the file says; empty when it does not.
  std::vector<MadeRow> rows;
  // Rows that cannot be used: their ids, and why.
  std::vector<std::pair<std::string, std::string>> rejected;
  std::vector<std::string> warnings;
};

// The table as a layer of GDAL, so that from there on it is like any other file.
// The first column holds the ids, the others stand in the order in which rows
// name them first; a column of whole and other numbers is one of numbers, any
// other mixture one of texts.
Result<std::unique_ptr<GDALDataset>> dataset_of(const MadeTable& table);

}  // namespace obnova::server
