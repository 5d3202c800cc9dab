#pragma once

#include <memory>

#include "obnova/v1/assessment.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/assessment_handlers.h"
#include "server/rpc/assessment_import.h"

namespace obnova::server {

// AssessmentService on the adapter. All must outlive the server.
class AssessmentService final : public v1::AssessmentService::CallbackService {
 public:
  AssessmentService(Twin& twin, Operations& operations, const ImportSettings& settings, Adapter& adapter)
      : twin_(twin), operations_(operations), settings_(settings), adapter_(adapter) {}

  grpc::ServerReadReactor<v1::ImportAssessmentsRequest>* ImportAssessments(grpc::CallbackServerContext* c,
                                                                           v1::ImportAssessmentsResponse* r) override {
    return adapter_.client_stream<v1::ImportAssessmentsRequest>(c, r, std::make_unique<AssessmentImport>(twin_, operations_, settings_));
  }
  grpc::ServerUnaryReactor* MatchAssessments(grpc::CallbackServerContext* c, const v1::MatchAssessmentsRequest* q,
                                             v1::MatchAssessmentsResponse* r) override {
    return adapter_.waiting_unary(c, q, r, match_assessments, twin_);
  }
  grpc::ServerUnaryReactor* ListReviews(grpc::CallbackServerContext* c, const v1::ListReviewsRequest* q,
                                        v1::ListReviewsResponse* r) override {
    return adapter_.unary(c, q, r, list_reviews, twin_);
  }
  grpc::ServerUnaryReactor* ResolveAssessment(grpc::CallbackServerContext* c, const v1::ResolveAssessmentRequest* q,
                                              v1::ResolveAssessmentResponse* r) override {
    return adapter_.waiting_unary(c, q, r, resolve_assessment, twin_);
  }
  grpc::ServerUnaryReactor* GetCondition(grpc::CallbackServerContext* c, const v1::GetConditionRequest* q,
                                         v1::GetConditionResponse* r) override {
    return adapter_.unary(c, q, r, get_condition, twin_);
  }
  grpc::ServerUnaryReactor* SummarizeDamage(grpc::CallbackServerContext* c, const v1::SummarizeDamageRequest* q,
                                            v1::SummarizeDamageResponse* r) override {
    return adapter_.unary(c, q, r, summarize_damage, twin_);
  }
  grpc::ServerUnaryReactor* ListScales(grpc::CallbackServerContext* c, const v1::ListScalesRequest* q, v1::ListScalesResponse* r) override {
    return adapter_.unary(c, q, r, list_scales, twin_);
  }

 private:
  Twin& twin_;
  Operations& operations_;
  const ImportSettings& settings_;
  Adapter& adapter_;
};

}  // namespace obnova::server
