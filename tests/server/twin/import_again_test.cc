#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/twin/instant.h"
#include "server/twin/twin.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Instant kSecond = 1'000'000;

// A clinic in a file: its id, and JSON of what it says but for the id.
struct Clinic {
  std::string id;
  std::string properties;
  int place = 0;
};

// Files of clinics are imported again and again into one layer, between edits.
class ImportAgainTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    twin_.reset();
    TwinSettings settings;
    settings.store_folder = folder_.path() / "store";
    settings.ingest.worker = std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-ingest";
    settings.clock = [this] { return now_; };
    auto opened = Twin::open(std::move(settings));
    ASSERT_THAT(opened, Succeeds());
    twin_ = std::move(*opened);
    if (twin_->cities().empty()) {
      ASSERT_THAT(twin_->create_city("town", "EPSG:5514", "Town", 1'000'000'000), Succeeds());
    }
  }

  Result<v1::ImportReport> import(const std::vector<Clinic>& clinics, const std::string& dated = "") {
    std::string text = R"({"type":"FeatureCollection","features":[)";
    for (const Clinic& clinic : clinics) {
      text += fmt::format(
          R"({}{{"type":"Feature","properties":{{"key":"{}"{}{}}},"geometry":{{"type":"Point","coordinates":[{:.2f},50.08]}}}})",
          &clinic == clinics.data() ? "" : ",", clinic.id, clinic.properties.empty() ? "" : ",", clinic.properties,
          14.4 + 0.01 * clinic.place);
    }
    const auto file = folder_.write("clinics.geojson", text + "]}");
    worker::IngestJob job;
    job.set_path(file.string());
    job.set_file_name("clinics.geojson");
    job.set_layer("clinics");
    job.set_theme(static_cast<int>(geo::Theme::kFacilities));
    job.set_id_column("key");
    geo::LayerDescription said;
    said.dated = dated;
    return twin_->import_file("town", job, said, [](double, const std::string&) {}, {});
  }
  // "3 added, 2 changed, 1 removed" and the warnings.
  static std::string told(const Result<v1::ImportReport>& report) {
    if (!report) return report.error().message;
    const v1::LayerReport& layer = report->layers(0);
    std::string text = fmt::format("+{} ~{} -{}", layer.added_count(), layer.changed_count(), layer.removed_count());
    for (const std::string& warning : report->warnings()) text += " " + warning;
    return text;
  }

  Result<ChangesMade> edit(const std::string& feature, const std::string& field, const std::optional<geo::Value>& value) {
    return twin_->apply_changes(
        "town",
        [&](const Snapshot& snapshot) -> Result<std::vector<FactChange>> {
          FactChange change{.layer = "clinics", .feature = feature, .valid = {}, .what = FactChange::Remove{}};
          const geo::Layer& layer = *snapshot.city->layers().find("clinics")->second.layer;
          for (std::size_t i = 0; value && i < layer.fields().size(); ++i) {
            if (layer.fields()[i].name == field) change.what = FactChange::Set{.values = {{i, *value}}, .geometry = std::nullopt};
          }
          return std::vector{change};
        },
        {}, 0);
  }

  std::shared_ptr<const Snapshot> at(std::optional<Instant> valid_at = std::nullopt, Revision revision = 0) const {
    v1::Context context;
    context.set_city("cities/town");
    context.set_revision(revision);
    if (valid_at) *context.mutable_valid_at() = to_timestamp(*valid_at);
    const auto snapshot = twin_->resolve(context);
    EXPECT_THAT(snapshot, Succeeds());
    return snapshot.value_or(nullptr);
  }
  // The features with their places and what is not null, in the order of the layer.
  static std::vector<std::string> clinics(const Snapshot& snapshot) {
    std::vector<std::string> texts;
    const geo::Layer& layer = *snapshot.city->layers().find("clinics")->second.layer;
    for (const FeatureId feature : layer.features()) {
      std::string text(layer.feature_name(feature));
      for (std::size_t i = 0; i < layer.fields().size(); ++i) {
        const geo::Value value = layer.column(i).value_at(feature);
        if (layer.fields()[i].name == "key" || std::holds_alternative<std::monostate>(value)) continue;
        text += fmt::format(" {}={}", layer.fields()[i].name, in_words(value));
      }
      texts.push_back(text);
    }
    return texts;
  }
  static std::string in_words(const geo::Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}d", *number);
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "yes" : "no";
    return "'" + std::get<std::string>(value) + "'";
  }
  std::vector<std::string> now() const { return clinics(*at()); }
  std::vector<std::string> clinics_at(Revision revision) const { return clinics(*at(std::nullopt, revision)); }

  TemporaryFolder folder_;
  Instant now_ = *start_of_day("2026-03-01");
  std::unique_ptr<Twin> twin_;
};

TEST_F(ImportAgainTest, TheSameFileChangesNothing) {
  const std::vector<Clinic> file = {{"a", R"("beds":1)"}, {"b", R"("beds":2)", 1}};
  ASSERT_THAT(import(file), Succeeds());
  const auto before = at();
  EXPECT_EQ(told(import(file)), "+0 ~0 -0");
  EXPECT_EQ(at()->city->digest(), before->city->digest());
  EXPECT_EQ(at()->city->layers().find("clinics")->second.layer, before->city->layers().find("clinics")->second.layer);
}

TEST_F(ImportAgainTest, OnlyWhatTheFileSaysAnewIsChanged) {
  ASSERT_THAT(import({{"a", R"("beds":1)"}, {"b", R"("beds":2)", 1}, {"c", R"("beds":3)", 2}}), Succeeds());
  EXPECT_EQ(told(import({{"a", R"("beds":1)"}, {"b", R"("beds":20)", 1}, {"d", R"("beds":4)", 3}})), "+1 ~1 -1");
  EXPECT_THAT(now(), ElementsAre("a beds=1", "b beds=20", "d beds=4"));
  EXPECT_THAT(clinics(*at({}, 2)), ElementsAre("a beds=1", "b beds=2", "c beds=3")) << "the history was lost";
  open();
  EXPECT_THAT(now(), ElementsAre("a beds=1", "b beds=20", "d beds=4"));
  EXPECT_THAT(clinics(*at({}, 2)), ElementsAre("a beds=1", "b beds=2", "c beds=3"));
}

TEST_F(ImportAgainTest, AFileDatedLaterSaysWhatHasBecomeSoSinceThen) {
  ASSERT_THAT(import({{"a", R"("beds":1)"}, {"b", R"("beds":2)", 1}}, "2026-01-01"), Succeeds());
  ASSERT_THAT(import({{"a", R"("beds":10)"}}, "2026-02-01"), Succeeds());
  EXPECT_THAT(now(), ElementsAre("a beds=10"));
  EXPECT_THAT(clinics(*at(*start_of_day("2026-02-01"))), ElementsAre("a beds=10"));
  EXPECT_THAT(clinics(*at(*start_of_day("2026-02-01") - kSecond)), ElementsAre("a beds=1", "b beds=2"));
  // The same date again is a correction of all times.
  ASSERT_THAT(import({{"a", R"("beds":11)"}}, "2026-02-01"), Succeeds());
  EXPECT_THAT(clinics(*at(*start_of_day("2026-01-15"))), ElementsAre("a beds=11", "b beds=2"));
  EXPECT_EQ(at()->layer_records.find("clinics")->second.description.dated, "2026-02-01");
}

TEST_F(ImportAgainTest, EditsStayUntilTheFileSaysSomethingNewOfTheSameValue) {
  ASSERT_THAT(import({{"a", R"("beds":1,"name":"A")"}, {"b", R"("beds":2,"name":"B")", 1}}), Succeeds());
  ASSERT_THAT(edit("a", "beds", geo::Value(std::int64_t{100})), Succeeds());
  EXPECT_EQ(told(import({{"a", R"("beds":1,"name":"A")"}, {"b", R"("beds":2,"name":"B")", 1}})), "+0 ~0 -0");
  EXPECT_THAT(now(), ElementsAre("a beds=100 name='A'", "b beds=2 name='B'")) << "the edit was lost";
  EXPECT_EQ(told(import({{"a", R"("beds":1,"name":"AA")"}, {"b", R"("beds":2,"name":"B")", 1}})), "+0 ~1 -0");
  EXPECT_THAT(now(), ElementsAre("a beds=100 name='AA'", "b beds=2 name='B'")) << "the edit was lost with another value";
  EXPECT_THAT(told(import({{"a", R"("beds":3,"name":"AA")"}, {"b", R"("beds":2,"name":"B")", 1}})), HasSubstr("has the last word"));
  EXPECT_THAT(now(), ElementsAre("a beds=3 name='AA'", "b beds=2 name='B'"));
}

TEST_F(ImportAgainTest, WhatWasRemovedHereStaysRemoved) {
  ASSERT_THAT(import({{"a", R"("beds":1)"}, {"b", R"("beds":2)", 1}}), Succeeds());
  ASSERT_THAT(edit("b", "", std::nullopt), Succeeds());
  EXPECT_EQ(told(import({{"a", R"("beds":1)"}, {"b", R"("beds":2)", 1}})), "+0 ~0 -0");
  EXPECT_THAT(told(import({{"a", R"("beds":1)"}, {"b", R"("beds":3)", 1}})), HasSubstr("they stay removed"));
  EXPECT_THAT(now(), ElementsAre("a beds=1"));
  // Listed no more, and then again: it is a new clinic.
  EXPECT_EQ(told(import({{"a", R"("beds":1)"}})), "+0 ~0 -0");
  EXPECT_EQ(told(import({{"a", R"("beds":1)"}, {"b", R"("beds":4)", 1}})), "+1 ~0 -0");
  EXPECT_THAT(now(), ElementsAre("a beds=1", "b beds=4"));
}

TEST_F(ImportAgainTest, FieldsComeAndGoAndGrowWider) {
  ASSERT_THAT(import({{"a", R"("beds":1,"open":true)"}, {"b", R"("beds":2,"open":false)", 1}}), Succeeds());
  ASSERT_THAT(edit("b", "beds", geo::Value(std::int64_t{7})), Succeeds());
  EXPECT_EQ(told(import({{"a", R"("beds":1.5,"open":true,"name":"A")"}, {"b", R"("beds":2,"open":false)", 1}})), "+0 ~1 -0");
  EXPECT_THAT(now(), ElementsAre("a beds=1.5d open=yes name='A'", "b beds=7d open=no"));
  EXPECT_EQ(told(import({{"a", R"("beds":"one","open":"no","name":"A")"}, {"b", R"("beds":2,"open":"false")", 1}})), "+0 ~1 -0")
      << "what b says is the same in another type";
  EXPECT_THAT(now(), ElementsAre("a beds='one' open='no' name='A'", "b beds='7.0' open='false'"));
  EXPECT_THAT(told(import({{"a", R"("open":"no")"}, {"b", R"("open":"false")", 1}})), HasSubstr("+0 ~2 -0"));
  const auto last = now();
  EXPECT_THAT(last, ElementsAre("a open='no'", "b open='false'"));
  open();
  EXPECT_EQ(now(), last);
  EXPECT_THAT(clinics(*at({}, 2)), ElementsAre("a beds='1.0' open='true'", "b beds='2' open='false'"));
}

TEST_F(ImportAgainTest, ABrokenFileLeavesHistoryAndEditsAlone) {
  ASSERT_THAT(import({{"a", R"("beds":1)"}}), Succeeds());
  ASSERT_THAT(edit("a", "beds", geo::Value(std::int64_t{5})), Succeeds());
  EXPECT_FALSE(import({{"", R"("beds":1)"}, {"", R"("beds":1)"}}));
  EXPECT_THAT(now(), ElementsAre("a beds=5"));
  EXPECT_EQ(told(import({{"a", R"("beds":1)"}})), "+0 ~0 -0");
  EXPECT_THAT(now(), ElementsAre("a beds=5"));
}

// By clinic and value: what the file last said, and what is so. An edit changes the
// second; a file changes both where it differs from the first.
struct Model {
  using Values = std::map<std::string, int>;
  std::map<std::string, Values> said;
  std::map<std::string, Values> so;

  void import(const std::map<std::string, Values>& file) {
    for (const auto& [id, values] : said) {
      if (!file.contains(id)) so.erase(id);
    }
    for (const auto& [id, values] : file) {
      const auto before = said.find(id);
      if (before == said.end()) so[id] = values;
      if (before == said.end() || !so.contains(id)) continue;
      for (const auto& [name, value] : values) {
        if (before->second.at(name) != value) so[id][name] = value;
      }
    }
    said = file;
  }
};

TEST_F(ImportAgainTest, AgreesWithANaiveModelOnRandomFilesAndEdits) {
  std::mt19937 random(3);
  const auto below = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Model model;
  std::map<Revision, std::map<std::string, Model::Values>> past;
  const auto in_words = [](const std::map<std::string, Model::Values>& clinics) {
    std::vector<std::string> texts;
    for (const auto& [id, values] : clinics) texts.push_back(fmt::format("{} x={} y={}", id, values.at("x"), values.at("y")));
    return texts;
  };
  const auto sorted = [](std::vector<std::string> texts) {
    std::ranges::sort(texts);
    return texts;
  };
  for (int round = 0; round < 60; ++round) {
    if (round == 0 || below(3) == 0) {
      std::map<std::string, Model::Values> file;
      std::vector<Clinic> clinics;
      for (int i = 0; i < 6; ++i) {
        if (below(4) == 0 && !(file.empty() && i == 5)) continue;
        const std::string id(1, static_cast<char>('a' + i));
        file[id] = {{"x", below(2)}, {"y", below(2)}};
        clinics.push_back({id, fmt::format(R"("x":{},"y":{})", file[id]["x"], file[id]["y"])});
      }
      model.import(file);
      ASSERT_THAT(import(clinics), Succeeds());
    } else {
      const std::string id(1, static_cast<char>('a' + below(6)));
      const bool is_there = model.so.contains(id);
      const std::string name = below(2) == 0 ? "x" : "y";
      const bool removes = below(3) == 0;
      const int value = below(3);
      const auto made = edit(id, name, removes ? std::nullopt : std::optional(geo::Value(std::int64_t{value})));
      ASSERT_EQ(made.has_value(), is_there) << id;
      if (is_there && removes) model.so.erase(id);
      if (is_there && !removes) model.so[id][name] = value;
    }
    ASSERT_EQ(sorted(now()), in_words(model.so)) << "round " << round;
    past[at()->record.revision] = model.so;
    if (round % 10 == 9) open();
  }
  for (const auto& [revision, clinics] : past) EXPECT_EQ(sorted(clinics_at(revision)), in_words(clinics)) << revision;
}

}  // namespace
}  // namespace obnova::server
