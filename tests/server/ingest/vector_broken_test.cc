#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/server/ingest/imported.h"
#include "tests/server/ingest/made_files.h"
#include "tests/support/result_matchers.h"

// The cases F20 to F66 of the catalogue of bad input, as far as vectors go.
namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

worker::IngestJob layer_job(const std::filesystem::path& path) {
  auto job = job_for(path, "EPSG:6384");
  job.set_layer("things");
  job.set_theme(static_cast<int>(geo::Theme::kOther));
  return job;
}

Result<Imported> import_text(const std::string& name, const std::string& content) {
  const ScratchFolder folder;
  return import_file(layer_job(folder.write(name, content)));
}

// A shapefile of schools with these names, changed by the test, in an archive.
class ShapefileBrokenTest : public testing::Test {
 protected:
  void make(const std::vector<std::string>& names, bool with_prj = true) {
    std::filesystem::create_directory(folder_.file("shp"));
    make_shapefile(folder_.file("shp"), names, with_prj);
  }
  std::filesystem::path part(const std::string& ending) const { return folder_.file("shp") / ("schools" + ending); }
  void write(const std::string& ending, const std::string& content) const { std::ofstream(part(ending), std::ios::binary) << content; }
  worker::IngestJob job(const std::vector<std::string>& without = {}) const {
    return layer_job(folder_.write("schools.zip", zipped_shapefile(folder_.file("shp"), without)));
  }

  ScratchFolder folder_;
};

constexpr const char* kCyrillicCp1251 = "\xd8\xea\xee\xeb\xe0";  // Школа

TEST_F(ShapefileBrokenTest, F60TextOfNoStatedEncodingShowsWhatItMayBe) {
  make({"plain", kCyrillicCp1251});
  auto broken = job();
  EXPECT_THAT(import_file(broken),
              FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("schools.zip: row 2, field name is not UTF-8"),
                                                     HasSubstr("--encoding CP1251"), HasSubstr("Школа"), HasSubstr("CP866"))));
  broken.set_encoding("cp1251");
  const auto got = import_file(broken);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "1", "name"), "Школа");
  EXPECT_EQ(got->summary.encoding(), "CP1251");
  broken.set_encoding("klingon");
  EXPECT_THAT(import_file(broken), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`klingon` is unknown")));
}

TEST_F(ShapefileBrokenTest, F60TheCodePageFileIsBelieved) {
  make({kCyrillicCp1251});
  write(".cpg", "1251\n");
  const auto got = import_file(job());
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "0", "name"), "Школа");
}

TEST_F(ShapefileBrokenTest, F61MixedEncodingsNameTheFirstBadRow) {
  make({"Школа", kCyrillicCp1251, "Ліцей"});
  EXPECT_THAT(import_file(job()), FailsSaying(ErrorCode::kBadData, HasSubstr("row 2, field name is not UTF-8")));
}

TEST_F(ShapefileBrokenTest, ALyingCodePageFileIsFoundOut) {
  make({"Школа", "Ліцей"});
  write(".cpg", "CP1251");
  const auto got = import_file(job());
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "0", "name"), "Школа");
  EXPECT_THAT(got->summary.warnings(0), HasSubstr("says its texts are CP1251, but all of them are UTF-8"));
}

TEST_F(ShapefileBrokenTest, ACodePageFileThatClaimsUtf8IsChecked) {
  make({kCyrillicCp1251});
  write(".cpg", "UTF-8");
  EXPECT_THAT(import_file(job()), FailsSaying(ErrorCode::kBadData, HasSubstr("row 1, field name is not UTF-8")));
}

TEST_F(ShapefileBrokenTest, F62ATruncatedShapefileIsNoSuccess) {
  make({"a", "b", "c"});
  const std::string shp = content_of(part(".shp"));
  write(".shp", shp.substr(0, shp.size() - 30));
  EXPECT_THAT(import_file(job()), FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("schools.zip"), HasSubstr(".shp part is cut short"))));
}

TEST_F(ShapefileBrokenTest, F63F64MissingPartsAreNamed) {
  make({"a", "b"});
  EXPECT_THAT(import_file(job({".shx"})), FailsSaying(ErrorCode::kBadData, HasSubstr("the .shx part is missing")));
  EXPECT_THAT(import_file(job({".dbf"})), FailsSaying(ErrorCode::kBadData, HasSubstr("the .dbf part is missing")));
  EXPECT_THAT(import_file(job({".shp"})),
              FailsSaying(ErrorCode::kBadData, HasSubstr("schools.zip holds nothing that is read out of archives")));
}

TEST_F(ShapefileBrokenTest, F65RowsMustAgree) {
  make({"a", "b"});
  std::string dbf = content_of(part(".dbf"));
  dbf[4] = 3;
  write(".dbf", dbf);
  EXPECT_THAT(import_file(job()), FailsSaying(ErrorCode::kBadData, HasSubstr("the .shp part has 2 rows and the .dbf part 3")));
}

TEST_F(ShapefileBrokenTest, AnUnknownSystemIsAskedFor) {
  make({"a"}, false);
  auto unknown = job();
  EXPECT_THAT(import_file(unknown),
              FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("schools.zip does not say"), HasSubstr("--crs EPSG:4326"))));
  unknown.set_crs("EPSG:4326");
  EXPECT_THAT(import_file(unknown), Succeeds());
}

TEST(VectorBrokenTest, F01F02EmptyAndMisnamedFiles) {
  for (const char* name : {"x.geojson", "x.gpkg", "x.zip", "x.csv", "x.shp", "x.fgb", "x.kml"}) {
    EXPECT_THAT(import_text(name, ""), FailsSaying(ErrorCode::kBadData, std::string(name) + " is empty.")) << name;
  }
  EXPECT_THAT(import_text("x.shp", "\x89PNG\r\n"),
              FailsSaying(ErrorCode::kBadData, "x.shp is named like a shapefile but its content looks like a PNG picture."));
  EXPECT_THAT(import_text("x.gpkg", "lon,lat\n1,2\n"), FailsSaying(ErrorCode::kBadData, HasSubstr("looks like text")));
}

TEST(VectorBrokenTest, F20ToF32BadArchivesAreRefused) {
  const std::string good = zip_of({{"a.txt", "hello"}});
  EXPECT_THAT(import_text("x.zip", good),
              FailsSaying(ErrorCode::kBadData, HasSubstr("x.zip holds nothing that is read out of archives: a shapefile (.shp)")));
  EXPECT_THAT(import_text("x.zip", good.substr(0, good.size() - 5)), FailsSaying(ErrorCode::kBadData, HasSubstr("cut short")));
  EXPECT_THAT(import_text("x.zip", zip_of({{"a.shp", "hello"}}, 4'000'000)),
              FailsSaying(ErrorCode::kLimitExceeded, HasSubstr("100 times its size")));
  for (const char* name : {"../../a.shp", "/etc/a.shp", "C:\\a.shp", "a\\b.shp", "d/../a.shp"}) {
    EXPECT_THAT(import_text("x.zip", zip_of({{name, "hello"}})), FailsSaying(ErrorCode::kBadData, HasSubstr("leaves the archive"))) << name;
  }
  EXPECT_THAT(import_text("x.zip", zip_of({{"a.shp", "1"}, {"A.SHP", "2"}})),
              FailsSaying(ErrorCode::kBadData, HasSubstr("two files of the same name")));
  EXPECT_THAT(import_text("x.zip", zip_of({{"a.shp", "1"}}, 0, 1)), FailsSaying(ErrorCode::kBadData, HasSubstr("encrypted")));
  std::string flipped = zip_of({{"a.shp", "hello"}});
  flipped[36] ^= 1;
  EXPECT_THAT(import_text("x.zip", flipped), FailsSaying(ErrorCode::kBadData, HasSubstr("damaged in its file a.shp")));
}

TEST(VectorBrokenTest, F28ArchivesOfTooManyFilesAreRefused) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 10'001; ++i) files.emplace_back(std::to_string(i), "");
  EXPECT_THAT(import_text("x.zip", zip_of(files)), FailsSaying(ErrorCode::kLimitExceeded, "x.zip holds 10001 files, more than 10000."));
}

TEST(VectorBrokenTest, F35ToF40VirtualFilesNeverReachGdal) {
  const std::string vrt =
      "<OGRVRTDataSource><OGRVRTLayer name=\"a\"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>";
  EXPECT_THAT(import_text("x.vrt", vrt), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("x.vrt is of a kind that is not read")));
  for (const char* name : {"x.geojson", "x.gml", "x.kml", "x.csv", "x.shp"}) {
    EXPECT_THAT(import_text(name, vrt), FailsSaying(ErrorCode::kBadData, HasSubstr("looks like a GDAL virtual file"))) << name;
  }
  EXPECT_THAT(import_text("x.tif", "<GDAL_WMS/>"), FailsSaying(ErrorCode::kBadData, HasSubstr("x.tif is named like a TIFF")));
}

TEST(VectorBrokenTest, F41NamesOfGdalAreFileNamesOnly) {
  for (const char* name : {"PG:host=localhost", "/vsicurl/http://localhost/a.geojson", "MEM:::DATAPOINTER=1", "WFS:http://localhost"}) {
    auto job = layer_job(name);
    job.set_path(name);
    job.set_file_name("x.geojson");
    EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kNotFound, "x.geojson cannot be opened.")) << name;
  }
}

// A port of this machine that counts who comes.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 4) != 0) std::abort();
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/crs"; }
  bool anybody_came() const { return ::accept(socket_, nullptr, nullptr) >= 0; }

 private:
  int socket_;
  int port_ = 0;
};

TEST(VectorBrokenTest, F50LinksToCoordinateSystemsAreNotFollowed) {
  const Listener listener;
  for (const char* kind : {"link", "url"}) {
    const std::string crs = std::string(R"("crs":{"type":")") + kind + R"(","properties":{"href":")" + listener.url() + R"(","url":")" +
                            listener.url() + R"(","type":"proj4"}},)";
    const auto got = import_text(
        "x.geojson", R"({"type":"FeatureCollection",)" + crs +
                         R"("features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[30.1,50.1]}}]})");
    ASSERT_THAT(got, Succeeds()) << kind;
    ASSERT_EQ(got->summary.warnings_size(), 1) << kind;
    EXPECT_THAT(got->summary.warnings(0), HasSubstr("only by a link, which is not followed")) << kind;
  }
  EXPECT_FALSE(listener.anybody_came());
}

TEST(VectorBrokenTest, F51TruncatedGeoJsonGivesNothing) {
  std::string many;
  for (int i = 0; i < 2000; ++i)
    many += R"({"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[30.1,50.1]}},)";
  for (const std::size_t cut : {std::size_t{60}, many.size() / 2, many.size() + 30}) {
    EXPECT_THAT(import_text("x.geojson", (R"({"type":"FeatureCollection","features":[)" + many).substr(0, cut)),
                FailsSaying(ErrorCode::kBadData, HasSubstr("x.geojson")))
        << cut;
  }
}

TEST(VectorBrokenTest, F52DeepNestingIsRefused) {
  EXPECT_THAT(import_text("x.geojson", R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":)" +
                                           std::string(100'000, '[') + std::string(100'000, ']') + R"(},"geometry":null}]})"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("x.geojson")));
}

TEST(VectorBrokenTest, F53EndlessTextsNameTheirRowAndField) {
  const std::string text((1 << 20) + 1, 'x');
  EXPECT_THAT(import_text("x.geojson", R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":")" + text +
                                           R"("},"geometry":{"type":"Point","coordinates":[30.1,50.1]}}]})"),
              FailsSaying(ErrorCode::kLimitExceeded, HasSubstr("x.geojson: row 1: field a holds 1048577 bytes")));
}

TEST(VectorBrokenTest, F58TextThatIsNotUtf8IsNamed) {
  EXPECT_THAT(import_text("x.csv", std::string("lon,lat,name\n30.1,50.1,") + kCyrillicCp1251 + "\n"),
              FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("x.csv: row 1, field name is not UTF-8"), HasSubstr("Школа"))));
  EXPECT_THAT(import_text("x.csv", "lon,lat,name\n"), FailsSaying(ErrorCode::kBadData, "x.csv holds no features."));
}

TEST(VectorBrokenTest, F66NamesThatCollideAreRenamedAndReported) {
  const auto got = import_text("x.csv", "lon,lat,Name,name\n30.1,50.1,a,b\n");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "1", "Name"), "a");
  EXPECT_EQ(got->text("things", "1", "name_2"), "b");
  EXPECT_THAT(got->summary.warnings(1), HasSubstr("The column name was renamed to name_2"));
}

TEST(VectorBrokenTest, F73ToF76ViewsAndVirtualTablesAreRefused) {
  for (const char* statement : {"CREATE VIRTUAL TABLE secret USING fts4(a)", "CREATE VIEW endless AS SELECT 1 AS fid"}) {
    const ScratchFolder folder;
    GDALAllRegister();
    const std::unique_ptr<GDALDataset> dataset(
        GetGDALDriverManager()->GetDriverByName("GPKG")->Create(folder.file("x.gpkg").c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    dataset->CreateLayer("things", nullptr, wkbPoint, nullptr);
    dataset->ExecuteSQL(statement, nullptr, nullptr);
    dataset->ExecuteSQL("INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('endless', 'attributes', 'endless')",
                        nullptr, nullptr);
    dataset->FlushCache();
    EXPECT_THAT(import_file(layer_job(folder.file("x.gpkg"))), FailsSaying(ErrorCode::kBadData, HasSubstr("virtual tables or views")))
        << statement;
  }
}

TEST(VectorBrokenTest, F70ATruncatedGeoPackageIsNamed) {
  EXPECT_THAT(import_text("x.gpkg", std::string("SQLite format 3\0", 16) + std::string(200, '\0')),
              FailsSaying(ErrorCode::kBadData, HasSubstr("x.gpkg")));
}

}  // namespace
}  // namespace obnova::server
