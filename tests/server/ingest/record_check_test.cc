#include "server/ingest/record_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "geo/base/geometry.h"
#include "geo/base/wkb.h"
#include "tests/server/ingest/imported.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

// A worker that says what the test wants: a layer of one field and one row.
class RecordCheckTest : public testing::Test {
 protected:
  RecordCheckTest() {
    job_.set_file_name("x.geojson");
    job_.set_layer("things");
    job_.set_theme(14);
    sink_.begin_layer = [](const std::string&, geo::Theme, const std::vector<geo::Field>&) -> Result<void> { return {}; };
    sink_.add_feature = [this](const std::string& id, const Geometry&, std::span<const geo::Value>) -> Result<void> {
      ids_.push_back(id);
      return {};
    };
    start_.mutable_layer_start()->set_layer("things");
    start_.mutable_layer_start()->set_theme(14);
    start_.mutable_layer_start()->add_field_names("name");
    start_.mutable_layer_start()->add_field_types(4);
    worker::FeatureRows* rows = rows_.mutable_rows();
    rows->add_ids("1");
    rows->add_wkb(to_wkb(Geometry::point({1, 2}).view()));
    rows->add_columns()->set_nulls(std::string(1, '\0'));
    rows->mutable_columns(0)->add_strings("a");
    worker::LayerTally* tally = end_.mutable_summary()->add_layers();
    tally->set_layer("things");
    tally->set_read_count(1);
    tally->set_kept_count(1);
  }

  Result<void> run() {
    RecordCheck check(job_, sink_);
    for (const worker::IngestRecord* record : {&start_, &rows_, &end_}) {
      const Result<void> taken = check.take(*record);
      if (!taken) return taken;
    }
    if (!check.finished()) return failure(ErrorCode::kBadData, "not finished");
    return check.take(rows_);
  }

  worker::IngestJob job_;
  IngestSink sink_;
  worker::IngestRecord start_, rows_, end_;
  std::vector<std::string> ids_;
};

TEST_F(RecordCheckTest, TakesAGoodRunAndNothingAfterIt) {
  EXPECT_THAT(run(), FailsSaying(ErrorCode::kBadData, HasSubstr("goes on after its summary")));
  EXPECT_THAT(ids_, testing::ElementsAre("1"));
}

TEST_F(RecordCheckTest, BelievesNothingAboutLayers) {
  const std::vector<std::pair<std::string, std::function<void(worker::LayerStart&)>>> lies = {
      {"a layer with a bad id", [](auto& start) { start.set_layer("../things"); }},
      {"has no theme", [](auto& start) { start.set_theme(99); }},
      {"nobody asked for", [](auto& start) { start.set_layer("others"); }},
      {"wrong number of fields", [](auto& start) { start.add_field_names("b"); }},
      {"has no type", [](auto& start) { start.set_field_types(0, 5); }},
      {"without a name of its own", [](auto& start) { start.set_field_names(0, ""); }},
      {"without a name of its own", [](auto& start) { start.add_field_names("name"), start.add_field_types(4); }}};
  const auto good = start_;
  for (const auto& [message, lie] : lies) {
    start_ = good;
    lie(*start_.mutable_layer_start());
    EXPECT_THAT(run(), FailsSaying(ErrorCode::kBadData, HasSubstr(message)));
  }
}

TEST_F(RecordCheckTest, BelievesNothingAboutRows) {
  const Geometry bow_tie{GeometryKind::kPolygon, {{0, 0}, {4, 4}, {4, 0}, {0, 4}, {0, 0}}, {5}, {1}};
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<std::string, std::function<void(worker::FeatureRows&)>>> lies = {
      {"0 rows in one message", [](auto& rows) { rows.clear_ids(); }},
      {"1 ids and 0 geometries", [](auto& rows) { rows.clear_wkb(); }},
      {"0 columns for 1 fields", [](auto& rows) { rows.clear_columns(); }},
      {"name has a wrong length", [](auto& rows) { rows.mutable_columns(0)->add_strings("b"); }},
      {"name has a wrong length", [](auto& rows) { rows.mutable_columns(0)->add_ints(1); }},
      {"name has a wrong length", [](auto& rows) { rows.mutable_columns(0)->clear_nulls(); }},
      {"a feature with a bad id", [](auto& rows) { rows.set_ids(0, ""); }},
      {"a feature with a bad id", [](auto& rows) { rows.set_ids(0, "a\nb"); }},
      {"a text of name is longer", [](auto& rows) { rows.mutable_columns(0)->set_strings(0, std::string((1 << 20) + 1, 'x')); }},
      {"geometry of 1 is not readable", [](auto& rows) { rows.set_wkb(0, "nonsense"); }},
      {"geometry of 1 is not readable",
       [&](auto& rows) {
         rows.set_wkb(0, to_wkb(Geometry::point({infinity, 0}).view()));
       }},
      {"geometry of 1 is too far away",
       [](auto& rows) {
         rows.set_wkb(0, to_wkb(Geometry::point({2e8, 0}).view()));
       }},
      {"area of 1 is not valid", [&](auto& rows) { rows.set_wkb(0, to_wkb(bow_tie.view())); }},
      {"the id 1 comes twice in things", [](auto& rows) {
         rows.add_ids("1");
         rows.add_wkb("");
         rows.mutable_columns(0)->mutable_nulls()->push_back('\1');
         rows.mutable_columns(0)->add_strings("");
       }}};
  const auto good = rows_;
  for (const auto& [message, lie] : lies) {
    rows_ = good;
    lie(*rows_.mutable_rows());
    EXPECT_THAT(run(), FailsSaying(ErrorCode::kBadData, HasSubstr(message)));
  }
}

TEST_F(RecordCheckTest, BelievesNoCounts) {
  const std::vector<std::function<void(worker::IngestSummary&)>> lies = {
      [](auto& summary) { summary.mutable_layers(0)->set_kept_count(2); },
      [](auto& summary) { summary.mutable_layers(0)->set_repaired_count(2); },
      [](auto& summary) { summary.mutable_layers(0)->set_rejected_count(-1); },
      [](auto& summary) { summary.mutable_layers(0)->add_problems(); },
      [](auto& summary) { summary.clear_layers(); },
      [](auto& summary) { summary.set_accuracy_m(std::numeric_limits<double>::quiet_NaN()); }};
  const auto good = end_;
  for (std::size_t i = 0; i < lies.size(); ++i) {
    end_ = good;
    lies[i](*end_.mutable_summary());
    EXPECT_THAT(run(), FailsSaying(ErrorCode::kBadData, HasSubstr("broke its protocol"))) << i;
  }
}

TEST_F(RecordCheckTest, CountsFeaturesItself) {
  job_.set_max_feature_count(1);
  worker::FeatureRows* rows = rows_.mutable_rows();
  rows->add_ids("2");
  rows->add_wkb("");
  rows->mutable_columns(0)->mutable_nulls()->push_back('\1');
  rows->mutable_columns(0)->add_strings("");
  EXPECT_THAT(run(), FailsSaying(ErrorCode::kLimitExceeded, "x.geojson holds more than 1 features."));
}

TEST(RunIngestTest, AWorkerThatDiesIsUnavailable) {
  const ScratchFolder folder;
  const auto job = job_for(folder.write("x.geojson", "{}"), "EPSG:6384");
  EXPECT_THAT(import_file(job, {}, "/bin/false"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(import_file(job, {}, "/nowhere/obnova-ingest"), FailsWith(ErrorCode::kUnavailable));
}

TEST(RunIngestTest, AWorkerThatTalksNonsenseIsRefused) {
  const ScratchFolder folder;
  const auto worker = folder.write("worker", "#!/bin/sh\nhead -c 1 > /dev/null\nprintf '\\003\\000\\000\\000abc'\n");
  std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
  EXPECT_THAT(import_file(job_for(worker, "EPSG:6384"), {}, worker.string()),
              FailsSaying(ErrorCode::kBadData, HasSubstr("broke its protocol")));
}

TEST(RunIngestTest, AWorkerThatTakesTooLongIsEnded) {
  const ScratchFolder folder;
  const auto worker = folder.write("worker", "#!/bin/sh\nsleep 100\n");
  std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
  EXPECT_THAT(import_file(job_for(worker, "EPSG:6384"), {}, worker.string(), 0.2), FailsWith(ErrorCode::kLimitExceeded));
}

}  // namespace
}  // namespace obnova::server
