#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "server/ingest/epanet_import.h"
#include "server/ingest/power_tables.h"
#include "tests/server/ingest/imported.h"
#include "tests/server/ingest/made_files.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

// Models of water and power networks, which become one layer of utilities.
namespace obnova::server {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

worker::IngestJob network_job(const std::filesystem::path& path, const std::string& plane, const std::string& crs) {
  auto job = job_for(path, plane);
  job.set_layer("net");
  job.set_theme(static_cast<int>(geo::Theme::kUtilities));
  job.set_crs(crs);
  return job;
}

std::map<std::string, int> kinds(const Imported& imported) {
  std::map<std::string, int> counts;
  for (const auto& [id, feature] : imported.layers.at("net")) ++counts[std::get<std::string>(feature.values.at("kind"))];
  return counts;
}

const MadeRow* row(const MadeTable& table, const std::string& id) {
  for (const MadeRow& one : table.rows) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

MadeValue value(const MadeTable& table, const std::string& id, const std::string& name) {
  const MadeRow* found = row(table, id);
  if (found == nullptr) return std::string("(no row)");
  for (const auto& [field, value] : found->values) {
    if (field == name) return value;
  }
  return std::string("(none)");
}

MadeValue text(const char* words) { return std::string(words); }

constexpr const char* kModel =
    "; a model\n[TITLE]\nA small town; with a semicolon\n\n[JUNCTIONS]\n;ID\tElev\tDemand\tPattern\nA\t10\t2\tday\t;the corner\n\"B 1\" 20 "
    "0\n"
    "C 30\n[RESERVOIRS]\nR 55\n[TANKS]\nT 40 1 2 3 12 0\n[PIPES]\nP1 A \"B 1\" 100 200 120 0 Open\nP2 \"B 1\" C 50 150 120 CV\n"
    "P3 A T 10 100 100 0 Closed\n[PUMPS]\nU R A POWER 5 SPEED 1.2\n[VALVES]\nV C T 80 PRV 30 0\n[STATUS]\nP1 Closed\nU 0.9\n[DEMANDS]\nA 1 "
    "day\nA 0.5 night\n"
    "[TAGS]\nNODE A school\nLINK P1 old\n[PATTERNS]\nday 1 2 3\n[OPTIONS]\nUNITS LPS\n[COORDINATES]\nA 0 0\n\"B 1\" 10 0\nR -10 0\nT 0 10\n"
    "[VERTICES]\nP1 5 1\nP1 6 1\n[END]\n";

TEST(EpanetTest, NodesAndLinksOfEveryKindAreRead) {
  const auto table = read_epanet(kModel, "x.inp");
  ASSERT_THAT(table, Succeeds());
  EXPECT_EQ(table->rows.size(), 10u);
  EXPECT_THAT(table->rejected, IsEmpty());
  EXPECT_EQ(value(*table, "node/A", "kind"), text("junction"));
  EXPECT_EQ(value(*table, "node/A", "elevation_m"), MadeValue(10.0));
  EXPECT_EQ(value(*table, "node/A", "demand_lps"), MadeValue(1.5)) << "Demands by category replace the base demand.";
  EXPECT_EQ(value(*table, "node/A", "pattern"), text("day"));
  EXPECT_EQ(value(*table, "node/A", "description"), text("the corner"));
  EXPECT_EQ(value(*table, "node/A", "tag"), text("school"));
  EXPECT_EQ(value(*table, "node/R", "head_m"), MadeValue(55.0));
  EXPECT_EQ(value(*table, "node/T", "tank_diameter_m"), MadeValue(12.0));
  EXPECT_EQ(value(*table, "link/P1", "from_node"), text("node/A"));
  EXPECT_EQ(value(*table, "link/P1", "to_node"), text("node/B 1"));
  EXPECT_EQ(value(*table, "link/P1", "diameter_mm"), MadeValue(200.0));
  EXPECT_EQ(value(*table, "link/P1", "length_m"), MadeValue(100.0));
  EXPECT_EQ(value(*table, "link/P1", "status"), text("Closed")) << "[STATUS] goes before the row.";
  EXPECT_EQ(value(*table, "link/P1", "tag"), text("old"));
  EXPECT_EQ(value(*table, "link/P2", "status"), text("CV")) << "The loss was left out.";
  EXPECT_EQ(value(*table, "link/P3", "status"), text("Closed"));
  EXPECT_EQ(value(*table, "link/U", "power_kw"), MadeValue(5.0));
  EXPECT_EQ(value(*table, "link/U", "status"), text("Open")) << "A speed is no state.";
  EXPECT_EQ(value(*table, "link/V", "valve_type"), text("PRV"));
  EXPECT_EQ(value(*table, "link/V", "status"), text("Active"));
  EXPECT_EQ(row(*table, "link/P1")->shape, Geometry::line({{0, 0}, {5, 1}, {6, 1}, {10, 0}}));
  EXPECT_EQ(row(*table, "node/C")->shape.kind, GeometryKind::kNone) << "It has no coordinates.";
  EXPECT_EQ(row(*table, "link/P2")->shape.kind, GeometryKind::kNone);
  EXPECT_THAT(table->warnings, ElementsAre("1 lines with settings of the simulation were not read (PATT)."));
}

TEST(EpanetTest, UnitsOfAmericaBecomeMetric) {
  const auto table = read_epanet(
      "[JUNCTIONS]\nA 100 10\nB 0\n[PIPES]\nP A B 1000 12 100\n[PUMPS]\nU A B POWER 10\n[OPTIONS]\nUnits GPM\n[END]\n", "x.inp");
  ASSERT_THAT(table, Succeeds());
  EXPECT_NEAR(std::get<double>(value(*table, "node/A", "elevation_m")), 30.48, 1e-9);
  EXPECT_NEAR(std::get<double>(value(*table, "node/A", "demand_lps")), 0.630902, 1e-6);
  EXPECT_NEAR(std::get<double>(value(*table, "link/P", "diameter_mm")), 304.8, 1e-9);
  EXPECT_NEAR(std::get<double>(value(*table, "link/P", "length_m")), 304.8, 1e-9);
  EXPECT_NEAR(std::get<double>(value(*table, "link/U", "power_kw")), 7.457, 1e-3);
  EXPECT_THAT(read_epanet("[JUNCTIONS]\nA 100\n[END]\n", "x.inp")->warnings, Contains(HasSubstr("does not say its units")));
  EXPECT_THAT(read_epanet("[JUNCTIONS]\nA 100\n[OPTIONS]\nUNITS BARRELS\n", "x.inp"),
              FailsSaying(ErrorCode::kBadData, "x.inp: line 4: the unit of flow `BARRELS` is unknown."));
}

TEST(EpanetTest, UnusableRowsAreRejectedOneByOne) {
  const auto table = read_epanet(
      "[JUNCTIONS]\nA high\nB 1\nC 1\n[PIPES]\nP1 B X 1 1 1\nP2 B\nP3 B C long 1 1\nP4 B C 1 1 1\n[COORDINATES]\nB 1\nC 1 x\n", "x.inp");
  ASSERT_THAT(table, Succeeds());
  const std::map<std::string, std::string> reasons(table->rejected.begin(), table->rejected.end());
  EXPECT_EQ(reasons.at("node/A"), "Line 2: Its elevation_m is `high`, which is no number.");
  EXPECT_EQ(reasons.at("link/P1"), "Line 6: Its node X is not in the model.");
  EXPECT_EQ(reasons.at("link/P2"), "Line 7: The pipe does not name its two nodes.");
  EXPECT_EQ(reasons.at("link/P3"), "Line 8: Its length_m is `long`, which is no number.");
  EXPECT_EQ(table->rows.size(), 3u);
  EXPECT_THAT(table->warnings, Contains("Line 11: the place of B is no coordinate and was left out."));
  EXPECT_THAT(table->warnings, Contains("The model has no [END]; it may be cut short."));
}

TEST(EpanetTest, FilesThatAreNoModelsAreNamed) {
  EXPECT_THAT(read_epanet("[TITLE]\nx\n", "x.inp"), FailsSaying(ErrorCode::kBadData, "x.inp holds no junctions, reservoirs or tanks."));
  EXPECT_THAT(read_epanet("x\n[TITLE]\n", "x.inp"), FailsSaying(ErrorCode::kBadData, HasSubstr("line 1 stands before the first section")));
  EXPECT_THAT(read_epanet("[TITLE]\n[JUNCTIONS]\nA 1\n[CONDUITS]\nP A A\n", "x.inp"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("model of SWMM")));
}

TEST(EpanetTest, AModelHasNoSystemOfItsOwn) {
  const ScratchFolder folder;
  auto job = network_job(folder.write("town.inp",
                                      "[JUNCTIONS]\nA 10\nB 1\n[PIPES]\nP A B 1 1 1\n[OPTIONS]\nUNITS LPS\n[COORDINATES]\n"
                                      "A 300000 5551000\nB 300100 5551000\n[END]\n"),
                         "EPSG:6384", "");
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument,
                                            "town.inp does not say what its coordinates are; say it, such as `--crs EPSG:6384`."));
  job.set_crs("EPSG:6384");
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("net", "link/P").geometry, Geometry::line({{300000, 5551000}, {300100, 5551000}}));
  EXPECT_EQ(got->text("net", "link/P", "id"), "P");
  EXPECT_EQ(got->summary.read_count(), 3);
}

TEST(EpanetTest, RealModelsKeepTheirCounts) {
  const auto ky4 = shared_data("utilities/water/ky4.inp");
  if (!ky4) GTEST_SKIP() << "skipped: no data";
  const auto got = import_file(network_job(*ky4, "EPSG:32616", "EPSG:3547"));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(kinds(*got), (std::map<std::string, int>{{"junction", 959}, {"reservoir", 1}, {"tank", 4}, {"pipe", 1156}, {"pump", 2}}));
  EXPECT_EQ(got->tally("net").rejected_count(), 0);
  const auto net3 = read_epanet(content_of(*shared_data("utilities/water/Net3.inp")), "Net3.inp");
  ASSERT_THAT(net3, Succeeds());
  EXPECT_EQ(net3->rows.size(), 92u + 2 + 3 + 117 + 2);
  EXPECT_THAT(net3->rejected, IsEmpty());
}

const std::vector<PowerTable>& small_grid() {
  static const std::vector<PowerTable> tables = {
      {"x_lines",
       {"line", "from_bus", "to_bus", "length_km", "in_service"},
       {{"0", "1.0", "2", "0.5", "True"}, {"1", "2", "9", "1", "True"}}},
      {"x_buses",
       {"bus", "name", "vn_kv", "lon", "lat"},
       {{"1", "west", "110.0", "30.1", "50.1"}, {"2", "east", "20.0", "30,2", "50.1"}, {"3", "bad", "20", "thirty", "50.1"}}},
      {"x_trafos", {"trafo", "hv_bus", "lv_bus", "vn_hv_kv"}, {{"7", "1", "1", "110"}}},
      {"x_switches", {"switch", "bus", "element", "et", "closed"}, {{"0", "1", "0", "l", "True"}, {"1", "1", "2", "b", "False"}}},
      {"x_loads", {"load", "bus", "p_mw"}, {{"4", "2", "0.25"}}},
      {"x_notes", {"author", "year"}, {{"a", "2020"}}}};
  return tables;
}

TEST(PowerTablesTest, RolesAreToldByColumns) {
  const auto table = read_power_tables(small_grid(), "grid.zip");
  ASSERT_THAT(table, Succeeds());
  EXPECT_EQ(value(*table, "bus/1", "kind"), text("power_bus"));
  EXPECT_EQ(value(*table, "bus/1", "voltage_v"), MadeValue(std::int64_t{110000}));
  EXPECT_EQ(value(*table, "bus/1", "name"), text("west"));
  EXPECT_EQ(row(*table, "bus/2")->shape, Geometry::point({30.2, 50.1}));
  EXPECT_EQ(value(*table, "line/0", "kind"), text("power_line"));
  EXPECT_EQ(value(*table, "line/0", "from_node"), text("bus/1")) << "Written as 1.0.";
  EXPECT_EQ(value(*table, "line/0", "to_node"), text("bus/2"));
  EXPECT_EQ(value(*table, "line/0", "voltage_v"), MadeValue(std::int64_t{110000})) << "Of its first bus.";
  EXPECT_EQ(value(*table, "line/0", "length_m"), MadeValue(500.0));
  EXPECT_EQ(value(*table, "line/0", "in_service"), MadeValue(true));
  EXPECT_EQ(row(*table, "line/0")->shape, Geometry::line({{30.1, 50.1}, {30.2, 50.1}}));
  EXPECT_EQ(value(*table, "transformer/7", "kind"), text("power_transformer"));
  EXPECT_EQ(row(*table, "transformer/7")->shape, Geometry::point({30.1, 50.1})) << "Both of its ends are there.";
  EXPECT_EQ(value(*table, "switch/0", "element"), text("line/0"));
  EXPECT_EQ(value(*table, "switch/0", "status"), text("Closed"));
  EXPECT_EQ(row(*table, "switch/0")->shape.kind, GeometryKind::kPoint);
  EXPECT_EQ(value(*table, "switch/1", "status"), text("Open"));
  EXPECT_EQ(value(*table, "switch/1", "to_node"), text("bus/2"));
  EXPECT_EQ(row(*table, "switch/1")->shape.kind, GeometryKind::kLineString);
  EXPECT_EQ(value(*table, "load/4", "kind"), text("power_load"));
  EXPECT_EQ(value(*table, "load/4", "p_mw"), MadeValue(0.25));
  const std::map<std::string, std::string> reasons(table->rejected.begin(), table->rejected.end());
  EXPECT_EQ(reasons.at("bus/3"), "`thirty` is no coordinate.");
  EXPECT_EQ(reasons.at("line/1"), "Its node `9` is not among the nodes.");
  EXPECT_THAT(table->warnings, ElementsAre("The 1 rows of x_notes were not read: they have neither places nor nodes."));
}

TEST(PowerTablesTest, AVoltageWithoutAUnitIsReadByItsSize) {
  const auto with = [](const char* voltage) {
    return read_power_tables(
        {{"buses", {"bus_id", "voltage", "x", "y"}, {{"1", voltage, "30", "50"}}},
         {"lines", {"line_id", "bus0", "bus1", "geometry"}, {{"5", "1", "1", "LINESTRING(30 50,31 51)"}, {"6", "1", "1", "junk"}}}},
        "grid.zip");
  };
  EXPECT_EQ(value(*with("380"), "bus/1", "voltage_v"), MadeValue(std::int64_t{380000}));
  EXPECT_THAT(with("380")->warnings, ElementsAre(HasSubstr("voltage of buses does not say its unit; it was read as kilovolts")));
  EXPECT_EQ(value(*with("20000"), "bus/1", "voltage_v"), MadeValue(std::int64_t{20000}));
  EXPECT_EQ(row(*with("380"), "line/5")->shape, Geometry::line({{30, 50}, {31, 51}}));
  EXPECT_EQ(with("380")->rejected.at(0).second, "Its geometry is no shape.");
}

TEST(PowerTablesTest, TablesWithoutPlacesAreRefused) {
  EXPECT_THAT(read_power_tables({{"a", {"x"}, {}}, {"b", {"from_bus", "to_bus"}, {}}}, "grid.zip"),
              FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("grid.zip holds several tables but none with the places of nodes"),
                                                     HasSubstr("--source-layer"))));
}

TEST(PowerTablesTest, RealGridsKeepTheirCounts) {
  for (const auto& [prefix, plane, parts, wanted] :
       {std::tuple<std::string, const char*, std::vector<std::string>, std::map<std::string, int>>{
            "mv_oberrhein",
            "EPSG:32632",
            {"buses", "ext_grids", "lines", "loads", "sgens", "switches", "trafos"},
            {{"power_bus", 179},
             {"power_external_grid", 2},
             {"power_line", 181},
             {"power_load", 147},
             {"power_generator", 153},
             {"power_switch", 322},
             {"power_transformer", 2}}},
        {"mv_oberrhein", "EPSG:32632", {"buses", "lines"}, {{"power_bus", 179}, {"power_line", 181}}},
        {"grid_cz",
         "EPSG:5514",
         {"buses", "generators", "lines", "transformers"},
         {{"power_bus", 89}, {"power_generator", 25}, {"power_line", 101}, {"power_transformer", 12}}}}) {
    std::vector<std::pair<std::string, std::string>> files;
    for (const std::string& part : parts) {
      const auto file = shared_data("utilities/power/" + prefix + "_" + part + ".csv");
      if (!file) GTEST_SKIP() << "skipped: no data";
      files.emplace_back(prefix + "_" + part + ".csv", content_of(*file));
    }
    const ScratchFolder folder;
    auto job = network_job(folder.write("grid.zip", zip_of(files)), plane, "");
    const auto got = import_file(job);
    ASSERT_THAT(got, Succeeds()) << prefix;
    EXPECT_EQ(kinds(*got), wanted) << prefix;
    EXPECT_EQ(got->tally("net").rejected_count(), 0) << prefix;
    job.set_source_layer("buses");
    EXPECT_EQ(import_file(job)->count("net"), static_cast<std::size_t>(wanted.at("power_bus"))) << "One table alone is a table.";
  }
}

}  // namespace
}  // namespace obnova::server
