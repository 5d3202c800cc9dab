#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "geo/layer/layer.h"
#include "server/store/city_store.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {

class StoreTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "bucha.gpkg"; }
  static CityRecord record() {
    return {.id = "bucha", .title = "Буча", .crs = "EPSG:5514", .crs_wkt = "", .create_time_s = 1'700'000'000, .revision = 1};
  }

  TemporaryFolder temporary_;
  const std::filesystem::path& folder_ = temporary_.path();
};

inline geo::LayerDescription facilities(const std::string& id) {
  geo::LayerDescription description;
  description.id = id;
  description.title = id;
  description.theme = geo::Theme::kFacilities;
  return description;
}

// Writes a whole layer.
inline Result<void> write_layer(CityStore::Import& import, const geo::Layer& layer) {
  const std::vector<geo::Field> fields(layer.fields().begin(), layer.fields().end());
  auto done = import.begin_layer(layer.description(), fields);
  for (std::uint32_t row = 0; done && row < layer.feature_count(); ++row) {
    std::vector<geo::Value> values;
    for (std::size_t i = 0; i < fields.size(); ++i) values.push_back(layer.column(i).value_at(FeatureId{row}));
    done = import.add_feature(std::string(layer.feature_name(FeatureId{row})), layer.geometry(FeatureId{row}), values);
  }
  return done;
}

// `count` points in a row; `note` makes two layers differ.
inline std::shared_ptr<const geo::Layer> points_layer(const std::string& id, int count, const std::string& note) {
  geo::LayerBuilder builder(facilities(id), {{"note", geo::FieldType::kString}});
  for (int i = 0; i < count; ++i) {
    OBNOVA_CHECK(builder.add("node/" + std::to_string(i), Geometry::point({-700'000.0 - i, -1'000'000.0}), {geo::Value(note)}));
  }
  return std::move(builder).build();
}

}  // namespace obnova::server
