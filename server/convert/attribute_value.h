#pragma once

#include <string>

#include "geo/base/result.h"
#include "geo/layer/column.h"
#include "obnova/v1/common.pb.h"

namespace obnova::server {

// A value for an attribute of a layer; no kind is null, and whole numbers are
// numbers. Fails with kInvalidArgument at `field` for a value of another type.
Result<geo::Value> to_value(const v1::AttributeValue& value, const geo::Field& attribute, const std::string& field);

}  // namespace obnova::server
