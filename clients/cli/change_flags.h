#pragma once

#include <CLI/App.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/connection.h"
#include "obnova/v1/scenario.pb.h"

namespace obnova::cli {

// The flags that say what a project or scenario changes. A feature is named
// LAYER:ID, such as `roads:way/48`.
struct ChangeFlags {
  std::vector<std::string> repair, remove, close;
  std::vector<std::string> capacity;  // LAYER:ID=N
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs set;           // LAYER:ID FIELD=VALUE
  Pairs restrict;      // LAYER:ID weight=T,height=M,width=M,speed=KMH
  Pairs add, replace;  // LAYER:ID FILE, a GeoJSON feature
  std::string from, to;

  void add_to(CLI::App& command);
  bool empty() const;
  // In the order of the members above. Asks the server for the types of fields.
  std::vector<v1::Change> changes(const Session& session) const;
};

// `repair roads:way/48`, as people read it.
std::string spell_change(const v1::Change& change);

// The types of the fields of a layer, by name.
std::map<std::string, v1::AttributeType> types_of(const Session& session, const std::string& layer);
// Nothing is null; a field nobody knows takes text, and the server names the fields there are.
v1::AttributeValue parse_value(const std::string& text, v1::AttributeType type, const std::string& field);

}  // namespace obnova::cli
