#include "server/ingest/epanet_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <unordered_map>
#include <utility>

#include "server/ingest/epanet_file.h"
#include "server/ingest/tag_values.h"

namespace obnova::server {
namespace {

constexpr double kMetersPerFoot = 0.3048;
constexpr double kMillimetersPerInch = 25.4;
constexpr double kKilowattsPerHorsepower = 0.745699872;

// Units of flow; the first five are of models in feet and inches.
struct FlowUnit {
  std::string_view name;
  double liters_per_second;
  bool is_metric;
};
constexpr auto kFlowUnits = std::to_array<FlowUnit>({{"CFS", 28.316846592, false},
                                                     {"GPM", 0.0630901964, false},
                                                     {"MGD", 43.8126363889, false},
                                                     {"IMGD", 52.6168042, false},
                                                     {"AFD", 14.2764102, false},
                                                     {"LPS", 1, true},
                                                     {"LPM", 1.0 / 60, true},
                                                     {"MLD", 1e6 / 86400, true},
                                                     {"CMS", 1000, true},
                                                     {"CMH", 1.0 / 3.6, true},
                                                     {"CMD", 1 / 86.4, true}});

// Sections whose content becomes rows, columns or nothing on purpose.
constexpr auto kReadSections = std::to_array<std::string_view>(
    {"TITL", "JUNC", "RESE", "TANK", "PIPE", "PUMP", "VALV", "COOR", "VERT", "DEMA", "STAT", "TAGS", "OPTI", "END", "LABE", "BACK"});

std::string capitals(std::string_view text) {
  std::string big(text);
  std::transform(big.begin(), big.end(), big.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return big;
}

// How a number of the file becomes one of the layer.
struct NumberColumn {
  std::size_t word;
  const char* name;
  double factor;
};

class EpanetImport {
 public:
  EpanetImport(EpanetSections sections, std::string file_name) : sections_(std::move(sections)), file_name_(std::move(file_name)) {}

  Result<MadeTable> run();

 private:
  Result<void> read_units();
  void read_places();
  void read_remarks();
  void read_nodes();
  void read_links();
  void read_node(const EpanetLine& line, const char* kind, std::span<const NumberColumn> columns);
  void read_link(const EpanetLine& line, const char* kind, std::span<const NumberColumn> columns,
                 void (EpanetImport::*rest)(const EpanetLine&, MadeRow&));
  // These add what only one kind of link has.
  void read_pipe(const EpanetLine& line, MadeRow& row);
  void read_pump(const EpanetLine& line, MadeRow& row);
  void read_valve(const EpanetLine& line, MadeRow& row);
  bool read_numbers(const EpanetLine& line, std::span<const NumberColumn> columns, MadeRow& row);
  void add_remarks(const EpanetLine& line, std::string_view kind, MadeRow& row) const;
  void add_status(const EpanetLine& line, const std::string& status, MadeRow& row) const;
  void reject(const std::string& row, const EpanetLine& line, const std::string& why);
  void warn_of_the_rest();
  const std::vector<EpanetLine>& section(const std::string& name) const;

  EpanetSections sections_;
  std::string file_name_;
  MadeTable table_;
  double length_factor_ = kMetersPerFoot;
  double diameter_factor_ = kMillimetersPerInch;
  double power_factor_ = kKilowattsPerHorsepower;
  double flow_factor_ = 0.0630901964;
  std::unordered_map<std::string, Point> place_of_node_;
  std::unordered_map<std::string, std::vector<Point>> bends_of_link_;
  std::unordered_map<std::string, std::string> status_of_link_;
  std::unordered_map<std::string, double> demand_of_node_;
  std::unordered_map<std::string, std::string> tag_of_;  // By `node/1`, `link/1`.
  std::unordered_map<std::string, bool> is_node_;
};

const std::vector<EpanetLine>& EpanetImport::section(const std::string& name) const {
  static const std::vector<EpanetLine> none;
  const auto found = sections_.find(name);
  return found == sections_.end() ? none : found->second;
}

Result<MadeTable> EpanetImport::run() {
  const Result<void> units = read_units();
  if (!units) return std::unexpected(units.error());
  table_.name = "network";
  read_places();
  read_remarks();
  read_nodes();
  if (table_.rows.empty() && table_.rejected.empty()) {
    return failure(ErrorCode::kBadData, fmt::format("{} holds no junctions, reservoirs or tanks.", file_name_));
  }
  read_links();
  warn_of_the_rest();
  return std::move(table_);
}

Result<void> EpanetImport::read_units() {
  for (const EpanetLine& line : section("OPTI")) {
    if (line.words.size() < 2 || capitals(line.words[0]) != "UNITS") continue;
    const std::string name = capitals(line.words[1]);
    const auto unit = std::find_if(kFlowUnits.begin(), kFlowUnits.end(), [&](const FlowUnit& one) { return one.name == name; });
    if (unit == kFlowUnits.end()) {
      return failure(ErrorCode::kBadData, fmt::format("{}: line {}: the unit of flow `{}` is unknown.", file_name_, line.number, name));
    }
    flow_factor_ = unit->liters_per_second;
    if (unit->is_metric) length_factor_ = diameter_factor_ = power_factor_ = 1;
    return {};
  }
  table_.warnings.push_back("The model does not say its units; they were taken as gallons per minute, feet and inches, as EPANET does.");
  return {};
}

void EpanetImport::read_places() {
  for (const auto& [name, is_node] : {std::pair<const char*, bool>{"COOR", true}, {"VERT", false}}) {
    for (const EpanetLine& line : section(name)) {
      const auto x = line.words.size() > 2 ? decimal_number(line.words[1]) : std::nullopt;
      const auto y = line.words.size() > 2 ? decimal_number(line.words[2]) : std::nullopt;
      if (!x || !y) {
        table_.warnings.push_back(fmt::format("Line {}: the place of {} is no coordinate and was left out.", line.number, line.words[0]));
      } else if (is_node) {
        place_of_node_[line.words[0]] = {*x, *y};
      } else {
        bends_of_link_[line.words[0]].push_back({*x, *y});
      }
    }
  }
}

void EpanetImport::read_remarks() {
  for (const EpanetLine& line : section("STAT")) {
    if (line.words.size() > 1) status_of_link_[line.words[0]] = line.words[1];
  }
  for (const EpanetLine& line : section("DEMA")) {
    const auto demand = line.words.size() > 1 ? decimal_number(line.words[1]) : std::nullopt;
    if (demand) demand_of_node_[line.words[0]] += *demand;
  }
  for (const EpanetLine& line : section("TAGS")) {
    if (line.words.size() < 3) continue;
    tag_of_[(capitals(line.words[0]) == "NODE" ? "node/" : "link/") + line.words[1]] = line.words[2];
  }
}

void EpanetImport::read_nodes() {
  const double m = length_factor_;
  const std::array<NumberColumn, 2> junction = {{{1, "elevation_m", m}, {2, "demand_lps", flow_factor_}}};
  const std::array<NumberColumn, 1> reservoir = {{{1, "head_m", m}}};
  const std::array<NumberColumn, 5> tank = {
      {{1, "elevation_m", m}, {2, "initial_level_m", m}, {3, "least_level_m", m}, {4, "greatest_level_m", m}, {5, "tank_diameter_m", m}}};
  for (const EpanetLine& line : section("JUNC")) read_node(line, "junction", junction);
  for (const EpanetLine& line : section("RESE")) read_node(line, "reservoir", reservoir);
  for (const EpanetLine& line : section("TANK")) read_node(line, "tank", tank);
}

void EpanetImport::read_links() {
  const std::array<NumberColumn, 4> pipe = {
      {{4, "diameter_mm", diameter_factor_}, {3, "length_m", length_factor_}, {5, "roughness", 1}, {6, "minor_loss", 1}}};
  const std::array<NumberColumn, 2> valve = {{{3, "diameter_mm", diameter_factor_}, {6, "minor_loss", 1}}};
  for (const EpanetLine& line : section("PIPE")) read_link(line, "pipe", pipe, &EpanetImport::read_pipe);
  for (const EpanetLine& line : section("PUMP")) read_link(line, "pump", {}, &EpanetImport::read_pump);
  for (const EpanetLine& line : section("VALV")) read_link(line, "valve", valve, &EpanetImport::read_valve);
}

void EpanetImport::read_node(const EpanetLine& line, const char* kind, std::span<const NumberColumn> columns) {
  const std::string& id = line.words[0];
  MadeRow row{.id = "node/" + id, .shape = {}, .values = {}};
  row.values.emplace_back("kind", std::string(kind));
  row.values.emplace_back("id", id);
  if (!read_numbers(line, columns, row)) return;
  if (const auto demand = demand_of_node_.find(id); demand != demand_of_node_.end()) {
    std::erase_if(row.values, [](const auto& value) { return value.first == "demand_lps"; });
    row.values.emplace_back("demand_lps", demand->second * flow_factor_);
  }
  add_remarks(line, kind, row);
  if (const auto place = place_of_node_.find(id); place != place_of_node_.end()) row.shape = Geometry::point(place->second);
  is_node_[id] = true;
  table_.rows.push_back(std::move(row));
}

void EpanetImport::read_link(const EpanetLine& line, const char* kind, std::span<const NumberColumn> columns,
                             void (EpanetImport::*rest)(const EpanetLine&, MadeRow&)) {
  const std::string& id = line.words[0];
  MadeRow row{.id = "link/" + id, .shape = {}, .values = {}};
  if (line.words.size() < 3) return reject(row.id, line, fmt::format("The {} does not name its two nodes.", kind));
  std::vector<Point> path;
  bool is_placed = true;
  for (const std::size_t end : {std::size_t{1}, std::size_t{2}}) {
    if (!is_node_.contains(line.words[end])) return reject(row.id, line, fmt::format("Its node {} is not in the model.", line.words[end]));
    if (end == 2) path.insert(path.end(), bends_of_link_[id].begin(), bends_of_link_[id].end());
    const auto place = place_of_node_.find(line.words[end]);
    is_placed = is_placed && place != place_of_node_.end();
    if (is_placed) path.push_back(place->second);
  }
  row.values.emplace_back("kind", std::string(kind));
  row.values.emplace_back("id", id);
  row.values.emplace_back("from_node", "node/" + line.words[1]);
  row.values.emplace_back("to_node", "node/" + line.words[2]);
  if (!read_numbers(line, columns, row)) return;
  (this->*rest)(line, row);
  add_remarks(line, kind, row);
  const bool has_length = std::any_of(path.begin(), path.end(), [&](Point p) { return p != path.front(); });
  if (is_placed) row.shape = has_length ? Geometry::line(std::move(path)) : Geometry::point(path.front());
  table_.rows.push_back(std::move(row));
}

void EpanetImport::read_pipe(const EpanetLine& line, MadeRow& row) {
  // The loss may be left out before the status.
  const std::string& last = line.words.back();
  add_status(line, line.words.size() > 6 && !decimal_number(last) ? last : "Open", row);
}

void EpanetImport::read_pump(const EpanetLine& line, MadeRow& row) {
  for (std::size_t i = 3; i + 1 < line.words.size(); i += 2) {
    const std::string keyword = capitals(line.words[i]);
    const auto number = decimal_number(line.words[i + 1]);
    if (keyword == "POWER" && number) row.values.emplace_back("power_kw", *number * power_factor_);
    if (keyword == "HEAD") row.values.emplace_back("head_curve", line.words[i + 1]);
    if (keyword == "SPEED" && number) row.values.emplace_back("speed", *number);
    if (keyword == "PATTERN") row.values.emplace_back("pattern", line.words[i + 1]);
  }
  add_status(line, "Open", row);
}

void EpanetImport::read_valve(const EpanetLine& line, MadeRow& row) {
  if (line.words.size() > 4) row.values.emplace_back("valve_type", line.words[4]);
  if (line.words.size() > 5) row.values.emplace_back("setting", line.words[5]);
  add_status(line, "Active", row);
}

void EpanetImport::add_status(const EpanetLine& line, const std::string& status, MadeRow& row) const {
  const auto stated = status_of_link_.find(line.words[0]);
  const std::string& written = stated == status_of_link_.end() ? status : stated->second;
  // A number in its place is the speed of a pump or the setting of a valve; either way it is on.
  const std::string big = capitals(decimal_number(written) ? status : written);
  const std::string_view shown = big == "CLOSED" ? "Closed" : big == "CV" ? "CV" : big == "ACTIVE" ? "Active" : "Open";
  row.values.emplace_back("status", std::string(shown));
}

bool EpanetImport::read_numbers(const EpanetLine& line, std::span<const NumberColumn> columns, MadeRow& row) {
  for (const NumberColumn& column : columns) {
    if (column.word >= line.words.size() || line.words[column.word] == "*") continue;
    const auto number = decimal_number(line.words[column.word]);
    if (number) {
      row.values.emplace_back(column.name, *number * column.factor);
    } else if (std::string_view(column.name) != "minor_loss") {
      reject(row.id, line, fmt::format("Its {} is `{}`, which is no number.", column.name, line.words[column.word].substr(0, 60)));
      return false;
    }
  }
  return true;
}

void EpanetImport::add_remarks(const EpanetLine& line, std::string_view kind, MadeRow& row) const {
  const std::size_t pattern = kind == "junction" ? 3 : kind == "reservoir" ? 2 : line.words.size();
  if (pattern < line.words.size()) row.values.emplace_back("pattern", line.words[pattern]);
  if (const auto tag = tag_of_.find(row.id); tag != tag_of_.end()) row.values.emplace_back("tag", tag->second);
  if (!line.comment.empty()) row.values.emplace_back("description", line.comment);
}

void EpanetImport::reject(const std::string& row, const EpanetLine& line, const std::string& why) {
  table_.rejected.emplace_back(row, fmt::format("Line {}: {}", line.number, why));
}

void EpanetImport::warn_of_the_rest() {
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, lines] : sections_) {
    if (std::find(kReadSections.begin(), kReadSections.end(), name) != kReadSections.end() || lines.empty()) continue;
    names += (names.empty() ? "" : ", ") + name;
    count += lines.size();
  }
  if (count > 0) table_.warnings.push_back(fmt::format("{} lines with settings of the simulation were not read ({}).", count, names));
  if (!sections_.contains("END")) table_.warnings.push_back("The model has no [END]; it may be cut short.");
}

}  // namespace

Result<MadeTable> read_epanet(std::string_view text, const std::string& file_name) {
  auto sections = epanet_sections(text, file_name);
  if (!sections) return std::unexpected(sections.error());
  return EpanetImport(std::move(*sections), file_name).run();
}

}  // namespace obnova::server
