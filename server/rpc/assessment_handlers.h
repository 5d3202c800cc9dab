#pragma once

#include "obnova/v1/assessment.pb.h"
#include "server/rpc/call.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of AssessmentService but the upload; see its comments for what each does.

Result<v1::MatchAssessmentsResponse> match_assessments(Twin& twin, const Call& call, const v1::MatchAssessmentsRequest& request);
Result<v1::ListReviewsResponse> list_reviews(const Twin& twin, const Call& call, const v1::ListReviewsRequest& request);
Result<v1::ResolveAssessmentResponse> resolve_assessment(Twin& twin, const Call& call, const v1::ResolveAssessmentRequest& request);
Result<v1::GetConditionResponse> get_condition(const Twin& twin, const Call& call, const v1::GetConditionRequest& request);
Result<v1::SummarizeDamageResponse> summarize_damage(const Twin& twin, const Call& call, const v1::SummarizeDamageRequest& request);
Result<v1::ListScalesResponse> list_scales(const Twin& twin, const Call& call, const v1::ListScalesRequest& request);

}  // namespace obnova::server
