#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/assess/matching.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/rpc/assessment_handlers.h"
#include "server/rpc/assessment_messages.h"

namespace obnova::server {
namespace {

constexpr int kMostTries = 4;
constexpr double kMaxTolerance_m = 1000;
constexpr int kMaxSubjects = 1000;
constexpr std::size_t kMaxAuthorBytes = 256;
constexpr std::size_t kMaxReasonBytes = 4096;

Result<void> check_length(const std::string& text, std::size_t at_most, const std::string& field) {
  if (text.size() <= at_most) return {};
  return failure(ErrorCode::kInvalidArgument, fmt::format("The text has {} bytes, {} are the most.", text.size(), at_most), field);
}

Result<MatchWish> to_wish(const v1::MatchAssessmentsRequest& request) {
  const auto author = check_length(request.author(), kMaxAuthorBytes, "author");
  if (!author) return std::unexpected(author.error());
  MatchWish wish{.layer = request.layer(), .onto = request.onto(), .again = request.again()};
  if (!request.has_tolerance_m()) return wish;
  const double tolerance_m = request.tolerance_m();
  if (!(tolerance_m > 0 && tolerance_m <= kMaxTolerance_m)) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("A tolerance is above 0 m and at most {} m, got {}.", kMaxTolerance_m, tolerance_m), "tolerance_m");
  }
  wish.rule.tolerance_m = tolerance_m;
  return wish;
}

v1::MatchAssessmentsResponse to_response(const MatchRun& run, Revision revision) {
  v1::MatchAssessmentsResponse response;
  response.set_matched_count(run.matched);
  response.set_review_count(run.review);
  response.set_unmatched_count(run.unmatched);
  response.set_kept_count(run.kept);
  response.set_feature_count(static_cast<std::int64_t>(run.statements_of.size()));
  response.set_features_with_several_count(std::ranges::count_if(run.statements_of, [](const auto& one) { return one.second > 1; }));
  response.set_matched_to_several_count(run.matched_to_several);
  std::vector<std::pair<std::pair<MatchState, std::string>, std::int64_t>> reasons(run.reasons.begin(), run.reasons.end());
  std::ranges::stable_sort(reasons, std::ranges::greater{}, [](const auto& one) { return one.second; });
  for (const auto& [reason, count] : reasons) {
    v1::ReasonCount* message = response.add_reasons();
    message->set_state(std::string(state_word(reason.first)));
    message->set_reason(reason.second);
    message->set_count(count);
  }
  for (const auto& [layer, count] : run.matched_of_layer) {
    v1::LayerMatches* message = response.add_layers();
    message->set_layer(layer);
    message->set_matched_count(count);
  }
  response.set_revision(revision);
  return response;
}

// Where a page begins: the revision it belongs to and the number of reviews before it.
struct PageStart {
  Revision revision = 0;
  std::size_t skip = 0;
};

Result<PageStart> page_start_of(const std::string& token, Revision revision) {
  PageStart start{.revision = revision};
  if (token.empty()) return start;
  const std::size_t dot = token.find('.');
  const char* const end = token.data() + token.size();
  const bool is_whole = dot != std::string::npos &&
                        std::from_chars(token.data(), token.data() + dot, start.revision).ptr == token.data() + dot &&
                        std::from_chars(token.data() + dot + 1, end, start.skip).ptr == end;
  if (!is_whole) return failure(ErrorCode::kInvalidArgument, "The page token is not one of this server's.", "page_token");
  if (start.revision == revision) return start;
  return failure(ErrorCode::kFailedPrecondition,
                 fmt::format("The page token is of revision {}, the city is at revision {}: list again from the first page.",
                             start.revision, revision),
                 "page_token");
}

// The statement that a request names.
struct Named {
  const geo::Layer* layer = nullptr;
  FeatureId statement;
};

Result<Named> find_statement(const Snapshot& snapshot, const v1::ResolveAssessmentRequest& request) {
  if (request.layer().empty()) return failure(ErrorCode::kInvalidArgument, "The layer of the statement is missing.", "layer");
  const auto layers = statement_layers(*snapshot.city, request.layer());
  if (!layers) return std::unexpected(layers.error());
  const auto statement = layers->front()->find_feature(request.feature());
  if (statement) return Named{layers->front(), *statement};
  return failure(ErrorCode::kNotFound, fmt::format("The layer `{}` has no statement `{}`.", request.layer(), request.feature()), "feature");
}

Result<MatchValues> accepted(const Statements& statements, FeatureId statement) {
  MatchValues values;
  values.state = MatchState::kAccepted;
  values.subject_layer = statements.text(statement, StatementField::kSubjectLayer);
  values.subjects = statements.subjects(statement);
  values.method = statements.text(statement, StatementField::kMatchMethod);
  values.score = statements.number(statement, StatementField::kMatchScore);
  if (!values.subjects.empty()) return values;
  const auto candidates = statements.candidates(statement);
  if (candidates.empty()) {
    return failure(ErrorCode::kFailedPrecondition, "Nothing was found that could be accepted: reassign the statement, or reject it.",
                   "accept");
  }
  values.subjects = {candidates.front().feature};
  return values;
}

Result<MatchValues> reassigned(const Snapshot& snapshot, const v1::ReassignMatch& match) {
  if (match.features().empty() || match.features_size() > kMaxSubjects) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A statement is about 1 to {} features.", kMaxSubjects), "reassign.features");
  }
  const auto layer = snapshot.city->layer(match.layer());
  if (!layer) return failure(layer.error().code, layer.error().message, "reassign.layer");
  MatchValues values{.subject_layer = match.layer(), .state = MatchState::kReassigned};
  for (int i = 0; i < match.features_size(); ++i) {
    if (!(*layer)->layer->find_feature(match.features(i))) {
      return failure(ErrorCode::kNotFound, fmt::format("The layer `{}` has no feature `{}`.", match.layer(), match.features(i)),
                     fmt::format("reassign.features[{}]", i));
    }
    if (std::ranges::find(values.subjects, match.features(i)) == values.subjects.end()) values.subjects.push_back(match.features(i));
  }
  return values;
}

Result<MatchValues> decided(const Snapshot& snapshot, const Named& named, const v1::ResolveAssessmentRequest& request) {
  switch (request.decision_case()) {
    case v1::ResolveAssessmentRequest::kAccept:
      return accepted(Statements(*named.layer), named.statement);
    case v1::ResolveAssessmentRequest::kReassign:
      return reassigned(snapshot, request.reassign());
    case v1::ResolveAssessmentRequest::kReject:
      return MatchValues{.state = MatchState::kRejected};
    case v1::ResolveAssessmentRequest::DECISION_NOT_SET:
      break;
  }
  return failure(ErrorCode::kInvalidArgument, "A decision is required: accept, reassign or reject.", "decision");
}

}  // namespace

Result<v1::MatchAssessmentsResponse> match_assessments(Twin& twin, const Call& call, const v1::MatchAssessmentsRequest& request) {
  const auto wish = to_wish(request);
  if (!wish) return std::unexpected(wish.error());
  // Nobody waits while statements are matched; where somebody changed the city meanwhile, it begins anew.
  for (int attempt = 1;; ++attempt) {
    const auto facts = twin.newest(request.context());
    if (!facts) return std::unexpected(facts.error());
    auto run = match_statements(*(*facts)->city, *wish, twin.damage(), call.limits());
    if (!run) return std::unexpected(run.error());
    const Revision revision = (*facts)->record.revision;
    if (run->changes.empty()) return to_response(*run, revision);
    const auto made =
        twin.apply_changes((*facts)->record.id, [&](const Snapshot&) -> Result<std::vector<FactChange>> { return std::move(run->changes); },
                           {.author = request.author(), .reason = "match assessments"}, revision);
    if (made) return to_response(*run, made->revision);
    const bool was_changed = made.error().code == ErrorCode::kFailedPrecondition && made.error().field == "context.revision";
    if (!was_changed || attempt == kMostTries || request.context().revision() != 0) return std::unexpected(made.error());
  }
}

Result<v1::ListReviewsResponse> list_reviews(const Twin& twin, const Call&, const v1::ListReviewsRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto layers = statement_layers(*(*snapshot)->city, request.layer());
  if (!layers) return std::unexpected(layers.error());
  const auto size = count_or(request.page_size(), 50, 1000, "page_size");
  if (!size) return std::unexpected(size.error());
  const auto start = page_start_of(request.page_token(), (*snapshot)->record.revision);
  if (!start) return std::unexpected(start.error());
  v1::ListReviewsResponse response;
  Degrees degrees(*(*snapshot)->projection);
  Sources sources(**snapshot);
  std::size_t count = 0;
  for (const geo::Layer* layer : *layers) {
    sources.use(layer->id());
    const Statements statements(*layer);
    for (const FeatureId statement : layer->features()) {
      if (statements.state(statement) != MatchState::kReview) continue;
      const std::size_t place = count++;
      if (place < start->skip || place >= start->skip + *size) continue;
      *response.add_reviews() = to_proto(statements, statement, twin.damage(), degrees);
    }
  }
  response.set_total_count(static_cast<std::int64_t>(count));
  if (start->skip + *size < count) response.set_next_page_token(fmt::format("{}.{}", start->revision, start->skip + *size));
  *response.mutable_provenance() = sources.provenance();
  return degrees.checked(std::move(response));
}

Result<v1::ResolveAssessmentResponse> resolve_assessment(Twin& twin, const Call&, const v1::ResolveAssessmentRequest& request) {
  auto checked = check_length(request.author(), kMaxAuthorBytes, "author");
  if (checked) checked = check_length(request.reason(), kMaxReasonBytes, "reason");
  if (checked) checked = check_length(request.request_id(), 128, "request_id");
  if (!checked) return std::unexpected(checked.error());
  v1::Context context = request.context();
  context.set_revision(0);  // A request sent again names a revision that is not the newest any more.
  const auto before = twin.newest(context);
  if (!before) return std::unexpected(before.error());
  const auto changes_for = [&](const Snapshot& newest) -> Result<std::vector<FactChange>> {
    const auto named = find_statement(newest, request);
    if (!named) return std::unexpected(named.error());
    const auto values = decided(newest, *named, request);
    if (!values) return std::unexpected(values.error());
    auto change = match_change(*named->layer, named->statement, *values);
    if (!change) return std::unexpected(change.error());
    return std::vector<FactChange>{std::move(*change)};
  };
  const auto made = twin.apply_changes((*before)->record.id, changes_for,
                                       {.author = request.author(), .reason = request.reason(), .request_id = request.request_id()},
                                       request.context().revision());
  if (!made) return std::unexpected(made.error());
  const auto named = find_statement(*made->snapshot, request);
  if (!named) return std::unexpected(named.error());
  Degrees degrees(*made->snapshot->projection);
  v1::ResolveAssessmentResponse response;
  *response.mutable_statement() = to_proto(Statements(*named->layer), named->statement, twin.damage(), degrees);
  response.set_revision(made->revision);
  return degrees.checked(std::move(response));
}

}  // namespace obnova::server
