#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "server/rpc/call.h"
#include "server/rpc/catalog_handlers.h"
#include "server/rpc/catalog_import.h"
#include "server/rpc/operations.h"
#include "server/twin/twin.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {

inline constexpr const char* kSchools = R"({"type":"FeatureCollection","features":[
{"type":"Feature","id":1,"properties":{"name":"Škola","capacity":300},"geometry":{"type":"Point","coordinates":[14.42,50.08]}},
{"type":"Feature","id":2,"properties":{"name":null,"capacity":100},"geometry":{"type":"Point","coordinates":[14.43,50.09]}},
{"type":"Feature","id":3,"properties":{"name":"Škola","capacity":200},"geometry":{"type":"Point","coordinates":[14.44,50.1]}}]})";

// An empty Prague, and imports by the same way as the clients of the server.
class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    TwinSettings settings;
    settings.store_folder = folder_.path() / "store";
    settings.ingest.worker = std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-ingest";
    twin_ = *Twin::open(settings);
    OBNOVA_CHECK(twin_->create_city("praha", "EPSG:5514", "Praha", 1'700'000'000));
    import_settings_.upload_folder = folder_.path() / "uploads";
    operations_ = std::make_unique<Operations>();
  }

  static v1::Context context() {
    v1::Context result;
    result.set_city("cities/praha");
    return result;
  }
  static v1::ImportLayerRequest spec_message(const std::string& file_name) {
    v1::ImportLayerRequest message;
    *message.mutable_spec()->mutable_context() = context();
    message.mutable_spec()->set_file_name(file_name);
    message.mutable_spec()->set_theme(v1::THEME_FACILITIES);
    return message;
  }
  static v1::ImportLayerRequest data_message(const std::string& bytes) {
    v1::ImportLayerRequest message;
    message.set_data(bytes);
    return message;
  }
  LayerUpload new_import() { return LayerUpload(*twin_, *operations_, import_settings_); }

  // Sends everything, its size stated unless the spec does; the operation when it has ended.
  Result<v1::Operation> import(std::vector<v1::ImportLayerRequest> messages) {
    std::size_t size_bytes = 0;
    for (const auto& message : messages) size_bytes += message.data().size();
    LayerUpload receiver = new_import();
    for (auto& message : messages) {
      if (message.has_spec() && message.spec().size_bytes() == 0) {
        message.mutable_spec()->set_size_bytes(static_cast<std::int64_t>(size_bytes));
      }
      const auto taken = receiver.take(call_, message);
      if (!taken) return std::unexpected(taken.error());
    }
    const auto response = receiver.finish(call_);
    if (!response) return std::unexpected(response.error());
    return operations_->wait(response->operation(), std::chrono::minutes(1), {});
  }
  void import_schools() {
    const auto operation = import({spec_message("schools.geojson"), data_message(kSchools)});
    ASSERT_THAT(operation, Succeeds());
    ASSERT_TRUE(operation->has_import_report()) << operation->ShortDebugString();
  }

  const Call call_{std::chrono::steady_clock::time_point::max()};
  TemporaryFolder folder_;
  std::unique_ptr<Twin> twin_;
  ImportSettings import_settings_;
  std::unique_ptr<Operations> operations_;
};

}  // namespace obnova::server
