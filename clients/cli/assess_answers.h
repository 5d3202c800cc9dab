#pragma once

#include "clients/cli/connection.h"
#include "obnova/v1/assessment.pb.h"

namespace obnova::cli {

// Answers of AssessmentService as people read them.
void print_matches(const Session& session, const v1::MatchAssessmentsResponse& response);
void print_reviews(const Session& session, const v1::ListReviewsResponse& response);
void print_decision(const Session& session, const v1::ResolveAssessmentResponse& response);
void print_conditions(const Session& session, const v1::GetConditionResponse& response);
void print_summary(const Session& session, const v1::SummarizeDamageResponse& response);
void print_scales(const Session& session, const v1::ListScalesResponse& response);

}  // namespace obnova::cli
