#include <fmt/format.h>

#include "server/convert/feature_batch.h"
#include "server/convert/feature_change.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/rpc/feature_handlers.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

constexpr int kMaxChanges = 10'000;
constexpr std::size_t kMaxRequestIdBytes = 128;
constexpr std::size_t kMaxAuthorBytes = 256;
constexpr std::size_t kMaxReasonBytes = 4096;

Result<void> check_length(const std::string& text, std::size_t at_most, const std::string& field) {
  if (text.size() <= at_most) return {};
  return failure(ErrorCode::kInvalidArgument, fmt::format("The text has {} bytes, {} are the most.", text.size(), at_most), field);
}

Result<void> check(const v1::ApplyChangesRequest& request) {
  if (request.changes().empty() || request.changes_size() > kMaxChanges) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A request has 1 to {} changes, got {}.", kMaxChanges, request.changes_size()),
                   "changes");
  }
  auto checked = check_length(request.request_id(), kMaxRequestIdBytes, "request_id");
  if (checked) checked = check_length(request.author(), kMaxAuthorBytes, "author");
  if (checked) checked = check_length(request.reason(), kMaxReasonBytes, "reason");
  return checked;
}

}  // namespace

Result<v1::GetFeatureHistoryResponse> get_feature_history(const Twin& twin, const Call&, const v1::GetFeatureHistoryRequest& request) {
  const auto snapshot = twin.newest(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto indexed = find_layer(**snapshot, request.layer(), "layer");
  if (!indexed) return std::unexpected(indexed.error());
  const auto versions = twin.history_of((*snapshot)->record.id, request.layer(), request.feature());
  if (!versions) return std::unexpected(versions.error());
  Degrees degrees(*(*snapshot)->projection);
  v1::GetFeatureHistoryResponse answer;
  for (const auto& [version, content, change] : *versions) {
    v1::FeatureVersion* message = answer.add_versions();
    *message->mutable_feature() =
        to_proto(**snapshot, *(*indexed)->layer, request.feature(), content.geometry.view(), content.values, degrees);
    if (version.valid.from != kEver) *message->mutable_valid_from() = to_timestamp(version.valid.from);
    if (version.valid.to != kForever) *message->mutable_valid_to() = to_timestamp(version.valid.to);
    message->set_known_from_revision(version.known_from);
    if (version.known_to != kStillKnown) message->set_known_to_revision(version.known_to);
    *message->mutable_record_time() = to_timestamp(change.time);
    message->set_author(change.author);
    message->set_reason(change.reason);
  }
  Sources sources(**snapshot);
  sources.use(request.layer());
  *answer.mutable_provenance() = sources.provenance();
  return degrees.checked(std::move(answer));
}

Result<v1::ApplyChangesResponse> apply_changes(Twin& twin, const Call&, const v1::ApplyChangesRequest& request) {
  const auto checked = check(request);
  if (!checked) return std::unexpected(checked.error());
  // A request sent again names a revision that is not the newest any more.
  v1::Context context = request.context();
  context.set_revision(0);
  const auto snapshot = twin.newest(context);
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto made = twin.apply_changes(
      (*snapshot)->record.id, [&](const Snapshot& newest) { return to_changes(request, newest); },
      {.author = request.author(), .reason = request.reason(), .request_id = request.request_id()}, request.context().revision());
  if (!made) return std::unexpected(made.error());
  v1::ApplyChangesResponse answer;
  answer.set_revision(made->revision);
  answer.set_were_made_before(made->were_made_before);
  return answer;
}

}  // namespace obnova::server
