#include "server/assess/statement_rows.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "geo/base/digest.h"
#include "geo/base/wkb.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxWords = 12;

std::string lower(std::string text) {
  for (char& c : text) {
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// A cell as the source spells it; whole numbers without decimals.
std::string text_of(const geo::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return {};
}

std::optional<double> number_of(const geo::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

geo::Value text_or_null(std::string text) {
  if (text.empty()) return {};
  return geo::Value(std::move(text));
}

Result<std::size_t> place_of(const std::string& column, const std::vector<geo::Field>& source, const char* field) {
  const auto found = std::ranges::find_if(source, [&](const geo::Field& one) { return lower(one.name) == lower(column); });
  if (found != source.end()) return static_cast<std::size_t>(found - source.begin());
  std::string names;
  for (const geo::Field& one : source) names += (names.empty() ? "" : ", ") + one.name;
  return failure(ErrorCode::kInvalidArgument, fmt::format("The file has no column `{}`; it has {}.", column, names.substr(0, 600)), field);
}

// The columns of the source behind our own; a name that is taken gets a number.
std::vector<geo::Field> fields_with(const std::vector<geo::Field>& source) {
  std::vector<geo::Field> fields = statement_fields();
  std::set<std::string> taken = {"fid", "geom", "id"};
  for (const geo::Field& field : fields) taken.insert(field.name);
  for (const geo::Field& field : source) {
    const std::string wished = lower(field.name) == "id" ? "source_id" : field.name;
    std::string name = wished;
    for (int i = 2; !taken.insert(lower(name)).second; ++i) name = fmt::format("{}_{}", wished, i);
    fields.push_back({name, field.type});
  }
  return fields;
}

bool same_shape(const GeometryView& a, const GeometryView& b) { return to_wkb(a) == to_wkb(b); }

}  // namespace

RowMapping StatementRows::mapping() {
  return {.fields = [this](const Snapshot& before, const std::string& layer,
                           const std::vector<geo::Field>& source) { return begin(before, layer, source); },
          .row = [this](const std::string& id, const Geometry& place, std::span<const geo::Value> values,
                        const RowMapping::Emit& emit) { return take(id, place, values, emit); },
          .finish = [this] { return finish(); }};
}

Result<std::vector<geo::Field>> StatementRows::begin(const Snapshot& before, const std::string& layer,
                                                     const std::vector<geo::Field>& source) {
  for (const LookColumns& columns : rule_.looks) {
    const auto code = place_of(columns.code, source, "spec.code_column");
    if (!code) return std::unexpected(code.error());
    looks_.push_back({.code = *code, .date = {}});
    if (columns.date.empty()) continue;
    const auto date = place_of(columns.date, source, "spec.date_column");
    if (!date) return std::unexpected(date.error());
    looks_.back().date = *date;
  }
  if (!rule_.confidence_column.empty()) {
    const auto confidence = place_of(rule_.confidence_column, source, "spec.confidence_column");
    if (!confidence) return std::unexpected(confidence.error());
    confidence_ = *confidence;
  }
  if (!rule_.id_column.empty()) {
    const auto id = place_of(rule_.id_column, source, "spec.file.id_column");
    if (!id) return std::unexpected(id.error());
    id_ = *id;
  }
  const auto known = before.city->layers().find(layer);
  if (known != before.city->layers().end()) before_ = known->second.layer;
  fields_ = fields_with(source);
  return fields_;
}

Result<void> StatementRows::take(const std::string& row_id, const Geometry& place, std::span<const geo::Value> values,
                                 const RowMapping::Emit& emit) {
  for (std::size_t look = 0; look < looks_.size(); ++look) {
    const auto taken = take_look(row_id, place, values, look, emit);
    if (!taken) return taken;
  }
  return {};
}

Result<void> StatementRows::take_look(const std::string& row_id, const Geometry& place, std::span<const geo::Value> values,
                                      std::size_t look, const RowMapping::Emit& emit) {
  const std::string code = text_of(values[looks_[look].code]);
  if (is_blank(code)) {
    ++empty_count_;
    return {};
  }
  count_word(code);
  const std::string date = observed_at(looks_[look].date ? text_of(values[*looks_[look].date]) : "");
  std::vector<geo::Value> row(kStatementFieldCount);
  const auto set = [&](StatementField field, geo::Value value) { row[static_cast<std::size_t>(field)] = std::move(value); };
  set(StatementField::kScale, geo::Value(rule_.scale->id));
  set(StatementField::kCode, geo::Value(code));
  set(StatementField::kObservedAt, text_or_null(date.empty() ? rule_.dated : date));
  set(StatementField::kMethod, text_or_null(rule_.method));
  set(StatementField::kSource, text_or_null(rule_.source));
  set(StatementField::kExhaustive, geo::Value(rule_.exhaustive));
  if (const auto confidence = confidence_ ? number_of(values[*confidence_]) : std::nullopt) {
    if (!(0 <= *confidence && *confidence <= 1)) {
      return failure(ErrorCode::kBadData, fmt::format("row {}: the confidence {} is not from 0 to 1.", row_id, *confidence));
    }
    set(StatementField::kConfidence, geo::Value(*confidence));
  }
  row.insert(row.end(), values.begin(), values.end());
  const std::string id = id_of(row_id, place, values, look, code, date);
  keep_match(id, place, row);
  return emit(id, place, row);
}

void StatementRows::count_word(const std::string& word) {
  if (rule_.scale->find(word) != nullptr) {
    ++known_count_;
  } else {
    ++unknown_words_[word];
  }
}

// Empty where nothing was said or understood.
std::string StatementRows::observed_at(const std::string& said) {
  if (is_blank(said)) {
    ++undated_count_;
    return {};
  }
  const DateEvidence evidence = evidence_of_order(said);
  const bool has_slashes = said.find('/') != std::string::npos && said.find('/') < 3;
  Count* const order = evidence == DateEvidence::kMonthFirst ? &month_first_
                       : evidence == DateEvidence::kDayFirst ? &day_first_
                       : has_slashes                         ? &either_first_
                                                             : nullptr;
  if (order != nullptr && order->count++ == 0) order->example = said;
  const auto observed = parse_observed_at(said, rule_.date_order.value_or(DateOrder::kMonthFirst));
  if (observed) return observed->text;
  if (unread_dates_.count++ == 0) unread_dates_.example = said;
  return {};
}

std::string StatementRows::id_of(const std::string& row_id, const Geometry& place, std::span<const geo::Value> values, std::size_t look,
                                 const std::string& code, const std::string& date) {
  const std::string own = id_ ? text_of(values[*id_]) : "";
  std::string base;
  if (!is_blank(own)) {
    base = looks_.size() == 1 ? own : fmt::format("{}/{}", own, look + 1);
  } else if (place.kind == GeometryKind::kNone) {
    base = fmt::format("row/{}/{}", row_id, look + 1);
  } else {
    base = Digester().add(to_wkb(place.view())).add(geo::folded_word(code)).add(date).add(rule_.scale->id).finish().hex().substr(0, 16);
  }
  const std::int64_t order = ++ids_[base];
  return order == 1 ? base : fmt::format("{}-{}", base, order);
}

void StatementRows::keep_match(const std::string& id, const Geometry& place, std::vector<geo::Value>& values) const {
  const auto known = before_ == nullptr ? std::nullopt : before_->find_feature(id);
  if (!known || !same_shape(before_->geometry(*known), place.view())) return;
  bool is_same = true;
  for (std::size_t i = 0; i < fields_.size() && is_same; ++i) {
    if (i < kStatementFieldCount && is_match_field(static_cast<StatementField>(i))) continue;
    const geo::Column* const column = before_->column(fields_[i].name);
    is_same = column != nullptr && column->value_at(*known) == values[i];
  }
  if (!is_same && !is_decided(Statements(*before_).state(*known))) return;
  for (auto i = static_cast<std::size_t>(kFirstMatchField); i <= static_cast<std::size_t>(kLastMatchField); ++i) {
    const geo::Column* const column = before_->column(fields_[i].name);
    if (column != nullptr && column->type() == fields_[i].type) values[i] = column->value_at(*known);
  }
}

Result<std::vector<std::string>> StatementRows::finish() const {
  std::string words;
  std::size_t listed = 0;
  std::int64_t unknown_count = 0;
  for (const auto& [word, count] : unknown_words_) {
    unknown_count += count;
    if (listed++ < kMaxWords) words += fmt::format("{}`{}` ({})", words.empty() ? "" : ", ", word.substr(0, 60), count);
  }
  if (known_count_ == 0) {
    return failure(ErrorCode::kBadData,
                   words.empty() ? fmt::format("No row of the file states a code of the scale `{}`.", rule_.scale->id)
                                 : fmt::format("No word of the file is one of the scale `{}`: {}.", rule_.scale->id, words),
                   "spec.scale");
  }
  const Count& against = rule_.date_order == DateOrder::kDayFirst ? month_first_ : day_first_;
  if (against.count > 0) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The date {} is not in the order that was taken: say --date-order dmy or mdy.", against.example),
                   "spec.date_order");
  }
  std::vector<std::string> warnings;
  if (unknown_count > 0) {
    warnings.push_back(fmt::format("{} statements say what the scale `{}` does not know, and count for nothing: {}.", unknown_count,
                                   rule_.scale->id, words));
  }
  if (empty_count_ > 0 && looks_.size() == 1) warnings.push_back(fmt::format("{} rows state no code and were left out.", empty_count_));
  if (unread_dates_.count > 0) {
    warnings.push_back(fmt::format("{} dates such as `{}` could not be read.", unread_dates_.count, unread_dates_.example.substr(0, 60)));
  }
  if (undated_count_ + unread_dates_.count > 0 && rule_.dated.empty()) {
    warnings.push_back(
        fmt::format("{} statements have no date: they count as older than any with one.", undated_count_ + unread_dates_.count));
  }
  if (!rule_.date_order && either_first_.count > 0 && month_first_.count == 0) {
    warnings.push_back(fmt::format("Dates such as {} were read with the month first.", either_first_.example));
  }
  return warnings;
}

}  // namespace obnova::server
