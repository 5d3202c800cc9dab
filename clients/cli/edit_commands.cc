#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <CLI/CLI.hpp>
#include <map>

#include "clients/cli/change_flags.h"
#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "clients/cli/wkb_json.h"
#include "obnova/v1/feature.grpc.pb.h"

namespace obnova::cli {
namespace {

using google::protobuf::util::TimeUtil;
using v1::FeatureService;

struct EditFlags {
  std::string layer;
  std::string feature;
  std::vector<std::string> values;  // `field=text`
  std::string geometry_file;
  std::string from;
  std::string to;
  std::string author;
  std::string reason;
  std::string request_id;
  bool add = false;
  bool remove = false;
};

// Fills what `put` and `set` have in common.
template <typename Message>
void fill(Message& message, const EditFlags& flags, const std::map<std::string, v1::AttributeType>& types) {
  if (!flags.geometry_file.empty()) *message.mutable_geometry() = read_geometry(flags.geometry_file);
  for (const std::string& given : flags.values) {
    const auto sign = given.find('=');
    if (sign == std::string::npos) throw UsageError{fmt::format("\"{}\" is not FIELD=VALUE.", given)};
    const std::string field = given.substr(0, sign);
    const auto type = types.find(field);
    // The server names the fields there are.
    const v1::AttributeType known = type == types.end() ? v1::ATTRIBUTE_TYPE_STRING : type->second;
    (*message.mutable_attributes())[field] = parse_value(given.substr(sign + 1), known, field);
  }
}

void edit(const Session& session, const EditFlags& flags) {
  if (flags.remove && (flags.add || !flags.values.empty() || !flags.geometry_file.empty())) {
    throw UsageError{"--remove stands alone: what is not there has no values."};
  }
  v1::ApplyChangesRequest request;
  *request.mutable_context() = session.context();
  request.set_author(flags.author);
  request.set_reason(flags.reason);
  request.set_request_id(flags.request_id);
  v1::FeatureChange& change = *request.add_changes();
  change.set_layer(flags.layer);
  change.set_feature(flags.feature);
  if (!flags.from.empty()) *change.mutable_valid_from() = parse_time(flags.from);
  if (!flags.to.empty()) *change.mutable_valid_to() = parse_time(flags.to);
  if (flags.remove) {
    change.mutable_remove();
  } else if (flags.add) {
    fill(*change.mutable_put(), flags, types_of(session, flags.layer));
  } else {
    fill(*change.mutable_set(), flags, types_of(session, flags.layer));
  }
  const auto response = call<FeatureService>(session, &FeatureService::Stub::ApplyChanges, request);
  const char* words = response.were_made_before() ? "Made before, in revision {}." : "Made in revision {}.";
  print({.messages = {&response}, .headlines = {fmt::format(fmt::runtime(words), response.revision())}, .table = {}, .warnings = {}},
        session.output);
}

void history(const Session& session, const std::string& layer, const std::string& feature) {
  v1::GetFeatureHistoryRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(layer);
  request.set_feature(feature);
  const auto response = call<FeatureService>(session, &FeatureService::Stub::GetFeatureHistory, request);
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"known in revisions", "recorded", "true from", "true to", "attributes", "by", "why"}, {}},
                .warnings = {}};
  answer.has_places = true;
  for (const v1::FeatureVersion& version : response.versions()) {
    const auto& given = version.feature().attributes();
    const std::map<std::string, v1::AttributeValue> attributes(given.begin(), given.end());
    std::string spelled;
    nlohmann::json properties = {{"known_from_revision", version.known_from_revision()}};
    for (const auto& [name, value] : attributes) {
      spelled += fmt::format("{}{}={}", spelled.empty() ? "" : ", ", name, spell_value(value));
      properties[name] = value_json(value);
    }
    const std::string until = version.known_to_revision() == 0 ? "" : std::to_string(version.known_to_revision() - 1);
    answer.table.rows.push_back(
        {fmt::format("{} to {}", version.known_from_revision(), until.empty() ? "now" : until), TimeUtil::ToString(version.record_time()),
         version.has_valid_from() ? TimeUtil::ToString(version.valid_from()) : "ever",
         version.has_valid_to() ? TimeUtil::ToString(version.valid_to()) : "for ever", spelled, version.author(), version.reason()});
    answer.add_feature(wkb_to_json(version.feature().geometry().wkb()), std::move(properties));
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

}  // namespace

void add_edit_commands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<EditFlags>();
  CLI::App* change = add_city_query(app, session, "edit", "Change a feature; what was known before stays known");
  change->add_option("LAYER", flags->layer)->required();
  change->add_option("FEATURE", flags->feature, "Its id")->required();
  change->add_option("--set", flags->values, "FIELD=VALUE, several times; nothing behind = is null");
  change->add_option("--geometry", flags->geometry_file, "GeoJSON file with its place");
  change->add_flag("--add", flags->add, "It is all of this, whether it was there or not");
  change->add_flag("--remove", flags->remove, "It is not there");
  change->add_option("--from", flags->from, "When it begins to be so; without it, it was always so");
  change->add_option("--to", flags->to, "When it ceases to be so");
  change->add_option("--author", flags->author, "Who says so");
  change->add_option("--reason", flags->reason, "Why");
  change->add_option("--request-id", flags->request_id, "Sent again, it changes nothing again");
  change->callback([&session, flags] { session.run = [&session, flags] { edit(session, *flags); }; });

  const auto asked = std::make_shared<EditFlags>();
  CLI::App* past = add_city_query(app, session, "history", "All that was ever known of a feature, and who said it");
  past->add_option("LAYER", asked->layer)->required();
  past->add_option("FEATURE", asked->feature, "Its id")->required();
  past->callback([&session, asked] { session.run = [&session, asked] { history(session, asked->layer, asked->feature); }; });
}

}  // namespace obnova::cli
