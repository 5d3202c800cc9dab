#pragma once

#include <optional>
#include <string>

#include "obnova/v1/assessment.pb.h"
#include "server/rpc/catalog_import.h"

namespace obnova::server {

// One ImportAssessments call: as LayerUpload, whose work is to find the layers
// of statements in the file and to turn their rows into statements.
class AssessmentImport {
 public:
  // All must outlive this and the operation.
  AssessmentImport(Twin& twin, Operations& operations, const ImportSettings& settings)
      : twin_(twin), operations_(operations), settings_(settings) {}

  Result<void> take(const Call& call, v1::ImportAssessmentsRequest message);
  Result<v1::ImportAssessmentsResponse> finish(const Call& call);

 private:
  Result<void> take_spec(const Call& call, v1::AssessmentImportSpec spec);

  // Set at construction.
  Twin& twin_;
  Operations& operations_;
  const ImportSettings& settings_;
  // Set by the first message.
  std::optional<LayerUpload> file_;
};

}  // namespace obnova::server
