#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "obnova/v1/common.pb.h"

namespace obnova::cli {

enum class Output { kTable, kJson, kGeoJson, kCsv };

// Rows for people (`table`) and for spreadsheets (`csv`).
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

// One answer in all forms a user can ask for. Commands fill it; `print` shows
// the form that was asked for: data on standard output, remarks on standard error.
struct Answer {
  // The response messages, for `json`: one document a message.
  std::vector<const google::protobuf::Message*> messages;
  // Sentences above the table, only for `table`.
  std::vector<std::string> headlines;
  Table table;
  // GeoJSON features; an answer without any has no place and refuses `geojson`.
  nlohmann::json features = nlohmann::json::array();
  bool has_places = false;
  // Warnings of the provenance.
  std::vector<std::string> warnings;

  void add_feature(nlohmann::json geometry, nlohmann::json properties);
  void add_warnings(const v1::Provenance& provenance);
};

// Throws UsageError when the answer has no such form.
void print(const Answer& answer, Output output);

nlohmann::json point_json(const v1::LngLat& place);
// 125 → `2 min 5 s`; -1 → `no way`.
std::string spell_duration(double seconds);
// 1234 → `1.23 km`; -1 → `no way`.
std::string spell_distance(double meters);
// 12345.6 → `12,346`.
std::string spell_people(double people);
std::string spell_value(const v1::AttributeValue& value);
nlohmann::json value_json(const v1::AttributeValue& value);

// A bar on standard error while long work runs; nothing when that is no terminal.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  void show(const v1::Progress& progress);

 private:
  bool terminal_;
  bool shown_ = false;
};

}  // namespace obnova::cli
