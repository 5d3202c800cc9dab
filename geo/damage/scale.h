#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/result.h"
#include "geo/damage/grade.h"
#include "geo/layer/theme.h"

namespace obnova::geo {

// What a statement about damage can be about.
enum class Subject : std::uint8_t { kBuilding, kRoad, kGround };

// `building`, `road`, `ground`.
std::string_view subject_name(Subject subject);
std::optional<Subject> subject_by_name(std::string_view name);

// A set of subjects.
class Subjects {
 public:
  Subjects() = default;
  void add(Subject subject) { bits_ |= bit(subject); }
  bool has(Subject subject) const { return (bits_ & bit(subject)) != 0; }
  bool shares_any_with(Subjects other) const { return (bits_ & other.bits_) != 0; }
  bool empty() const { return bits_ == 0; }
  bool operator==(const Subjects&) const = default;

 private:
  static std::uint8_t bit(Subject subject) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(subject)); }
  std::uint8_t bits_ = 0;
};

// One word of a scale and what it means.
struct DamageCode {
  std::string id = {};     // As the scale's authors count: `1`, `D3`, `destroyed`.
  std::string title = {};  // For people.
  // Every spelling that stands for this code, the id among them, as `folded_word` makes it.
  std::vector<std::string> words = {};
  Subjects speaks_of = {};
  // Nullopt: the code says that nobody could tell (`Not Applicable`, `inaccessible`).
  std::optional<Grade> grade = {};
  // Somebody looked at the whole thing. False for a hint such as "possible damage
  // from adjacent debris", which never replaces a full observation.
  bool complete = true;
  Interval damage_ratio = {};   // Cost of repair by cost of replacement.
  Interval functionality = {};  // Share of its use that is left.
};

// A way of grading damage, as data (data/scales/*.toml).
struct DamageScale {
  std::string id = {};  // `unosat`.
  std::string title = {};
  std::string source = {};    // Who publishes statements in this scale.
  std::string citation = {};  // Where the words and the intervals are from.
  bool verified = false;      // The intervals were compared with the cited text.
  // How files of this scale usually call what they hold, most usual first.
  std::vector<std::string> code_columns = {};
  std::vector<std::string> date_columns = {};
  std::vector<std::string> area_layers = {};  // A word in the name of the layer of assessed areas.
  std::vector<DamageCode> codes = {};

  // The code of a word as it stands in a file, nullptr when no code is spelled
  // so. Case, spaces around and repeated spaces do not matter, nor do decimal
  // zeros: `1`, `1.0` and ` 1.000` are one word.
  const DamageCode* find(std::string_view word) const;
};

// The spelling in which words are compared: lower case (Latin and Cyrillic),
// one space between words, none around, `_` and `-` as spaces, whole numbers
// without decimals.
std::string folded_word(std::string_view word);

// Nullptr when there is no such scale.
const DamageScale* find_scale(std::span<const DamageScale> scales, std::string_view id);

// Fails with kNotFound for a scale that is not there, and with kInvalidArgument
// for a word the scale does not have; both name it. The code lives as long as `scales`.
Result<const DamageCode*> find_code(std::span<const DamageScale> scales, std::string_view scale, std::string_view word);

// Whether a code can be said of features of a theme: roads are no buildings. Of
// what is neither building nor road all codes speak that speak of buildings.
bool speaks_of(const DamageCode& code, Theme theme);

}  // namespace obnova::geo
