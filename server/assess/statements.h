#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/damage/assessment.h"
#include "geo/layer/layer.h"

namespace obnova::server {

// A statement about damage is a feature of a layer of theme kAssessments. Such a
// layer begins with these fields, in this order; behind them stand the columns
// of the source. Fields that a layer lacks, because another program wrote it,
// read as null.
enum class StatementField : std::uint8_t {
  kScale,
  kCode,        // The word of the source.
  kObservedAt,  // As `ObservedAt::text`.
  kMethod,
  kSource,
  kConfidence,
  kSubjectLayer,  // The layer it is about.
  kSubjects,      // A JSON array of the ids it is about.
  kMatchState,
  kMatchMethod,
  kMatchScore,
  kMatchReason,
  kCandidates,  // A JSON array for a person to choose from.
  kExhaustive,  // The layer names everything damaged in its covered area.
};
inline constexpr std::size_t kStatementFieldCount = 14;

std::string_view field_name(StatementField field);
// In the order above.
std::vector<geo::Field> statement_fields();
// Those that matching writes: kSubjectLayer to kCandidates.
inline constexpr StatementField kFirstMatchField = StatementField::kSubjectLayer;
inline constexpr StatementField kLastMatchField = StatementField::kCandidates;
bool is_match_field(StatementField field);

enum class MatchState : std::uint8_t { kNone, kMatched, kReview, kUnmatched, kAccepted, kReassigned, kRejected };
// `matched`, …; empty for kNone.
std::string_view state_word(MatchState state);
// kNone for what is no such word.
MatchState state_by_word(std::string_view word);
// The statement is about its subjects.
bool is_about_something(MatchState state);
// Somebody decided; matching leaves it alone.
bool is_decided(MatchState state);

struct Candidate {
  std::string feature;
  double score = 0;
  std::string method;
  double distance_m = 0;
};

std::string subjects_json(std::span<const std::string> ids);
std::string candidates_json(std::span<const Candidate> candidates);

// Reads the statements of one layer. Keeps a reference to it.
class Statements {
 public:
  explicit Statements(const geo::Layer& layer);

  // All but place and features; `id` is `layer/feature`, `layer` that of the
  // subjects. What is no date or number is not there.
  geo::Assessment assessment(FeatureId statement) const;
  std::string code(FeatureId statement) const;
  std::string_view text(FeatureId statement, StatementField field) const;
  std::optional<double> number(FeatureId statement, StatementField field) const;
  std::optional<std::int64_t> observed_at(FeatureId statement) const;
  MatchState state(FeatureId statement) const;
  // Empty when the text is no array of texts.
  std::vector<std::string> subjects(FeatureId statement) const;
  std::vector<Candidate> candidates(FeatureId statement) const;
  // Whether the layer claims to name everything damaged in its covered area.
  bool is_exhaustive() const;

  const geo::Layer& layer() const { return layer_; }

 private:
  const geo::Column* column(StatementField field) const { return columns_[static_cast<std::size_t>(field)]; }

  const geo::Layer& layer_;
  std::array<const geo::Column*, kStatementFieldCount> columns_ = {};
};

}  // namespace obnova::server
