#include "server/export/flatgeobuf.h"

#include <ogrsf_frmts.h>

#include <set>

#include "nasty_city.h"
#include "server/export/hilbert_tree.h"

namespace obnova::server {
namespace {

// The value of a column, of the type that is expected.
geo::Value as_gdal_has_it(const OGRFeature& feature, int index, const geo::Value& expected) {
  if (std::holds_alternative<std::string>(expected)) return std::string(feature.GetFieldAsString(index));
  if (std::holds_alternative<std::int64_t>(expected)) return static_cast<std::int64_t>(feature.GetFieldAsInteger64(index));
  if (std::holds_alternative<double>(expected)) return feature.GetFieldAsDouble(index);
  if (std::holds_alternative<bool>(expected)) return feature.GetFieldAsInteger(index) != 0;
  return {};
}

// What another program reads: the tests of this file ask GDAL.
class FlatGeobufTest : public ExportTest {
 protected:
  GDALDatasetUniquePtr opened(const std::string& layer) {
    RegisterOGRFlatGeobuf();
    const auto exported = export_one(layer, v1::EXPORT_FORMAT_FLATGEOBUF);
    OBNOVA_CHECK(exported);
    const std::string path = folder_.write(layer + ".fgb", exported->bytes).string();
    return GDALDatasetUniquePtr(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR));
  }
};

TEST_F(FlatGeobufTest, GdalReadsEveryValueAsItIs) {
  const auto dataset = opened("nasty");
  ASSERT_NE(dataset, nullptr);
  OGRLayer& layer = *dataset->GetLayer(0);
  EXPECT_STREQ(layer.GetName(), "nasty");
  EXPECT_EQ(layer.GetFeatureCount(), 8);
  EXPECT_STREQ(layer.GetSpatialRef()->GetAuthorityCode(nullptr), "5514");
  const geo::Layer& original = *layers_["nasty"];
  std::size_t count = 0;
  while (const OGRFeatureUniquePtr feature{layer.GetNextFeature()}) {
    ++count;
    const auto same = original.find_feature(feature->GetFieldAsString("id"));
    ASSERT_TRUE(same);
    for (std::size_t i = 0; i < original.fields().size(); ++i) {
      const int index = static_cast<int>(i) + 1;
      const geo::Value value = original.column(i).value_at(*same);
      EXPECT_EQ(feature->IsFieldSetAndNotNull(index) == 0, std::holds_alternative<std::monostate>(value));
      EXPECT_EQ(as_gdal_has_it(*feature, index, value), value);
    }
    const OGRGeometry* shape = feature->GetGeometryRef();
    EXPECT_EQ(shape != nullptr, original.geometry(*same).kind != GeometryKind::kNone);
    EXPECT_TRUE(shape == nullptr || shape->getDimension() < 2 || shape->IsValid());
  }
  EXPECT_EQ(count, 8U);
}

TEST_F(FlatGeobufTest, AnEmptyLayerIsAFileToo) {
  const auto dataset = opened("empty");
  ASSERT_NE(dataset, nullptr);
  EXPECT_EQ(dataset->GetLayer(0)->GetLayerDefn()->GetFieldCount(), 3);
  EXPECT_EQ(OGRFeatureUniquePtr(dataset->GetLayer(0)->GetNextFeature()), nullptr);
}

TEST_F(FlatGeobufTest, TheIndexFindsWhatAWindowTouches) {
  const auto dataset = opened("boxes");
  ASSERT_NE(dataset, nullptr);
  OGRLayer& layer = *dataset->GetLayer(0);
  EXPECT_TRUE(layer.TestCapability(OLCFastSpatialFilter));
  const geo::Layer& original = *layers_["boxes"];
  geo::RandomNumbers random(5);
  for (int i = 0; i < 50; ++i) {
    const Geometry window = moved(Geometry::rectangle({random.point(300), {310 + static_cast<double>(random.below(90)), 400}}));
    const Box box = window.view().box();
    std::set<std::string> expected, found;
    for (const FeatureId feature : original.features()) {
      if (original.box(feature).intersects(box)) expected.emplace(original.feature_name(feature));
    }
    layer.SetSpatialFilterRect(box.min.x_m, box.min.y_m, box.max.x_m, box.max.y_m);
    layer.ResetReading();
    while (const OGRFeatureUniquePtr feature{layer.GetNextFeature()}) found.emplace(feature->GetFieldAsString("id"));
    EXPECT_EQ(found, expected);
  }
}

TEST(HilbertTreeTest, LevelsAreFilledFromTheFront) {
  for (const std::size_t count : {1, 15, 16, 17, 256, 257}) {
    std::size_t nodes = count;
    for (std::size_t level = (count + 15) / 16;; level = (level + 15) / 16) {
      nodes += level;
      if (level == 1) break;
    }
    EXPECT_EQ(packed_tree(std::vector<TreeLeaf>(count, {.box = {{0, 0}, {1, 1}}, .offset = 0})).size(), 40 * nodes) << count;
  }
}

TEST(HilbertTreeTest, NeighborsOnTheCurveAreNeighborsOnTheGround) {
  std::vector<Box> boxes;
  for (int x = 0; x < 16; ++x) {
    for (int y = 0; y < 16; ++y) boxes.push_back({{x + 0.5, y + 0.5}, {x + 0.5, y + 0.5}});
  }
  const auto order = hilbert_order(boxes, {{0, 0}, {16, 16}});
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Point a = boxes[order[i - 1]].min, b = boxes[order[i]].min;
    EXPECT_EQ(std::abs(a.x_m - b.x_m) + std::abs(a.y_m - b.y_m), 1) << i;
  }
}

}  // namespace
}  // namespace obnova::server
