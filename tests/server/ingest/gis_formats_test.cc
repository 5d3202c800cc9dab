#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/server/ingest/imported.h"
#include "tests/server/ingest/made_files.h"
#include "tests/server/ingest/made_layers.h"
#include "tests/support/result_matchers.h"

// What GDAL reads beside GeoPackage, GeoJSON and shapefile.
namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

worker::IngestJob layer_job(const std::filesystem::path& path, geo::Theme theme = geo::Theme::kOther) {
  auto job = job_for(path, "EPSG:6384");
  job.set_layer("things");
  job.set_theme(static_cast<int>(theme));
  return job;
}

Result<Imported> import_text(const std::string& name, const std::string& content, geo::Theme theme = geo::Theme::kOther) {
  const ScratchFolder folder;
  return import_file(layer_job(folder.write(name, content), theme));
}

std::set<std::string> field_names(const Imported& imported) {
  std::set<std::string> names;
  for (const geo::Field& field : imported.fields.at("things")) names.insert(field.name);
  return names;
}

// The rows by name: the ids differ between formats, and FlatGeobuf sorts.
std::map<std::string, Imported::Feature> by_name(const Imported& imported, const std::string& field) {
  std::map<std::string, Imported::Feature> rows;
  for (const auto& [id, feature] : imported.layers.at("things")) rows[std::get<std::string>(feature.values.at(field))] = feature;
  return rows;
}

TEST(GisFormatsTest, OneContentIsOneLayerInEveryFormat) {
  const ScratchFolder folder;
  make_layers("GPKG", folder.file("a.gpkg"), {two_schools()});
  const auto first = import_file(layer_job(folder.file("a.gpkg"), geo::Theme::kFacilities));
  ASSERT_THAT(first, Succeeds());
  const auto wanted = by_name(*first, "name");
  ASSERT_EQ(wanted.size(), 2u);
  for (const auto& [driver, name] : {std::pair<const char*, const char*>{"FlatGeobuf", "a.fgb"},
                                     {"GML", "a.gml"},
                                     {"GeoJSONSeq", "a.geojsonl"},
                                     {"KML", "a.kml"},
                                     {"LIBKML", "b.kml"},
                                     {"LIBKML", "a.kmz"}}) {
    make_layers(driver, folder.file(name), {two_schools()});
    const auto got = import_file(layer_job(folder.file(name), geo::Theme::kFacilities));
    ASSERT_THAT(got, Succeeds()) << name;
    const bool is_kml = std::string_view(driver).ends_with("KML");
    const auto rows = by_name(*got, is_kml ? "Name" : "name");
    ASSERT_EQ(rows.size(), 2u) << name;
    for (const auto& [school, feature] : wanted) {
      EXPECT_EQ(rows.at(school).geometry, feature.geometry) << name;
      EXPECT_EQ(rows.at(school).values.at("capacity"), feature.values.at("capacity")) << name;
    }
  }
}

TEST(GisFormatsTest, MapInfoTablesComeInArchives) {
  for (const std::string ending : {"tab", "mif"}) {
    const ScratchFolder folder;
    std::filesystem::create_directory(folder.file("m"));
    make_layers("MapInfo File", folder.file("m/schools." + ending), {two_schools()}, {"ENCODING=CP1251"});
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder.file("m"))) {
      files.emplace_back("d/" + entry.path().filename().string(), content_of(entry.path()));
    }
    const auto got = import_file(layer_job(folder.write("m.zip", zip_of(files))));
    ASSERT_THAT(got, Succeeds()) << ending;
    EXPECT_EQ(got->text("things", "1", "name"), "Школа 1") << "The table says its code page.";
    EXPECT_EQ(got->feature("things", "2").geometry.kind, GeometryKind::kPoint);
  }
}

TEST(GisFormatsTest, MapInfoTablesThatOnlyReferAreRefused) {
  for (const char* text : {"!table\n!version 300\nDefinition Table\n  Type LINKED\n  Fields 1\n",
                           "!table\n!version 300\nDefinition Table\n  Type \"RASTER\"\n  File \"/etc/passwd\"\n",
                           "!table\nDefinition Table\n  Type NATIVE Charset \"Neutral\"\n\"\\IsSeamless\" = \"TRUE\"\n",
                           "!table\nopen table \"/etc/passwd\" hide\ncreate view x as select * from y where 1=1\n"}) {
    EXPECT_THAT(import_text("m.zip", zip_of({{"a.tab", text}})),
                FailsSaying(ErrorCode::kBadData, HasSubstr("m.zip holds a .tab that only refers")))
        << text;
  }
}

std::string kml(const std::string& body) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>" + body + "</Document></kml>";
}

constexpr const char* kPlacemark = "<Placemark><name>A</name><Point><coordinates>30.1,50.1,7</coordinates></Point></Placemark>";

TEST(KmlTest, OwnDataIsReadAndStyleIsNot) {
  const auto got = import_text("x.kml", kml(R"(<Placemark><name>Укриття</name><ExtendedData><Data name="capacity"><value>120</value></Data>
      <Data name="Тип"><value>ПРУ</value></Data></ExtendedData><Point><extrude>1</extrude><coordinates>30.1,50.1</coordinates></Point>
      </Placemark>)"),
                               geo::Theme::kFacilities);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "1", "Name"), "Укриття");
  EXPECT_EQ(got->text("things", "1", "Тип"), "ПРУ");
  EXPECT_EQ(got->feature("things", "1").values.at("capacity"), geo::Value(std::int64_t{120}));
  EXPECT_FALSE(field_names(*got).contains("tessellate")) << "The reader made it up.";
  EXPECT_FALSE(field_names(*got).contains("timestamp"));
}

TEST(KmlTest, FoldersAreLayersAndEmptyOnesAreNotAskedFor) {
  EXPECT_THAT(
      import_text("x.kml", kml(std::string("<Folder><name>full</name>") + kPlacemark + "</Folder><Folder><name>none</name></Folder>")),
      Succeeds());
  EXPECT_THAT(import_text("x.kml", kml(std::string("<Folder><name>a</name>") + kPlacemark + "</Folder><Folder><name>b</name>" + kPlacemark +
                                       "</Folder>")),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("x.kml holds 2 layers (a, b); name one with --source-layer")));
}

TEST(KmlTest, ArchivesOfSeveralDocumentsAskForOne) {
  const std::string document = kml(kPlacemark);
  EXPECT_THAT(import_text("x.kmz", zip_of({{"any.kml", document}, {"files/icon.png", "x"}})), Succeeds());
  EXPECT_THAT(
      import_text("x.kmz", zip_of({{"doc.kml", kml("<NetworkLink><Link><href>a.kml</href></Link></NetworkLink>")}, {"a.kml", document}})),
      Succeeds());
  EXPECT_THAT(import_text("x.kmz", zip_of({{"a.kml", document}, {"b.kml", document}})),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("x.kmz holds 2 layers (a, b); name one with --source-layer")));
  EXPECT_THAT(import_text("x.kmz", zip_of({{"a.txt", document}})),
              FailsSaying(ErrorCode::kBadData, "x.kmz holds no .kml file with places."));
}

TEST(GpxTest, PointsAndTracksAreReadAndRepeatedPointsAreNot) {
  const std::string track =
      "<trk><name>t</name><trkseg><trkpt lat=\"50.1\" lon=\"30.1\"><time>2024-05-01T10:00:00Z</time></trkpt>"
      "<trkpt lat=\"50.2\" lon=\"30.2\"/></trkseg></trk>";
  const auto gpx = [](const std::string& body) {
    return "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"c\" xmlns=\"http://www.topografix.com/GPX/1/1\">" + body + "</gpx>";
  };
  const auto got = import_text("x.gpx", gpx(track));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "0").geometry.kind, GeometryKind::kMultiLineString);
  EXPECT_EQ(field_names(*got), std::set<std::string>{"name"});
  EXPECT_THAT(import_text("x.gpx", gpx("<wpt lat=\"50.1\" lon=\"30.1\"><name>w</name></wpt>" + track)),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("waypoints, routes, tracks")));
}

// A feature collection of places whose shapes are given as GML.
std::string gml(const std::vector<std::string>& shapes) {
  std::string members;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    members += "<gml:featureMember><o:place gml:id=\"p" + std::to_string(i) + "\"><o:geom>" + shapes[i] +
               "</o:geom><o:name>Ї</o:name></o:place></gml:featureMember>";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><o:FeatureCollection xmlns:o=\"http://ogr.maptools.org/\" "
         "xmlns:gml=\"http://www.opengis.net/gml/3.2\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
         "xsi:schemaLocation=\"http://ogr.maptools.org/ http://127.0.0.1:1/a.xsd\" gml:id=\"c\">" +
         members + "</o:FeatureCollection>";
}

std::string gml_point(const std::string& system, const std::string& position) {
  return "<gml:Point srsName=\"" + system + "\"><gml:pos>" + position + "</gml:pos></gml:Point>";
}

TEST(GmlTest, TheOrderOfAxesFollowsHowTheSystemIsSpelled) {
  const auto plain = import_text("x.gml", gml({gml_point("EPSG:4326", "30.1 50.1")}));
  ASSERT_THAT(plain, Succeeds());
  const Geometry wanted = plain->layers.at("things").begin()->second.geometry;
  for (const auto& [system, position] : {std::pair<const char*, const char*>{"urn:ogc:def:crs:EPSG::4326", "50.1 30.1"},
                                         {"urn:ogc:def:crs:EPSG:6.9:4326", "50.1 30.1"},
                                         {"http://www.opengis.net/def/crs/EPSG/0/4326", "50.1 30.1"},
                                         {"http://www.opengis.net/gml/srs/epsg.xml#4326", "30.1 50.1"},
                                         {"urn:ogc:def:crs:OGC:1.3:CRS84", "30.1 50.1"}}) {
    const auto got = import_text("x.gml", gml({gml_point(system, position)}));
    ASSERT_THAT(got, Succeeds()) << system;
    EXPECT_EQ(got->layers.at("things").begin()->second.geometry, wanted) << system;
  }
  for (const auto& [system, position] :
       {std::pair<const char*, const char*>{"urn:ogc:def:crs:EPSG::6384", "5551000 300000"}, {"EPSG:6384", "300000 5551000"}}) {
    const auto got = import_text("x.gml", gml({gml_point(system, position)}));
    ASSERT_THAT(got, Succeeds()) << system;
    EXPECT_EQ(got->layers.at("things").begin()->second.geometry, Geometry::point({300000, 5551000})) << system;
  }
}

TEST(GmlTest, AxesInTheWrongOrderAreFoundOut) {
  for (const auto& [system, position] :
       {std::pair<const char*, const char*>{"urn:ogc:def:crs:EPSG::4326", "30.1 50.1"}, {"EPSG:4326", "50.1 30.1"}}) {
    EXPECT_THAT(import_text("x.gml", gml({gml_point(system, position)})),
                FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("x.gml: row 1"), HasSubstr("axes look swapped"))))
        << system;
  }
}

TEST(GmlTest, AFileOfTwoSystemsIsRefused) {
  const ScratchFolder folder;
  auto job = layer_job(folder.write("x.gml", gml({gml_point("EPSG:4326", "30.1 50.1"), gml_point("EPSG:6384", "300000 5551000")})));
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("x.gml does not say what its coordinates are")));
  job.set_crs("EPSG:4326");
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("x.gml: row 2: its coordinates are in another system")));
}

TEST(GmlTest, ArcsBecomeLinesAndAreCounted) {
  const auto got = import_text(
      "x.gml", gml({"<gml:Curve srsName=\"EPSG:4326\"><gml:segments><gml:Arc><gml:posList>30.1 50.1 30.2 50.2 30.3 50.1</gml:posList>"
                    "</gml:Arc></gml:segments></gml:Curve>"}));
  ASSERT_THAT(got, Succeeds());
  EXPECT_GT(got->layers.at("things").begin()->second.geometry.points.size(), 10u);
  EXPECT_EQ(got->summary.warnings(0), "1 shapes had arcs, which became lines of short pieces.");
}

TEST(GisFormatsTest, AnEncodingForTextsThatHaveOneIsNotUsed) {
  const ScratchFolder folder;
  make_layers("FlatGeobuf", folder.file("a.fgb"), {two_schools()});
  auto job = layer_job(folder.file("a.fgb"));
  job.set_encoding("CP1251");
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(by_name(*got, "name").count("Ліцей"), 1u);
  EXPECT_THAT(got->summary.warnings(0), HasSubstr("the encoding CP1251 was not used"));
}

TEST(GisFormatsTest, DatesListsAndMeasuresSurvive) {
  const auto got = import_text("x.geojson", R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":
      {"day":"2022-03-14","at":"2022-03-14T10:20:30Z","tags":["a","b"],"floors":[1,2],"more":{"k":1}},
      "geometry":{"type":"LineString","coordinates":[[30.1,50.1,3],[30.2,50.2,4]]}}]})");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "0", "day"), "2022-03-14");
  EXPECT_EQ(got->text("things", "0", "at"), "2022-03-14T10:20:30");
  EXPECT_EQ(got->text("things", "0", "tags"), R"([ "a", "b" ])");
  EXPECT_EQ(got->text("things", "0", "floors"), "[ 1, 2 ]");
  EXPECT_EQ(got->text("things", "0", "more"), R"({ "k": 1 })");
  EXPECT_EQ(got->feature("things", "0").geometry.kind, GeometryKind::kLineString);
}

TEST(GisFormatsTest, CurvesMeasuresAndMixedShapesOfAGeoPackageAreRead) {
  const ScratchFolder folder;
  MadeLayer layer{.name = "mixed",
                  .fields = {{"name", OFTString}},
                  .features = {{{"a"}, "CURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(30.1 50.1,30.2 50.2,30.3 50.1),(30.3 50.1,30.1 50.1)))"},
                               {{"b"}, "MULTIPOINT ZM((30.1 50.1 1 2))"},
                               {{"c"}, "LINESTRING M(30.1 50.1 1,30.2 50.1 2)"},
                               {{"d"}, ""},
                               {{"e"}, "POLYGON EMPTY"},
                               {{"f"}, "TIN(((30.1 50.1,30.2 50.1,30.2 50.2,30.1 50.1)))"}},
                  .shapes = wkbUnknown,
                  .epsg = 4326};
  make_layers("GPKG", folder.file("x.gpkg"), {layer});
  const auto got = import_file(layer_job(folder.file("x.gpkg")));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "1").geometry.kind, GeometryKind::kPolygon);
  EXPECT_EQ(got->feature("things", "2").geometry.kind, GeometryKind::kMultiPoint);
  EXPECT_EQ(got->feature("things", "3").geometry.kind, GeometryKind::kLineString);
  EXPECT_EQ(got->feature("things", "4").geometry.kind, GeometryKind::kNone);
  EXPECT_EQ(got->feature("things", "5").geometry.kind, GeometryKind::kNone);
  EXPECT_EQ(got->reason("things", "row 6"), "A TIN is not a point, line or area.");
  EXPECT_EQ(got->summary.warnings_size(), 2) << "Arcs, and rows without a place.";
}

TEST(GisFormatsTest, NamesOfColumnsCutInALetterAreReadToTheLetterBefore) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.file("shp"));
  make_shapefile(folder.file("shp"), {"Школа"});
  std::string dbf = content_of(folder.file("shp/schools.dbf"));
  // The name of the first column: ten bytes, which cut the sixth letter.
  const std::string name = std::string("кількість").substr(0, 9) + "\xd1";
  dbf.replace(32, 11, std::string(name.data(), 10) + std::string(1, '\0'));
  std::ofstream(folder.file("shp/schools.dbf"), std::ios::binary) << dbf;
  const auto got = import_file(layer_job(folder.write("s.zip", zipped_shapefile(folder.file("shp")))));
  ASSERT_FALSE(got) << "Nine bytes end in a half letter already.";
  dbf.replace(32, 11, std::string("кільк").substr(0, 9) + std::string(2, '\0'));
  std::ofstream(folder.file("shp/schools.dbf"), std::ios::binary) << dbf;
  const auto cut = import_file(layer_job(folder.write("s.zip", zipped_shapefile(folder.file("shp")))));
  ASSERT_THAT(cut, Succeeds());
  EXPECT_EQ(cut->text("things", "0", "кіль"), "Школа");
  EXPECT_THAT(cut->summary.warnings(0), HasSubstr("The name of the column кіль was cut in the middle of a letter"));
}

TEST(GisFormatsTest, FilesThatAreNotReadSayWhatToDo) {
  EXPECT_THAT(import_text("x.dwg", "AC1032"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("save the drawing as .dxf")));
  EXPECT_THAT(import_text("x.xls", "x"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("save the table as .xlsx or .csv")));
  EXPECT_THAT(import_text("x.tab", "x"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("into one .zip")));
  EXPECT_THAT(import_text("x.xlsx", "\xd0\xcf\x11\xe0"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("looks like an old or encrypted Office document")));
  EXPECT_THAT(import_text("x.dxf", "AutoCAD Binary DXF\r\n"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("looks like a binary DXF drawing")));
}

}  // namespace
}  // namespace obnova::server
