#pragma once

#include <set>
#include <string>
#include <string_view>

#include "obnova/v1/catalog.pb.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Cities and layers as messages.

Result<v1::City> to_city_message(const Snapshot& snapshot);
// Of features or a raster. Precondition: the snapshot has the layer.
Result<v1::Layer> to_layer_message(const Snapshot& snapshot, std::string_view layer);

// Of layers and rasters alike.
std::set<std::string> layer_ids(const Snapshot& snapshot);
// Fails with kInvalidArgument for no name and kNotFound for an unknown layer, naming the field.
Result<void> check_layer(const Snapshot& snapshot, const std::string& layer, const std::string& field);

// What users say in words: at most 500 bytes. Fails naming the field.
Result<void> check_words(const std::string& words, const std::string& field);
// YYYY-MM-DD of a day that exists, or empty.
Result<void> check_date(const std::string& date, const std::string& field);

// ASCII letters in lower case.
std::string lower_ascii(std::string text);
// An id made of a name: `Žižkov budovy 2024.gpkg` → `i_kov_budovy_2024`; what has
// no letter of ours is called `otherwise`.
std::string layer_id_from(const std::string& name, std::string_view otherwise);

}  // namespace obnova::server
