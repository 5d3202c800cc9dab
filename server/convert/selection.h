#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "geo/query/features/select.h"
#include "obnova/v1/feature.pb.h"
#include "server/twin/twin.h"

namespace obnova::server {

// A layer of features of the snapshot. Fails with kInvalidArgument for no name
// and for a raster, and with kNotFound for an unknown one, naming the field.
Result<const geo::IndexedLayer*> find_layer(const Snapshot& snapshot, const std::string& layer, const std::string& field);

// The selection on the plane. `field` is its path in the request; empty where its
// fields are those of the request.
Result<geo::Selection> to_selection(const v1::FeatureSelection& selection, const Snapshot& snapshot, const std::string& field);

// All features of a layer that match a CQL2 text; errors of the text name `filter_field`.
Result<std::vector<FeatureId>> select_filtered(const Snapshot& snapshot, const std::string& layer, const std::string& filter,
                                               const std::string& filter_field, const Limits& limits);

// Names the field of an error about the request that has none: geo does not
// know of requests.
Error with_field(Error error, const std::string& field);

// Where the next page of a listing begins. A token is bound to the revision and
// to the selection, so that all pages see the same snapshot.
std::string page_token(const Snapshot& snapshot, const v1::FeatureSelection& selection, FeatureId next);

// The first row of the page a token asks for; row 0 for the empty token. Fails
// with kInvalidArgument for a token that is none or of another selection, and
// with kFailedPrecondition for one of another revision.
Result<FeatureId> page_start(const std::string& token, const Snapshot& snapshot, const v1::FeatureSelection& selection);

}  // namespace obnova::server
