#include "server/rpc/catalog_restore.h"

#include <utility>

#include <fmt/format.h>

#include "server/rpc/catalog_messages.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxPieceBytes = std::size_t{1} << 20;

}  // namespace

Result<void> CityRestore::take(const Call&, v1::RestoreCityRequest message) {
  switch (message.piece_case()) {
    case v1::RestoreCityRequest::kSpec:
      return take_spec(std::move(*message.mutable_spec()));
    case v1::RestoreCityRequest::kData:
      return take_data(message.data());
    case v1::RestoreCityRequest::PIECE_NOT_SET:
      break;
  }
  return failure(ErrorCode::kInvalidArgument, "A message of a restore carries `spec` or `data`; this one has neither.", "piece");
}

Result<void> CityRestore::take_spec(v1::RestoreSpec spec) {
  if (spec_) return failure(ErrorCode::kInvalidArgument, "A restore has one `spec`, in its first message.", "spec");
  if (!valid_city_id(spec.city_id())) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("\"{}\" is no id of a city: 1 to 63 of a-z0-9-, starting with a letter.", spec.city_id().substr(0, 100)),
                   "spec.city_id");
  }
  const auto named = check_file_name(spec.file_name());
  if (!named) return named;
  // Told before the upload, when it is known by then.
  v1::Context context;
  context.set_city("cities/" + spec.city_id());
  if (twin_.resolve(context)) {
    return failure(ErrorCode::kAlreadyExists, fmt::format("There is a city `{}` already.", spec.city_id()), "spec.city_id");
  }
  auto upload = UploadedFile::make(settings_.upload_folder, spec.file_name());
  if (!upload) return std::unexpected(upload.error());
  upload_ = std::move(*upload);
  spec_ = std::move(spec);
  return {};
}

Result<void> CityRestore::take_data(const std::string& bytes) {
  if (!spec_) return failure(ErrorCode::kInvalidArgument, "The first message of a restore carries `spec`.", "data");
  if (bytes.size() > kMaxPieceBytes) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A piece of {} bytes is too long: at most {}.", bytes.size(), kMaxPieceBytes),
                   "data");
  }
  if (upload_->size_bytes() + static_cast<std::int64_t>(bytes.size()) > settings_.max_file_bytes) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("The file {} is longer than the {} bytes that are taken.", spec_->file_name(), settings_.max_file_bytes),
                   "data");
  }
  return upload_->append(bytes);
}

Result<v1::RestoreCityResponse> CityRestore::finish(const Call& call) {
  if (!spec_) return failure(ErrorCode::kInvalidArgument, "A restore needs a `spec`.", "spec");
  if (upload_->size_bytes() != spec_->size_bytes()) {
    return failure(
        ErrorCode::kInvalidArgument,
        fmt::format("The file {} is said to have {} bytes, {} came.", spec_->file_name(), spec_->size_bytes(), upload_->size_bytes()),
        "spec.size_bytes");
  }
  const auto snapshot = twin_.restore_city(spec_->city_id(), upload_->path(), spec_->file_name(), call.limits());
  if (!snapshot) return std::unexpected(snapshot.error());
  auto city = to_city_message(**snapshot);
  if (!city) return std::unexpected(city.error());
  v1::RestoreCityResponse response;
  *response.mutable_city() = std::move(*city);
  return response;
}

}  // namespace obnova::server
