#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "geo/io/profile_file.h"
#include "server/rpc/assessment_handlers.h"
#include "server/rpc/assessment_import.h"
#include "server/twin/twin.h"
#include "tests/geo/damage/damage_rules.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {

// A city of its own plane with the shipped scales, rules and profiles.
class AssessTest : public testing::Test {
 protected:
  void open(const std::string& crs) {
    TwinSettings settings;
    settings.store_folder = folder_.path() / "store";
    settings.ingest.worker = std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-ingest";
    settings.damage = {.scales = geo::shipped_scales(), .condition = geo::shipped_rule()};
    settings.profiles = *geo::read_profiles(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "profiles");
    twin_ = *Twin::open(settings);
    OBNOVA_CHECK(twin_->create_city("town", crs, "Town", 1'700'000'000));
    import_settings_.upload_folder = folder_.path() / "uploads";
    operations_ = std::make_unique<Operations>();
  }
  static v1::Context context(v1::ConditionCase condition_case = v1::CONDITION_CASE_UNSPECIFIED) {
    v1::Context result;
    result.set_city("cities/town");
    result.set_condition_case(condition_case);
    return result;
  }
  static v1::Context context_at(std::int64_t seconds) {
    v1::Context result = context();
    result.mutable_valid_at()->set_seconds(seconds);
    return result;
  }

  // Imports a layer of facts.
  Result<v1::ImportReport> import(const std::filesystem::path& file, const std::string& layer, geo::Theme theme,
                                  const std::string& id_column = "") {
    worker::IngestJob job;
    job.set_path(file.string());
    job.set_file_name(file.filename().string());
    job.set_layer(layer);
    job.set_theme(static_cast<int>(theme));
    job.set_id_column(id_column);
    return twin_->import_file("town", job, {}, [](double, const std::string&) {}, {});
  }

  static v1::AssessmentImportSpec spec(const std::string& scale, const std::string& layer = "") {
    v1::AssessmentImportSpec spec;
    *spec.mutable_file()->mutable_context() = context();
    spec.mutable_file()->set_layer(layer);
    spec.set_scale(scale);
    return spec;
  }
  // Imports a file of statements in the way of the service.
  Result<v1::ImportReport> assess(const std::filesystem::path& file, v1::AssessmentImportSpec spec) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    spec.mutable_file()->set_file_name(file.filename().string());
    spec.mutable_file()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
    AssessmentImport receiver(*twin_, *operations_, import_settings_);
    v1::ImportAssessmentsRequest message;
    *message.mutable_spec() = std::move(spec);
    auto taken = receiver.take(call_, std::move(message));
    for (std::size_t at = 0; taken && at < bytes.size(); at += 1 << 20) {
      v1::ImportAssessmentsRequest piece;
      piece.set_data(bytes.substr(at, 1 << 20));
      taken = receiver.take(call_, std::move(piece));
    }
    if (!taken) return std::unexpected(taken.error());
    const auto begun = receiver.finish(call_);
    if (!begun) return std::unexpected(begun.error());
    const auto ended = operations_->wait(begun->operation(), std::chrono::minutes(2), {});
    if (!ended) return std::unexpected(ended.error());
    if (!ended->has_error()) return ended->import_report();
    return failure(ErrorCode::kBadData, ended->error().message());
  }
  Result<v1::MatchAssessmentsResponse> match(const std::string& onto = "", const std::string& layer = "") {
    v1::MatchAssessmentsRequest request;
    *request.mutable_context() = context();
    request.set_onto(onto);
    request.set_layer(layer);
    return match_assessments(*twin_, call_, request);
  }
  Result<v1::SummarizeDamageResponse> summary(const v1::Context& asked) {
    v1::SummarizeDamageRequest request;
    *request.mutable_context() = asked;
    return summarize_damage(*twin_, call_, request);
  }
  Result<v1::FeatureCondition> condition(const std::string& layer, const std::string& feature, const v1::Context& asked = context()) {
    v1::GetConditionRequest request;
    *request.mutable_context() = asked;
    request.set_layer(layer);
    request.add_features(feature);
    const auto response = get_condition(*twin_, call_, request);
    if (!response) return std::unexpected(response.error());
    return response->conditions(0);
  }

  const Call call_{std::chrono::steady_clock::time_point::max()};
  TemporaryFolder folder_;
  std::unique_ptr<Twin> twin_;
  ImportSettings import_settings_;
  std::unique_ptr<Operations> operations_;
};

}  // namespace obnova::server
