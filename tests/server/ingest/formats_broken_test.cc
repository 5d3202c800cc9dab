#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "tests/server/ingest/samples.h"
#include "tests/support/result_matchers.h"

// Files made to harm: they name files of the machine, never end, or unpack without end.
namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Result<Imported> import_text(const std::string& name, const std::string& content, const std::string& crs = "") {
  const ScratchFolder folder;
  return import_file(sample_job({name, content, crs}, folder.write(name, content)));
}

constexpr const char* kSecretEntity = R"(<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>)";
constexpr const char* kLaughs =
    R"(<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
  <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]>)";

std::string kml_with(const std::string& doctype, const std::string& name) {
  return "<?xml version=\"1.0\"?>" + doctype + "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Placemark><name>" + name +
         "</name><Point><coordinates>30.1,50.1</coordinates></Point></Placemark></Document></kml>";
}

std::string gml_with(const std::string& doctype, const std::string& name) {
  return "<?xml version=\"1.0\"?>" + doctype + "<c xmlns:gml=\"http://www.opengis.net/gml\"><gml:featureMember><place><name>" + name +
         "</name><gml:Point srsName=\"EPSG:4326\"><gml:coordinates>30.1,50.1</gml:coordinates></gml:Point></place></gml:featureMember></c>";
}

std::string gpx_with(const std::string& doctype, const std::string& name) {
  return "<?xml version=\"1.0\"?>" + doctype +
         "<gpx version=\"1.1\" creator=\"c\" xmlns=\"http://www.topografix.com/GPX/1/1\"><wpt lat=\"50.1\" lon=\"30.1\"><name>" + name +
         "</name></wpt></gpx>";
}

TEST(FormatsBrokenTest, F46F47F48EntitiesAreRefusedInEveryKindOfXml) {
  for (const char* doctype : {kSecretEntity, kLaughs, "<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/x.dtd\">"}) {
    const std::string entity = std::string_view(doctype) == kLaughs ? "&e;" : "&secret;";
    for (const auto& [name, content] : {std::pair<std::string, std::string>{"x.kml", kml_with(doctype, entity)},
                                        {"x.gml", gml_with(doctype, entity)},
                                        {"x.gpx", gpx_with(doctype, entity)},
                                        {"x.kmz", zip_of({{"doc.kml", kml_with(doctype, entity)}})}}) {
      EXPECT_THAT(import_text(name, content),
                  FailsSaying(ErrorCode::kBadData,
                              AllOf(HasSubstr(name + " is damaged at line"), HasSubstr("(DOCTYPE) is declared, which is not read"))))
          << doctype;
    }
  }
  EXPECT_THAT(import_text("x.gml", gml_with("", "a")), Succeeds()) << "Without the entities it is a good file.";
  EXPECT_THAT(import_text("x.gpx", gpx_with("", "a")), Succeeds());
}

TEST(FormatsBrokenTest, F46EntitiesInSpreadsheetsAreRefused) {
  for (const char* inner : {"xl/workbook.xml", "content.xml", "[Content_Types].xml", "_rels/.rels"}) {
    for (const char* name : {"x.xlsx", "x.ods"}) {
      EXPECT_THAT(
          import_text(name, zip_of({{inner, std::string("<?xml version=\"1.0\"?>") + kLaughs + "<a>&e;</a>"}})),
          FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr(std::string(name) + " (" + inner + ") is damaged"), HasSubstr("DOCTYPE"))));
    }
  }
}

TEST(FormatsBrokenTest, F49OtherEncodingsOfXmlAreRefusedOrRead) {
  EXPECT_THAT(import_text("x.kml", "<?xml version=\"1.0\" encoding=\"UTF-7\"?><kml/>"),
              FailsSaying(ErrorCode::kBadData, "x.kml is in an encoding that is not read; save it as UTF-8."));
  std::string wide;
  for (const char c : kml_with(kSecretEntity, "&secret;")) wide += {c, '\0'};
  EXPECT_THAT(import_text("x.kml", wide), FailsWith(ErrorCode::kBadData));
  EXPECT_THAT(import_text("x.kml", "\xff\xfe" + wide), FailsWith(ErrorCode::kBadData));
}

TEST(FormatsBrokenTest, DepthWithoutEndIsRefused) {
  const auto nested = [](const std::string& begin, const std::string& open, const std::string& close) {
    std::string text = begin;
    for (int i = 0; i < 100'000; ++i) text += open;
    for (int i = 0; i < 100'000; ++i) text += close;
    return text;
  };
  EXPECT_THAT(import_text("x.kml", nested("<kml>", "<Folder>", "</Folder>") + "</kml>"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("elements stand in each other more than 256 deep")));
  EXPECT_THAT(
      import_text("x.gml", nested("<a xmlns:gml='http://www.opengis.net/gml'>", "<gml:MultiGeometry>", "</gml:MultiGeometry>") + "</a>"),
      FailsSaying(ErrorCode::kBadData, HasSubstr("more than 256 deep")));
  EXPECT_THAT(import_text("x.city.json", nested("{\"type\":\"CityJSON\",\"a\":", "[", "]") + "}"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("more than 64 deep")));
  EXPECT_THAT(import_text("x.csv", "wkt,n\n" + nested("", "GEOMETRYCOLLECTION(", ")") + ",1\n"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("x.csv")));
}

TEST(FormatsBrokenTest, F21BombsAreRefusedBeforeTheyUnpack) {
  for (const char* name : {"x.kmz", "x.xlsx", "x.ods"}) {
    EXPECT_THAT(import_text(name, zip_of({{"doc.kml", "a"}}, 4'000'000)),
                FailsSaying(ErrorCode::kLimitExceeded, HasSubstr("100 times its size")))
        << name;
    EXPECT_THAT(import_text(name, zip_of({{"../doc.kml", "a"}})), FailsSaying(ErrorCode::kBadData, HasSubstr("leaves the archive")))
        << name;
    EXPECT_THAT(import_text(name, zip_of({{"doc.kml", "a"}}, 0, 1)), FailsSaying(ErrorCode::kBadData, HasSubstr("is encrypted"))) << name;
  }
}

TEST(FormatsBrokenTest, ASheetThatRepeatsItsRowsWithoutEndIsBounded) {
  const std::string content =
      "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" "
      "xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" "
      "xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body>"
      "<office:spreadsheet><table:table "
      "table:name=\"a\"><table:table-row><table:table-cell><text:p>lon</text:p></table:table-cell></table:table-row>"
      "<table:table-row table:number-rows-repeated=\"2000000000\"><table:table-cell "
      "table:number-columns-repeated=\"2000000000\"><text:p>1</text:p>"
      "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
  const auto got = import_text("x.ods", zip_of({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, {"content.xml", content}}));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().code, ErrorCode::kUnavailable) << got.error().message;
  EXPECT_THAT(got.error().message, HasSubstr("x.ods"));
}

TEST(FormatsBrokenTest, F43LinksOfDocumentsAreNotFollowed) {
  const auto got = import_text(
      "x.kml",
      "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><NetworkLink><Link><href>file:///etc/passwd</href></Link></NetworkLink>"
      "<Placemark><name>a</name><Point><coordinates>30.1,50.1</coordinates></Point></Placemark></Document></kml>");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->count("things"), 1u);
}

TEST(FormatsBrokenTest, WrongContentIsNamedInEveryFormat) {
  for (const Sample& sample : samples()) {
    EXPECT_THAT(import_text(sample.name, "\x89PNG\r\n\x1a\n"),
                FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr(sample.name + " is named like"), HasSubstr("looks like a PNG picture"))));
    EXPECT_THAT(import_text(sample.name, ""), FailsSaying(ErrorCode::kBadData, sample.name + " is empty."));
  }
  const std::string strange = zip_of({{"hello.txt", "hello"}});
  for (const char* name : {"x.xlsx", "x.ods", "x.kmz", "x.zip"}) {
    EXPECT_THAT(import_text(name, strange), FailsSaying(ErrorCode::kBadData, HasSubstr(name))) << name;
  }
}

TEST(FormatsBrokenTest, IdsThatComeTwiceAreNamed) {
  EXPECT_THAT(import_text("x.inp", "[JUNCTIONS]\nA 1\n[TANKS]\nA 1\n[COORDINATES]\nA 300000 5551000\n[END]\n", "EPSG:6384"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("x.inp: node/A: the id node/A was used by row 1 already")));
}

TEST(FormatsBrokenTest, TextsOfModelsThatAreNotUtf8ShowWhatTheyMayBe) {
  const std::string model = "[JUNCTIONS]\nA 1 ;\xd8\xea\xee\xeb\xe0\n[OPTIONS]\nUNITS LPS\n[COORDINATES]\nA 300000 5551000\n[END]\n";
  EXPECT_THAT(import_text("x.inp", model, "EPSG:6384"),
              FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("field description is not UTF-8"), HasSubstr("Школа"))));
  const ScratchFolder folder;
  auto job = sample_job({"x.inp", model, "EPSG:6384"}, folder.write("x.inp", model));
  job.set_encoding("CP1251");
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "node/A", "description"), "Школа");
}

}  // namespace
}  // namespace obnova::server
