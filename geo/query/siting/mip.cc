#include "geo/query/siting/mip.h"

#include "geo/base/check.h"

namespace obnova::geo {

std::int32_t MipModel::add_variable(double cost, double lower_bound, double upper_bound, bool is_integer) {
  OBNOVA_CHECK(lower_bound <= upper_bound);
  objective.push_back(cost);
  lower.push_back(lower_bound);
  upper.push_back(upper_bound);
  integer.push_back(is_integer);
  return static_cast<std::int32_t>(objective.size() - 1);
}

void MipModel::add_row(double lower_bound, double upper_bound, const std::vector<Term>& terms) {
  for (const Term& term : terms) {
    OBNOVA_CHECK(term.variable >= 0 && static_cast<std::size_t>(term.variable) < objective.size());
    columns.push_back(term.variable);
    coefficients.push_back(term.coefficient);
  }
  row_starts.push_back(static_cast<std::int32_t>(columns.size()));
  row_lower.push_back(lower_bound);
  row_upper.push_back(upper_bound);
}

}  // namespace obnova::geo
