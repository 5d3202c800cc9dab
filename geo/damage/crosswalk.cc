#include "geo/damage/crosswalk.h"

namespace obnova::geo {
namespace {

bool may_be(const Translation& statement, const DamageCode& code) {
  if (code.grade.has_value() != statement.says_anything) return false;
  if (!code.speaks_of.shares_any_with(statement.speaks_of)) return false;
  return !statement.says_anything || may_agree(statement.damage_ratio, code.damage_ratio);
}

}  // namespace

Translation as_stated(const DamageScale& scale, const DamageCode& code) {
  return {.scale = scale.id,
          .codes = {static_cast<std::size_t>(&code - scale.codes.data())},
          .speaks_of = code.speaks_of,
          .says_anything = code.grade.has_value(),
          .damage_ratio = code.damage_ratio,
          .functionality = code.functionality,
          .complete = code.complete};
}

Translation translated(const Translation& statement, const DamageScale& target) {
  if (target.id == statement.scale) return statement;
  Translation result = statement;
  result.scale = target.id;
  result.codes.clear();
  for (std::size_t i = 0; i < target.codes.size(); ++i) {
    const DamageCode& code = target.codes[i];
    if (!may_be(statement, code)) continue;
    result.codes.push_back(i);
    result.damage_ratio = widened(result.damage_ratio, code.damage_ratio);
    result.functionality = widened(result.functionality, code.functionality);
    result.complete = result.complete && code.complete;
  }
  result.precision_lost += result.damage_ratio.width() - statement.damage_ratio.width();
  result.precision_lost += result.functionality.width() - statement.functionality.width();
  return result;
}

}  // namespace obnova::geo
