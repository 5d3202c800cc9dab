#include "server/assess/source_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/damage/damage_rules.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

worker::SourceLayer layer(const char* name, std::initializer_list<const char*> columns) {
  worker::SourceLayer layer;
  layer.set_name(name);
  for (const char* column : columns) layer.add_columns(column);
  return layer;
}

const geo::DamageScale& scale(const char* id) { return *geo::find_scale(geo::shipped_scales(), id); }

const std::vector<worker::SourceLayer>& copernicus() {
  static const std::vector<worker::SourceLayer> layers = {
      layer("EMSR1_AOI01_GRA_areaOfInterestA_v1", {"name"}), layer("EMSR1_AOI01_GRA_builtUpP_v1", {"obj_type", "damage_gra"}),
      layer("EMSR1_AOI01_GRA_facilitiesL_v1", {"obj_type", "damage_gra"}), layer("EMSR1_AOI01_GRA_hydrographyL_v1", {"obj_type"}),
      layer("EMSR1_AOI01_GRA_transportationL_v1", {"obj_type", "damage_gra"})};
  return layers;
}

TEST(SourceChoiceTest, TakesTheOnlyLayerWithCodes) {
  const std::vector<worker::SourceLayer> layers = {layer("visso_area_of_interest", {"name"}),
                                                   layer("visso_settlements_poly_grading", {"src_date", "grading"}),
                                                   layer("visso_transportation_line", {"src_date"})};
  const auto chosen = choose_sources(layers, {}, scale("copernicus_ems"));
  ASSERT_THAT(chosen, Succeeds());
  ASSERT_EQ(chosen->size(), 1U);
  EXPECT_EQ(chosen->front().layer, "visso_settlements_poly_grading");
  EXPECT_THAT(chosen->front().looks, ElementsAre(LookColumns{"grading", "src_date"}));
  EXPECT_EQ(*choose_area_layer(layers, {}, scale("copernicus_ems")), "visso_area_of_interest");
}

TEST(SourceChoiceTest, AsksWhereSeveralLayersHaveCodes) {
  const auto unsaid = choose_sources(copernicus(), {.file_name = "emsr1.zip"}, scale("copernicus_ems"));
  EXPECT_THAT(unsaid, FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("--every-layer")));
  const auto all = choose_sources(copernicus(), {.every_layer = true}, scale("copernicus_ems"));
  ASSERT_THAT(all, Succeeds());
  EXPECT_THAT(short_names(*all), ElementsAre("builtUpP", "facilitiesL", "transportationL"));
  const auto some = choose_sources(copernicus(), {.layers = {"transportationL_v1", "builtUpP_v1"}}, scale("copernicus_ems"));
  ASSERT_THAT(some, Succeeds());
  EXPECT_EQ(some->front().layer, "EMSR1_AOI01_GRA_transportationL_v1");
  EXPECT_EQ(*choose_area_layer(copernicus(), {}, scale("copernicus_ems")), "EMSR1_AOI01_GRA_areaOfInterestA_v1");
  EXPECT_THAT(choose_sources(copernicus(), {.layers = {"hydrographyL_v1"}}, scale("copernicus_ems")),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("no column of codes")));
  EXPECT_THAT(choose_sources(copernicus(), {.layers = {"L_v1"}}, scale("copernicus_ems")), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(SourceChoiceTest, SeesTheLooksOfWideTables) {
  const std::vector<worker::SourceLayer> wide = {
      layer("points", {"SensorDate", "Main_Damage_Site_Class", "SensorDate_2", "Main_Damage_Site_Class_2", "SensorDate_10",
                       "Main_Damage_Site_Class_10", "Main_Damage_Status", "uuid"})};
  const auto usual = choose_sources(wide, {}, scale("unosat"));
  ASSERT_THAT(usual, Succeeds());
  EXPECT_EQ(usual->front().id_column, "uuid");
  EXPECT_THAT(usual->front().looks,
              ElementsAre(LookColumns{"Main_Damage_Site_Class", "SensorDate"}, LookColumns{"Main_Damage_Site_Class_2", "SensorDate_2"},
                          LookColumns{"Main_Damage_Site_Class_10", "SensorDate_10"}));
  const auto said = choose_sources(wide, {.code_column = "Main_Damage_Site_Class_N", .date_column = "SensorDate_N"}, scale("unosat"));
  ASSERT_THAT(said, Succeeds());
  EXPECT_EQ(said->front().looks, usual->front().looks);
  const auto one = choose_sources(wide, {.code_column = "main_damage_site_class_2"}, scale("unosat"));
  ASSERT_THAT(one, Succeeds());
  EXPECT_THAT(one->front().looks, ElementsAre(LookColumns{"Main_Damage_Site_Class_2", "SensorDate"}));
  EXPECT_THAT(choose_sources(wide, {.code_column = "class"}, scale("unosat")), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace obnova::server
