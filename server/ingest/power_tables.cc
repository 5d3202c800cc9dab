#include "server/ingest/power_tables.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "geo/base/wkb.h"
#include "server/ingest/gdal_drivers.h"
#include "server/ingest/table_places.h"
#include "server/ingest/tag_values.h"
#include "server/ingest/zip_members.h"

namespace obnova::server {
namespace {

constexpr int kNone = -1;
// Above this a voltage cannot be in kilovolts: no line carries it.
constexpr double kHighestVoltage_kv = 1200;

int column_of(const PowerTable& table, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (usual_form(table.columns[i]) == name) return static_cast<int>(i);
    }
  }
  return kNone;
}

int column_of(const PowerTable& table, std::string_view name) { return column_of(table, std::span(&name, 1)); }

enum class PowerRole { kNodes, kLines, kTransformers, kSwitches, kAttached, kUnknown };

// What a table holds and where.
struct PowerPlan {
  const PowerTable* table = nullptr;
  PowerRole role = PowerRole::kUnknown;
  std::string word;  // The first part of its ids.
  std::string kind;
  int x = kNone;
  int y = kNone;
  int from = kNone;
  int to = kNone;
  int shape = kNone;
  int voltage = kNone;
  double volts_per_unit = 1;
};

bool has_text(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The two columns of nodes; false when there are none.
bool find_ends(PowerPlan& plan) {
  constexpr auto kPairs = std::to_array<std::pair<std::string_view, std::string_view>>({{"from_bus", "to_bus"},
                                                                                        {"bus0", "bus1"},
                                                                                        {"bus_from", "bus_to"},
                                                                                        {"from_node", "to_node"},
                                                                                        {"node0", "node1"},
                                                                                        {"from", "to"},
                                                                                        {"source", "target"},
                                                                                        {"hv_bus", "lv_bus"}});
  for (const auto& [from, to] : kPairs) {
    plan.from = column_of(*plan.table, from);
    plan.to = column_of(*plan.table, to);
    if (plan.from != kNone && plan.to != kNone) return true;
  }
  plan.from = plan.to = kNone;
  return false;
}

// `load` of a first column `load` or `load_id`, else of a table `city_loads`.
std::string word_of(const PowerTable& table) {
  std::string first = table.columns.empty() ? "" : usual_form(table.columns.front());
  if (first.ends_with("_id")) first.resize(first.size() - 3);
  if (first.empty() || first == "id" || first == "name" || first == "index") {
    first = usual_form(table.name);
    if (first.ends_with('s')) first.pop_back();
    if (const std::size_t at = first.rfind('_'); at != std::string::npos) first.erase(0, at + 1);
  }
  return first;
}

void choose_role(PowerPlan& plan) {
  const PowerTable& table = *plan.table;
  const std::string name = usual_form(table.name) + " " + (table.columns.empty() ? "" : usual_form(table.columns.front()));
  const auto node = std::to_array<std::string_view>({"bus", "bus_id", "node", "node_id"});
  const std::string word = word_of(table);
  const auto be = [&](PowerRole role, std::string_view what) {
    plan.role = role;
    plan.word = what;
    plan.kind = fmt::format("power_{}", what);
  };
  if (column_of(table, "element") != kNone && column_of(table, "et") != kNone && column_of(table, "bus") != kNone) {
    plan.from = column_of(table, "bus");
    return be(PowerRole::kSwitches, "switch");
  }
  if (find_ends(plan)) {
    const bool is_transformer = column_of(table, "hv_bus") != kNone || has_text(name, "trafo") || has_text(name, "transformer");
    return is_transformer ? be(PowerRole::kTransformers, "transformer") : be(PowerRole::kLines, "line");
  }
  plan.x = column_of(table, usual_lon_names());
  plan.y = column_of(table, usual_lat_names());
  plan.from = column_of(table, node);
  if (plan.x != kNone && plan.y != kNone && plan.from <= 0) return be(PowerRole::kNodes, "bus");
  if (plan.from > 0) {
    be(PowerRole::kAttached, word);
    if (word == "sgen" || word == "gen") plan.kind = "power_generator";
    if (word == "ext_grid") plan.kind = "power_external_grid";
  }
}

void find_voltage(PowerPlan& plan, std::vector<std::string>& warnings) {
  const auto kilovolts = std::to_array<std::string_view>({"vn_kv", "voltage_kv", "v_nom", "vn_hv_kv", "base_kv"});
  plan.voltage = column_of(*plan.table, "voltage_v");
  if (plan.voltage != kNone) return;
  plan.voltage = column_of(*plan.table, kilovolts);
  if (plan.voltage != kNone) {
    plan.volts_per_unit = 1000;
    return;
  }
  plan.voltage = column_of(*plan.table, "voltage");
  if (plan.voltage == kNone) return;
  double highest = 0;
  for (const auto& row : plan.table->rows)
    highest = std::max(highest, decimal_number(row[static_cast<std::size_t>(plan.voltage)]).value_or(0));
  plan.volts_per_unit = highest > kHighestVoltage_kv ? 1 : 1000;
  if (plan.volts_per_unit != 1) {
    warnings.push_back(fmt::format("The column voltage of {} does not say its unit; it was read as kilovolts.", plan.table->name));
  }
}

// `58` of `58.0`, as tables of numbers write names that are whole.
std::string name_of(std::string text) {
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

MadeValue cell_value(const std::string& text) {
  if (text == "True" || text == "true" || text == "TRUE") return true;
  if (text == "False" || text == "false" || text == "FALSE") return false;
  const bool is_code = text.size() > 1 && text[0] == '0' && text[1] != '.';
  if (is_code) return text;
  if (const auto whole = whole_number(text)) return *whole;
  if (const auto number = decimal_number(text)) return *number;
  return text;
}

class PowerImport {
 public:
  PowerImport(const std::vector<PowerTable>& tables, std::string file_name) : tables_(tables), file_name_(std::move(file_name)) {}

  Result<MadeTable> run();

 private:
  struct Node {
    Point place;
    std::optional<double> voltage_v;
  };
  void read_table(const PowerPlan& plan);
  void read_node(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow row);
  void read_row(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow row);
  // The node of a cell; null, and the row rejected, when there is none.
  const Node* node_at(const std::string& name, const std::string& row);
  bool add_shape(const PowerPlan& plan, const std::vector<std::string>& cells, const Node& from, const Node& to, MadeRow& row);
  void add_cells(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow& row) const;
  void add_switch(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow& row) const;

  const std::vector<PowerTable>& tables_;
  std::string file_name_;
  MadeTable table_;
  std::unordered_map<std::string, Node> nodes_;
};

Result<MadeTable> PowerImport::run() {
  std::vector<PowerPlan> plans;
  for (const PowerTable& table : tables_) {
    PowerPlan plan;
    plan.table = &table;
    choose_role(plan);
    find_voltage(plan, table_.warnings);
    plan.shape = column_of(table, usual_wkt_names());
    if (plan.role == PowerRole::kUnknown) {
      table_.warnings.push_back(
          fmt::format("The {} rows of {} were not read: they have neither places nor nodes.", table.rows.size(), table.name));
    } else {
      plans.push_back(std::move(plan));
    }
  }
  std::stable_sort(plans.begin(), plans.end(), [](const PowerPlan& a, const PowerPlan& b) { return a.role < b.role; });
  if (plans.empty() || plans.front().role != PowerRole::kNodes) {
    return failure(ErrorCode::kBadData,
                   fmt::format("{} holds several tables but none with the places of nodes (lon and lat); for one table alone name it with "
                               "--source-layer.",
                               file_name_));
  }
  table_.name = "network";
  for (const PowerPlan& plan : plans) read_table(plan);
  return std::move(table_);
}

void PowerImport::read_table(const PowerPlan& plan) {
  for (const std::vector<std::string>& cells : plan.table->rows) {
    MadeRow row{.id = plan.word + "/" + name_of(cells.empty() ? "" : cells[0]), .shape = {}, .values = {}};
    row.values.emplace_back("kind", plan.kind);
    if (plan.role == PowerRole::kNodes) {
      read_node(plan, cells, std::move(row));
    } else {
      read_row(plan, cells, std::move(row));
    }
  }
}

void PowerImport::read_node(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow row) {
  const auto x = coordinate_of(cells[static_cast<std::size_t>(plan.x)]);
  const auto y = coordinate_of(cells[static_cast<std::size_t>(plan.y)]);
  if (!x || !y) {
    table_.rejected.emplace_back(row.id, (x ? y : x).error().message);
    return;
  }
  Node node{.place = {*x, *y}, .voltage_v = {}};
  if (plan.voltage != kNone) {
    const auto voltage = decimal_number(cells[static_cast<std::size_t>(plan.voltage)]);
    if (voltage) node.voltage_v = *voltage * plan.volts_per_unit;
  }
  row.shape = Geometry::point(node.place);
  if (node.voltage_v) row.values.emplace_back("voltage_v", static_cast<std::int64_t>(std::llround(*node.voltage_v)));
  add_cells(plan, cells, row);
  nodes_.emplace(row.id.substr(plan.word.size() + 1), node);
  table_.rows.push_back(std::move(row));
}

const PowerImport::Node* PowerImport::node_at(const std::string& name, const std::string& row) {
  const auto found = nodes_.find(name_of(name));
  if (found != nodes_.end()) return &found->second;
  table_.rejected.emplace_back(row, fmt::format("Its node `{}` is not among the nodes.", name.substr(0, 60)));
  return nullptr;
}

void PowerImport::read_row(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow row) {
  const std::string& from_name = cells[static_cast<std::size_t>(plan.from)];
  const Node* from = node_at(from_name, row.id);
  if (from == nullptr) return;
  const bool joins_buses = plan.role == PowerRole::kSwitches && cells[static_cast<std::size_t>(column_of(*plan.table, "et"))] == "b";
  const int to_column = joins_buses ? column_of(*plan.table, "element") : plan.to;
  const Node* to = to_column == kNone ? from : node_at(cells[static_cast<std::size_t>(to_column)], row.id);
  if (to == nullptr) return;
  row.values.emplace_back("from_node", "bus/" + name_of(from_name));
  if (to_column != kNone) row.values.emplace_back("to_node", "bus/" + name_of(cells[static_cast<std::size_t>(to_column)]));
  std::optional<double> voltage_v = from->voltage_v;
  if (plan.voltage != kNone) {
    const auto own = decimal_number(cells[static_cast<std::size_t>(plan.voltage)]);
    if (own) voltage_v = *own * plan.volts_per_unit;
  }
  if (voltage_v) row.values.emplace_back("voltage_v", static_cast<std::int64_t>(std::llround(*voltage_v)));
  if (plan.role == PowerRole::kSwitches) add_switch(plan, cells, row);
  if (!add_shape(plan, cells, *from, *to, row)) return;
  add_cells(plan, cells, row);
  table_.rows.push_back(std::move(row));
}

void PowerImport::add_switch(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow& row) const {
  const std::string& type = cells[static_cast<std::size_t>(column_of(*plan.table, "et"))];
  const std::string& element = cells[static_cast<std::size_t>(column_of(*plan.table, "element"))];
  const std::string_view word = type == "l" ? "line" : type == "t" || type == "t3" ? "transformer" : "bus";
  row.values.emplace_back("element", fmt::format("{}/{}", word, name_of(element)));
  const int closed = column_of(*plan.table, "closed");
  if (closed == kNone) return;
  const MadeValue value = cell_value(cells[static_cast<std::size_t>(closed)]);
  const bool is_closed = value == MadeValue(true) || value == MadeValue(std::int64_t{1});
  row.values.emplace_back("status", std::string(is_closed ? "Closed" : "Open"));
}

bool PowerImport::add_shape(const PowerPlan& plan, const std::vector<std::string>& cells, const Node& from, const Node& to, MadeRow& row) {
  const std::string text = plan.shape == kNone ? "" : cells[static_cast<std::size_t>(plan.shape)];
  if (!text.empty()) {
    const auto shape = shape_of_text(text.c_str());
    std::string wkb(shape == nullptr ? 0 : shape->WkbSize(), '\0');
    if (shape != nullptr) shape->exportToWkb(wkbNDR, reinterpret_cast<unsigned char*>(wkb.data()), wkbVariantIso);
    Result<Geometry> geometry = from_wkb(wkb);
    if (!geometry || geometry->kind == GeometryKind::kNone) {
      table_.rejected.emplace_back(row.id, "Its geometry is no shape.");
      return false;
    }
    row.shape = std::move(*geometry);
  } else {
    row.shape = from.place == to.place ? Geometry::point(from.place) : Geometry::line({from.place, to.place});
  }
  return true;
}

void PowerImport::add_cells(const PowerPlan& plan, const std::vector<std::string>& cells, MadeRow& row) const {
  std::set<std::string> taken;
  for (const auto& [name, value] : row.values) taken.insert(name);
  const std::set<int> used = {plan.x, plan.y, plan.shape, plan.role == PowerRole::kNodes ? kNone : plan.from, plan.to};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty() || used.contains(static_cast<int>(i))) continue;
    const std::string name = i == 0 ? "name_in_table" : plan.table->columns[i];
    if (!taken.contains(name)) row.values.emplace_back(name, i == 0 ? MadeValue(cells[i]) : cell_value(cells[i]));
    const auto length_km = usual_form(plan.table->columns[i]) == "length_km" ? decimal_number(cells[i]) : std::nullopt;
    if (length_km && !taken.contains("length_m")) row.values.emplace_back("length_m", *length_km * 1000);
  }
}

}  // namespace

Result<std::vector<PowerTable>> power_tables_of(const std::vector<ZipEntry>& entries, const worker::IngestJob& job) {
  std::vector<PowerTable> tables;
  for (const std::string& stem : stems_of(entries, ".csv")) {
    const Result<std::string> content = member_of(entries, stem + ".csv", job);
    if (!content) return std::unexpected(content.error());
    auto dataset = open_with_gdal(put_in_memory(".csv", *content), job, FileFormat::kPowerTables);
    if (!dataset) return std::unexpected(dataset.error());
    PowerTable table{.name = std::filesystem::path(stem).filename().string(), .columns = {}, .rows = {}};
    OGRLayer* layer = (*dataset)->GetLayer(0);
    const OGRFeatureDefn* definition = layer->GetLayerDefn();
    for (int i = 0; i < definition->GetFieldCount(); ++i) table.columns.emplace_back(definition->GetFieldDefn(i)->GetNameRef());
    while (const OGRFeatureUniquePtr feature{layer->GetNextFeature()}) {
      auto& row = table.rows.emplace_back();
      for (int i = 0; i < definition->GetFieldCount(); ++i) row.emplace_back(feature->GetFieldAsString(i));
      if (job.max_feature_count() > 0 && static_cast<std::int64_t>(table.rows.size()) > job.max_feature_count()) {
        return failure(ErrorCode::kLimitExceeded, fmt::format("{} holds more than {} features.", job.file_name(), job.max_feature_count()));
      }
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

Result<MadeTable> read_power_tables(const std::vector<PowerTable>& tables, const std::string& file_name) {
  return PowerImport(tables, file_name).run();
}

}  // namespace obnova::server
