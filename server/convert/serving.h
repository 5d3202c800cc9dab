#pragma once

#include <span>
#include <string>
#include <vector>

#include "server/convert/provenance.h"
#include "server/twin/twin.h"

namespace obnova::server {

// As `select_filtered`, for facilities that are to serve people: those whose
// attribute `usable` is false, as damage makes it, are left out. Warns how many
// these are, and how many nobody ever assessed.
Result<std::vector<FeatureId>> select_serving(const Snapshot& snapshot, const std::string& layer, const std::string& filter,
                                              const std::string& filter_field, Sources& sources, const Limits& limits);

// Warns where nobody looked for damage at some of these features of a layer that
// can be damaged, although the city has statements about damage.
Result<void> warn_of_unassessed(const Snapshot& snapshot, const geo::Layer& layer, std::span<const FeatureId> features, Sources& sources);

}  // namespace obnova::server
