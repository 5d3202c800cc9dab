#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "clients/cli/assess_answers.h"
#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/assessment.grpc.pb.h"

namespace obnova::cli {
namespace {

using v1::AssessmentService;

struct ImportFlags {
  std::string file, scale, layer, code_column, date_column, date_order, dated, id_column, confidence_column, method, source;
  std::string area_file, area_layer, crs, encoding, licence, attribution, title;
  std::vector<std::string> source_layers;
  bool every_layer = false;
  bool exhaustive = false;
};

v1::AssessmentImportSpec spec_of(const Session& session, const ImportFlags& flags) {
  v1::AssessmentImportSpec spec;
  v1::ImportSpec& file = *spec.mutable_file();
  *file.mutable_context() = session.context();
  file.set_file_name(std::filesystem::path(flags.file).filename().string());
  file.set_size_bytes(static_cast<std::int64_t>(std::filesystem::file_size(flags.file)));
  file.set_layer(flags.layer);
  file.set_crs(flags.crs);
  file.set_encoding(flags.encoding);
  file.set_licence(flags.licence);
  file.set_attribution(flags.attribution);
  file.set_dated(flags.dated);
  file.set_title(flags.title);
  file.set_id_column(flags.id_column);
  if (!flags.area_file.empty()) *file.mutable_covered_area() = read_geometry(flags.area_file);
  spec.set_scale(flags.scale);
  spec.set_code_column(flags.code_column);
  spec.set_date_column(flags.date_column);
  if (flags.date_order == "mdy") spec.set_date_order(v1::DATE_ORDER_MONTH_FIRST);
  if (flags.date_order == "dmy") spec.set_date_order(v1::DATE_ORDER_DAY_FIRST);
  spec.set_method(flags.method);
  spec.set_source(flags.source);
  spec.set_confidence_column(flags.confidence_column);
  spec.set_area_layer(flags.area_layer);
  spec.set_exhaustive(flags.exhaustive);
  spec.set_every_layer(flags.every_layer);
  for (const std::string& layer : flags.source_layers) spec.add_source_layers(layer);
  return spec;
}

// Sends the file; the name of the operation.
std::string upload(const Session& session, const ImportFlags& flags) {
  std::ifstream stream(flags.file, std::ios::binary);
  if (!stream || !std::filesystem::is_regular_file(flags.file)) throw UsageError{fmt::format("Cannot read {}.", flags.file)};
  const auto stub = AssessmentService::NewStub(session.channel());
  grpc::ClientContext context;
  session.prepare(context);
  v1::ImportAssessmentsResponse response;
  const auto writer = stub->ImportAssessments(&context, &response);
  v1::ImportAssessmentsRequest piece;
  *piece.mutable_spec() = spec_of(session, flags);
  bool open = writer->Write(piece);
  std::string buffer(512 * 1024, '\0');
  while (open && stream) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (stream.gcount() == 0) break;
    piece.set_data(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    open = writer->Write(piece);
  }
  writer->WritesDone();
  check(writer->Finish(), session);
  return response.operation();
}

void import_statements(const Session& session, const ImportFlags& flags) {
  const v1::Operation operation = follow(session, upload(session, flags));
  if (operation.has_error()) throw CallError{3, operation.error().message()};
  print_report(session, operation.import_report());
}

struct MatchFlags {
  std::string layer, onto, author;
  double tolerance_m = 0;
  bool again = false;
};

void match(const Session& session, const MatchFlags& flags) {
  v1::MatchAssessmentsRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(flags.layer);
  request.set_onto(flags.onto);
  request.set_again(flags.again);
  request.set_author(flags.author);
  if (flags.tolerance_m > 0) request.set_tolerance_m(flags.tolerance_m);
  print_matches(session, call<AssessmentService>(session, &AssessmentService::Stub::MatchAssessments, request));
}

void review(const Session& session, const std::string& layer, int limit) {
  v1::ListReviewsRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(layer);
  request.set_page_size(std::min(limit, 1000));
  auto all = call<AssessmentService>(session, &AssessmentService::Stub::ListReviews, request);
  while (!all.next_page_token().empty() && all.reviews_size() < limit) {
    request.set_page_token(all.next_page_token());
    request.set_page_size(std::min(limit - all.reviews_size(), 1000));
    auto page = call<AssessmentService>(session, &AssessmentService::Stub::ListReviews, request);
    all.mutable_reviews()->MergeFrom(page.reviews());
    all.set_next_page_token(page.next_page_token());
  }
  print_reviews(session, all);
}

struct DecisionFlags {
  std::string statement, to, author, reason, request_id;
  bool accept = false;
  bool reject = false;
};

// `layer/feature`, where the feature may hold more slashes.
std::pair<std::string, std::string> split_name(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
    throw UsageError{fmt::format("\"{}\" is not LAYER/ID.", name)};
  }
  return {name.substr(0, slash), name.substr(slash + 1)};
}

void set_features(v1::ReassignMatch& match, const std::string& to) {
  for (std::size_t at = 0; at <= to.size();) {
    const std::size_t comma = std::min(to.find(',', at), to.size());
    const auto [layer, feature] = split_name(to.substr(at, comma - at));
    if (!match.layer().empty() && match.layer() != layer) throw UsageError{"A statement is about features of one layer."};
    match.set_layer(layer);
    match.add_features(feature);
    at = comma + 1;
  }
}

void resolve(const Session& session, const DecisionFlags& flags) {
  if ((flags.accept ? 1 : 0) + (flags.reject ? 1 : 0) + (flags.to.empty() ? 0 : 1) != 1) {
    throw UsageError{"Decide one thing: --accept, --reject or --to LAYER/ID[,LAYER/ID…]."};
  }
  v1::ResolveAssessmentRequest request;
  *request.mutable_context() = session.context();
  const auto [layer, feature] = split_name(flags.statement);
  request.set_layer(layer);
  request.set_feature(feature);
  request.set_author(flags.author);
  request.set_reason(flags.reason);
  request.set_request_id(flags.request_id);
  if (flags.accept) request.mutable_accept();
  if (flags.reject) request.mutable_reject();
  if (!flags.to.empty()) set_features(*request.mutable_reassign(), flags.to);
  print_decision(session, call<AssessmentService>(session, &AssessmentService::Stub::ResolveAssessment, request));
}

void condition(const Session& session, const std::string& layer, const std::vector<std::string>& features) {
  v1::GetConditionRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(layer);
  for (const std::string& feature : features) request.add_features(feature);
  print_conditions(session, call<AssessmentService>(session, &AssessmentService::Stub::GetCondition, request));
}

struct SummaryFlags {
  std::string by, since;
  std::vector<std::string> layers;
};

void summary(const Session& session, const SummaryFlags& flags) {
  v1::SummarizeDamageRequest request;
  *request.mutable_context() = session.context();
  request.set_areas_layer(flags.by);
  for (const std::string& layer : flags.layers) request.add_layers(layer);
  if (!flags.since.empty()) *request.mutable_since() = parse_time(flags.since);
  print_summary(session, call<AssessmentService>(session, &AssessmentService::Stub::SummarizeDamage, request));
}

void add_import(CLI::App& assess, Session& session) {
  const auto flags = std::make_shared<ImportFlags>();
  CLI::App* command = add_city_query(assess, session, "import", "Import statements about damage");
  command->add_option("FILE", flags->file, "Shapefiles come as one .zip")->required();
  command->add_option("--scale", flags->scale, "unosat, copernicus_ems, ems98, …: see `obnova assess scales`")->required();
  command->add_option("--layer", flags->layer, "Id of the layer; derived from the file when left out");
  command->add_option("--code-column", flags->code_column, "Column of codes; NAME_N for NAME, NAME_2, …; a usual one when left out");
  command->add_option("--date-column", flags->date_column, "Column of dates; NAME_N goes with the codes of the same number");
  command->add_option("--date-order", flags->date_order, "How 3/4/2022 is read: mdy or dmy [mdy]")->check(CLI::IsMember({"mdy", "dmy"}));
  command->add_option("--dated", flags->dated, "YYYY-MM-DD of statements without a date of their own");
  command->add_option("--source-layer", flags->source_layers, "A layer of the file, several times for several");
  command->add_flag("--every-layer", flags->every_layer, "Every layer of the file that has codes");
  command->add_option("--area", flags->area_file, "GeoJSON file with the area that was looked at");
  command->add_option("--area-layer", flags->area_layer, "The layer of the file with that area; a usual one when left out");
  command->add_flag("--exhaustive", flags->exhaustive, "What the file does not name in that area was seen undamaged");
  command->add_option("--id-column", flags->id_column, "Column that identifies statements");
  command->add_option("--confidence-column", flags->confidence_column, "Column of confidences, 0 to 1");
  command->add_option("--method", flags->method, "How they looked: satellite, drone, inspection, …");
  command->add_option("--source", flags->source, "Who says so; the name of the file when left out");
  command->add_option("--crs", flags->crs, "EPSG:N where the file states none or a wrong one");
  command->add_option("--encoding", flags->encoding, "Encoding of texts, such as CP1251");
  command->add_option("--licence", flags->licence, "Licence, preferably an SPDX identifier");
  command->add_option("--attribution", flags->attribution, "What must be shown with the data");
  command->add_option("--title", flags->title, "What people call the layer");
  command->callback([&session, flags] { session.run = [&session, flags] { import_statements(session, *flags); }; });
}

void add_matching(CLI::App& assess, Session& session) {
  const auto flags = std::make_shared<MatchFlags>();
  CLI::App* command = add_city_query(assess, session, "match", "Find the features that statements are about");
  command->add_option("--layer", flags->layer, "The layer of statements; all when left out");
  command->add_option("--onto", flags->onto, "The layer they are about; where each fits when left out");
  command->add_option("--tolerance-m", flags->tolerance_m, "How near a feature is taken without overlap [15]")->check(CLI::PositiveNumber);
  command->add_flag("--again", flags->again, "Also what was matched before, but not what somebody decided");
  command->add_option("--author", flags->author, "Who asks");
  command->callback([&session, flags] { session.run = [&session, flags] { match(session, *flags); }; });

  struct ReviewFlags {
    std::string layer;
    int limit = 50;
  };
  const auto listed = std::make_shared<ReviewFlags>();
  command = add_city_query(assess, session, "review", "Statements that a person has to look at");
  command->add_option("--layer", listed->layer, "The layer of statements; all when left out");
  command->add_option("--limit", listed->limit, "At most so many")->capture_default_str()->check(CLI::PositiveNumber);
  command->callback([&session, listed] { session.run = [&session, listed] { review(session, listed->layer, listed->limit); }; });

  const auto decision = std::make_shared<DecisionFlags>();
  command = add_city_query(assess, session, "resolve", "Decide what a statement is about");
  command->add_option("STATEMENT", decision->statement, "LAYER/ID, as `review` lists them")->required();
  command->add_flag("--accept", decision->accept, "About its best candidate, or what it was matched to");
  command->add_flag("--reject", decision->reject, "About nothing here");
  command->add_option("--to", decision->to, "About LAYER/ID, several joined by commas");
  command->add_option("--author", decision->author, "Who decides");
  command->add_option("--reason", decision->reason, "Why");
  command->add_option("--request-id", decision->request_id, "Sent again, it changes nothing again");
  command->callback([&session, decision] { session.run = [&session, decision] { resolve(session, *decision); }; });
}

void add_questions(CLI::App& assess, Session& session) {
  struct ConditionFlags {
    std::string layer;
    std::vector<std::string> features;
  };
  const auto asked = std::make_shared<ConditionFlags>();
  CLI::App* command = add_city_query(assess, session, "condition", "What is known of the damage of features, and from whom");
  command->add_option("LAYER", asked->layer)->required();
  command->add_option("FEATURE", asked->features, "Ids")->required();
  command->callback([&session, asked] { session.run = [&session, asked] { condition(session, asked->layer, asked->features); }; });

  const auto counted = std::make_shared<SummaryFlags>();
  command = add_city_query(assess, session, "summary", "Statements by code, features by grade");
  command->add_option("--by", counted->by, "A layer of districts to break the answer down by");
  command->add_option("--since", counted->since, "Also what became of features since then");
  command->add_option("--layer", counted->layers, "A layer of features to count, several times; all with statements when left out");
  command->callback([&session, counted] { session.run = [&session, counted] { summary(session, *counted); }; });

  assess.add_subcommand("scales", "The scales in which damage is stated")->callback([&session] {
    session.run = [&session] {
      print_scales(session, call<AssessmentService>(session, &AssessmentService::Stub::ListScales, v1::ListScalesRequest()));
    };
  });
}

}  // namespace

void add_assess_commands(CLI::App& app, Session& session) {
  CLI::App* assess = app.add_subcommand("assess", "Damage: import statements, match them, ask what follows");
  assess->require_subcommand(1);
  add_import(*assess, session);
  add_matching(*assess, session);
  add_questions(*assess, session);
}

}  // namespace obnova::cli
