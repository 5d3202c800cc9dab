#pragma once

#include <functional>
#include <string_view>

#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "geo/query/features/cql2.h"
#include "geo/query/features/cql2_syntax.h"
#include "geo/query/features/truth.h"

namespace obnova::geo {

// What an expression says of one feature. Any number of threads may ask.
using Condition = std::function<Truth(FeatureId)>;

// Binds an expression to the columns of a layer, which must outlive the
// condition. `text` is where the expression was read from, for messages.
// Private to geo/query/features.
Result<Condition> compile_cql2(std::string_view text, const Expression& expression, const Layer& layer, const ToPlane& to_plane);

}  // namespace obnova::geo
