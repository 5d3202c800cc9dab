#include "server/convert/watch_token.h"

#include <charconv>
#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "geo/base/digest.h"

namespace obnova::server {
namespace {

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    parts.push_back(text.substr(0, dot));
    text.remove_prefix(dot + 1);
  }
  parts.push_back(text);
  return parts;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<WatchPosition> to_position(std::string_view revision, std::string_view valid_at) {
  const auto first = to_number(revision);
  const auto second = to_number(valid_at);
  if (!first || !second || *first < 1) return std::nullopt;
  return WatchPosition{.revision = *first, .valid_at = *second};
}

std::unexpected<Error> no_token(const std::string& why) { return failure(ErrorCode::kInvalidArgument, why, "resume_token"); }

}  // namespace

WatchPosition position_of(const Snapshot& snapshot) { return {.revision = snapshot.record.revision, .valid_at = snapshot.valid_at}; }

std::string watch_digest(const v1::Context& context, const v1::FeatureSelection& selection) {
  return Digester().add(context.SerializeAsString()).add(selection.SerializeAsString()).finish().hex();
}

std::string spell(const WatchToken& token, const std::string& digest) {
  std::string text = fmt::format("{}.{}.{}", token.position.revision, token.position.valid_at, digest);
  if (token.rest) text += fmt::format(".{}.{}.{}", token.row.index, token.rest->revision, token.rest->valid_at);
  return text;
}

Result<WatchToken> read_watch_token(const std::string& text, const std::string& digest) {
  const auto parts = split(text);
  if (parts.size() != 3 && parts.size() != 6) return no_token("The resume token is not one of this server's.");
  const auto position = to_position(parts[0], parts[1]);
  if (!position) return no_token("The resume token is not one of this server's.");
  if (parts[2] != digest) return no_token("The resume token is of another selection or another context.");
  WatchToken token{.position = *position};
  if (parts.size() == 3) return token;
  const auto row = to_number(parts[3]);
  const auto rest = to_position(parts[4], parts[5]);
  if (!row || *row < 0 || *row > std::numeric_limits<std::uint32_t>::max() || !rest) {
    return no_token("The resume token is not one of this server's.");
  }
  token.row = FeatureId{static_cast<std::uint32_t>(*row)};
  token.rest = rest;
  return token;
}

}  // namespace obnova::server
