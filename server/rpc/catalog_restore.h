#pragma once

#include <memory>
#include <optional>
#include <string>

#include "obnova/v1/catalog.pb.h"
#include "server/rpc/call.h"
#include "server/rpc/catalog_import.h"
#include "server/rpc/catalog_upload.h"
#include "server/twin/twin.h"

namespace obnova::server {

// One call of RestoreCity: takes its messages in order, then makes the city. One
// that is destroyed before leaves nothing behind.
class CityRestore {
 public:
  CityRestore(Twin& twin, const ImportSettings& settings) : twin_(twin), settings_(settings) {}

  Result<void> take(const Call& call, v1::RestoreCityRequest message);
  Result<v1::RestoreCityResponse> finish(const Call& call);

 private:
  Result<void> take_spec(v1::RestoreSpec spec);
  Result<void> take_data(const std::string& bytes);

  Twin& twin_;
  const ImportSettings& settings_;
  std::optional<v1::RestoreSpec> spec_;
  std::shared_ptr<UploadedFile> upload_;
};

}  // namespace obnova::server
