#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "server/rpc/call.h"
#include "server/rpc/catalog_export.h"
#include "server/rpc/catalog_import.h"
#include "server/rpc/catalog_restore.h"
#include "server/rpc/operations.h"
#include "server/store/city_copy.h"
#include "server/twin/twin.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {

inline constexpr Point kMiddle = {-742000.25, -1043000.125};  // In Prague, on EPSG:5514.

// A shape somewhere in Prague.
inline Geometry moved(Geometry shape) {
  for (Point& place : shape.points) place = {kMiddle.x_m + place.x_m / 3, kMiddle.y_m + place.y_m / 7};
  return shape;
}

// Everything that files like to lose: names that differ by case or are taken,
// whole numbers no double holds, null beside empty text, quotes and line ends,
// times that are texts, shapes of all kinds and none.
inline std::shared_ptr<const geo::Layer> nasty_layer() {
  using geo::FieldType;
  using geo::Value;
  geo::LayerBuilder builder({.id = "nasty",
                             .title = "Зруйновані \"мости\"",
                             .theme = geo::Theme::kOther,
                             .source = "огляд.gpkg",
                             .licence = "CC-BY-4.0",
                             .attribution = "© місто",
                             .dated = "2024-02-29",
                             .covered_area = moved(Geometry::rectangle({{-100, -100}, {500, 500}}))},
                            {{"Name", FieldType::kString},
                             {"name", FieldType::kString},
                             {"id", FieldType::kInt},
                             {"fid", FieldType::kInt},
                             {"geom", FieldType::kString},
                             {"WKT", FieldType::kString},
                             {"wide", FieldType::kDouble},
                             {"open", FieldType::kBool},
                             {"when", FieldType::kString},
                             {"nothing", FieldType::kDouble}});
  const auto add = [&](const std::string& id, const Geometry& shape, std::vector<Value> values) {
    OBNOVA_CHECK(builder.add(id, shape.view(), values));
  };
  const Value null;
  const Geometry square = moved(Geometry::rectangle({{0, 0}, {9, 9}}));
  Geometry holed = square;
  holed.points.insert(holed.points.end(), {moved(Geometry::point({1, 1})).points[0], moved(Geometry::point({1, 3})).points[0],
                                           moved(Geometry::point({3, 3})).points[0], moved(Geometry::point({1, 1})).points[0]});
  holed.path_ends.push_back(static_cast<std::uint32_t>(holed.points.size()));
  holed.part_ends = {2};
  Geometry two = holed;
  two.kind = GeometryKind::kMultiPolygon;
  const Geometry other = moved(Geometry::rectangle({{20, 20}, {30, 30}}));
  two.points.insert(two.points.end(), other.points.begin(), other.points.end());
  two.path_ends.push_back(static_cast<std::uint32_t>(two.points.size()));
  two.part_ends = {2, 3};
  Geometry lines = moved(Geometry::line({{0, 0}, {5, 5}, {9, 1}, {2, 2}}));
  lines.kind = GeometryKind::kMultiLineString;
  lines.path_ends = {2, 4};
  Geometry points = moved(Geometry::line({{0, 0}, {5, 5}}));
  points.kind = GeometryKind::kMultiPoint;
  add("way/1", moved(Geometry::point({1, 2})),
      {Value("a"), Value("A"), Value(std::int64_t{9007199254740993}), Value(std::int64_t{-7}), Value("POINT"), Value("x"), Value(0.1),
       Value(true), Value("2024-01-31T12:00:00Z"), null});
  add("2", moved(Geometry::line({{0, 0}, {5, 5}, {9, 1}})),
      {Value(""), null, Value(std::int64_t{-9223372036854775807 - 1}), null, Value("a,b\r\n\"c\""), Value(" "), Value(5.0), Value(false),
       Value("2024-01-31"), null});
  add("ж \"3\", '", square,
      {null, Value(""), null, Value(std::int64_t{0}), Value("null"), Value("true"), Value(-0.0), null, Value("12"), null});
  add("4", holed, {Value("[1]"), Value("{}"), null, null, null, null, Value(1e300), Value(true), null, null});
  add("05", two, {Value("007"), Value("1.50"), null, null, null, null, Value(5e-324), null, null, null});
  add("six", lines, {Value("\t"), Value("\\"), null, null, null, null, Value(1.0 / 3), null, null, null});
  add("seven", points, {Value("Київ"), Value("😀"), null, null, null, null, Value(123456789.123456789), null, null, null});
  add("eight", Geometry{}, {Value("nowhere"), null, null, null, null, null, null, null, null, null});
  return std::move(builder).build();
}

inline std::shared_ptr<const geo::Layer> empty_layer() {
  geo::LayerBuilder builder({.id = "empty", .title = "empty", .theme = geo::Theme::kWater, .source = "x"},
                            {{"kind", geo::FieldType::kString}, {"depth_m", geo::FieldType::kDouble}});
  return std::move(builder).build();
}

// Shapes of one kind, so that programs make an index of them.
inline std::shared_ptr<const geo::Layer> boxes_layer(std::size_t count) {
  geo::RandomNumbers random(7);
  geo::LayerBuilder builder({.id = "boxes", .title = "boxes", .theme = geo::Theme::kBuildings, .source = "x", .licence = "ODbL-1.0"},
                            {{"levels", geo::FieldType::kInt}});
  for (std::size_t i = 0; i < count; ++i) {
    const Point at = random.point(400);
    const Box box{at, {at.x_m + 1 + static_cast<double>(random.below(5)), at.y_m + 1}};
    OBNOVA_CHECK(builder.add("b" + std::to_string(i), moved(Geometry::rectangle(box)).view(),
                             std::vector<geo::Value>{geo::Value(static_cast<std::int64_t>(random.below(9)))}));
  }
  return std::move(builder).build();
}

// Every difference between two layers in words; `tolerance_m` is for coordinates.
inline std::string difference(const geo::Layer& a, const geo::Layer& b, double tolerance_m) {
  const geo::LayerDescription &x = a.description(), &y = b.description();
  if (x.title != y.title || x.theme != y.theme || x.source != y.source || x.licence != y.licence || x.attribution != y.attribution ||
      x.dated != y.dated)
    return "the descriptions differ: " + y.title + "|" + y.source + "|" + y.licence;
  const auto same_shape = [tolerance_m](const GeometryView& one, const GeometryView& other) {
    if (one.kind != other.kind || !std::ranges::equal(one.path_ends, other.path_ends) ||
        !std::ranges::equal(one.part_ends, other.part_ends))
      return false;
    return std::ranges::equal(one.points, other.points, [tolerance_m](Point p, Point q) {
      return std::abs(p.x_m - q.x_m) <= tolerance_m && std::abs(p.y_m - q.y_m) <= tolerance_m;
    });
  };
  if (!same_shape(x.covered_area.view(), y.covered_area.view())) return "the covered areas differ";
  if (!std::ranges::equal(a.fields(), b.fields())) return "the fields differ";
  if (a.feature_count() != b.feature_count()) return "the counts differ";
  for (const FeatureId feature : a.features()) {
    const auto other = b.find_feature(a.feature_name(feature));
    if (!other) return std::string(a.feature_name(feature)) + " is missing";
    if (!same_shape(a.geometry(feature), b.geometry(*other))) return std::string(a.feature_name(feature)) + " has another shape";
    for (std::size_t i = 0; i < a.fields().size(); ++i) {
      if (a.column(i).value_at(feature) != b.column(i).value_at(*other))
        return std::string(a.feature_name(feature)) + " differs in " + a.fields()[i].name;
    }
  }
  return "";
}

// A server with a city of the three layers, and an empty one.
class ExportTest : public testing::Test {
 protected:
  ExportTest() {
    const auto projection = geo::Projection::make("EPSG:4326", "EPSG:5514");
    const CityRecord record{.id = "praha",
                            .title = "Praha",
                            .crs = projection->plane_code(),
                            .crs_wkt = projection->plane_wkt(),
                            .create_time_s = 1'700'000'000,
                            .revision = 5};
    std::filesystem::create_directories(folder_.path() / "store");
    for (const auto& layer : {nasty_layer(), empty_layer(), boxes_layer(100)}) layers_[layer->id()] = layer;
    std::vector<LayerToCopy> copies;
    for (const auto& [id, layer] : layers_) copies.push_back({*layer, record_});
    OBNOVA_CHECK(write_city_file(folder_.path() / "store" / "praha.gpkg", record, copies, {}));
    TwinSettings settings;
    settings.store_folder = folder_.path() / "store";
    settings.ingest.worker = std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-ingest";
    twin_ = *Twin::open(settings);
    OBNOVA_CHECK(twin_->create_city("kopie", "EPSG:5514", "", 1'700'000'000));
    import_settings_.upload_folder = folder_.path() / "uploads";
    export_settings_.folder = folder_.path() / "exports";
    operations_ = std::make_unique<Operations>();
  }

  static v1::Context context(const std::string& city) {
    v1::Context result;
    result.set_city("cities/" + city);
    return result;
  }
  std::shared_ptr<const Snapshot> city(const std::string& id) const { return *twin_->resolve(context(id)); }
  const geo::Layer& layer(const std::string& id, const std::string& name) const {
    return *city(id)->city->layers().find(name)->second.layer;
  }

  struct Exported {
    std::string bytes;
    v1::ExportSummary summary;
    std::size_t longest_piece = 0;
  };
  template <typename Message>
  static Writer<Message> into(Exported& exported) {
    return [&exported](Message message) -> Result<void> {
      exported.bytes += message.data();
      exported.longest_piece = std::max(exported.longest_piece, message.data().size());
      if (message.has_summary()) exported.summary = message.summary();
      return {};
    };
  }
  Result<Exported> export_one(const std::string& name, v1::ExportFormat format, const std::string& id = "praha") {
    v1::ExportLayerRequest request;
    *request.mutable_context() = context(id);
    request.set_layer(name);
    request.set_format(format);
    Exported exported;
    const auto done = export_layer(*twin_, export_settings_, call_, request, into<v1::ExportLayerResponse>(exported));
    if (!done) return std::unexpected(done.error());
    return exported;
  }
  Result<Exported> export_all(v1::ExportFormat format, bool with_history = false, const v1::Context& asked = context("praha")) {
    v1::ExportCityRequest request;
    *request.mutable_context() = asked;
    request.set_format(format);
    request.set_with_history(with_history);
    Exported exported;
    const auto done = export_city(*twin_, export_settings_, call_, request, into<v1::ExportCityResponse>(exported));
    if (!done) return std::unexpected(done.error());
    return exported;
  }
  // A plain import without a word about it, into the empty city.
  Result<v1::Operation> import(const std::string& file_name, const std::string& bytes, const std::string& source_layer = "") {
    v1::ImportLayerRequest message;
    *message.mutable_spec()->mutable_context() = context("kopie");
    message.mutable_spec()->set_file_name(file_name);
    message.mutable_spec()->set_source_layer(source_layer);
    message.mutable_spec()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
    LayerUpload receiver(*twin_, *operations_, import_settings_);
    auto taken = receiver.take(call_, message);
    for (std::size_t at = 0; taken && at < bytes.size(); at += 1 << 20) {
      message.set_data(bytes.substr(at, 1 << 20));
      taken = receiver.take(call_, message);
    }
    if (!taken) return std::unexpected(taken.error());
    const auto response = receiver.finish(call_);
    if (!response) return std::unexpected(response.error());
    return operations_->wait(response->operation(), std::chrono::minutes(1), {});
  }
  Result<v1::RestoreCityResponse> restore(const std::string& id, const std::string& bytes, std::int64_t size_bytes = -1) {
    CityRestore receiver(*twin_, import_settings_);
    v1::RestoreCityRequest message;
    message.mutable_spec()->set_city_id(id);
    message.mutable_spec()->set_file_name("backup.gpkg");
    message.mutable_spec()->set_size_bytes(size_bytes < 0 ? static_cast<std::int64_t>(bytes.size()) : size_bytes);
    auto taken = receiver.take(call_, message);
    for (std::size_t at = 0; taken && at < bytes.size(); at += 1 << 20) {
      message.set_data(bytes.substr(at, 1 << 20));
      taken = receiver.take(call_, message);
    }
    if (!taken) return std::unexpected(taken.error());
    return receiver.finish(call_);
  }
  // What is in a folder, however deep.
  static std::size_t file_count(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder)) return 0;
    const std::filesystem::recursive_directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  Call call_{std::chrono::steady_clock::time_point::max()};
  TemporaryFolder folder_;
  const LayerRecord record_ = [] {
    LayerRecord record;
    record.first_revision = 3;
    return record;
  }();
  std::map<std::string, std::shared_ptr<const geo::Layer>> layers_;
  std::unique_ptr<Twin> twin_;
  ImportSettings import_settings_;
  ExportSettings export_settings_;
  std::unique_ptr<Operations> operations_;
};

}  // namespace obnova::server
