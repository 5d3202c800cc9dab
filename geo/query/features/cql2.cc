#include "geo/query/features/cql2.h"

#include <utility>

#include "geo/query/features/cql2_compile.h"
#include "geo/query/features/cql2_syntax.h"

namespace obnova::geo {

struct Filter::Node {
  Condition condition;
};

Filter::Filter(std::unique_ptr<const Node> root) : root_(std::move(root)) {}
Filter::~Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;

Result<Filter> Filter::parse(std::string_view text, const Layer& layer, const ToPlane& to_plane) {
  if (text.empty()) return Filter(nullptr);
  const Result<Expression> expression = parse_cql2(text);
  if (!expression) return std::unexpected(expression.error());
  Result<Condition> condition = compile_cql2(text, *expression, layer, to_plane);
  if (!condition) return std::unexpected(std::move(condition.error()));
  return Filter(std::make_unique<const Node>(*std::move(condition)));
}

bool Filter::matches(FeatureId feature) const { return root_ == nullptr || root_->condition(feature) == Truth::kTrue; }

}  // namespace obnova::geo
