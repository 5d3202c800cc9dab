#pragma once

#include <string>
#include <string_view>

#include "obnova/v1/catalog.pb.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Cities and layers as messages.

Result<v1::City> to_city_message(const Snapshot& snapshot);
// Precondition: the snapshot has the layer.
Result<v1::Layer> to_layer_message(const Snapshot& snapshot, std::string_view layer);

// What users say in words: at most 500 bytes. Fails naming the field.
Result<void> check_words(const std::string& words, const std::string& field);
// YYYY-MM-DD of a day that exists, or empty.
Result<void> check_date(const std::string& date, const std::string& field);

}  // namespace obnova::server
