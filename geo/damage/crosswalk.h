#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "geo/damage/scale.h"

namespace obnova::geo {

// What a statement, said in another scale, may be: a set of that scale's codes
// and how much more vague it became. Translations can be translated again.
struct Translation {
  std::string scale = {};
  // Places in the scale's `codes`, ascending. Several when the statement does
  // not decide between them; none when the target has no words for such things.
  std::vector<std::size_t> codes = {};
  Subjects speaks_of = {};
  bool says_anything = true;
  // Of the source, hull of the codes included; expected values are the source's.
  Interval damage_ratio = {};
  Interval functionality = {};
  // Never true where it was false before.
  bool complete = true;
  // How much wider both intervals together became than those of the source, 0 to 2.
  double precision_lost = 0;

  bool is_decided() const { return codes.size() == 1; }
};

// A code of a scale as a translation into the scale itself. Precondition: the
// code is one of the scale.
Translation as_stated(const DamageScale& scale, const DamageCode& code);

// All codes of the target whose damage may be the same and that speak of the same
// things. Certainty only falls: the intervals of the result contain those of the
// source, so there and back again never narrows a statement. Into its own scale a
// statement stays as it is.
Translation translated(const Translation& statement, const DamageScale& target);

}  // namespace obnova::geo
