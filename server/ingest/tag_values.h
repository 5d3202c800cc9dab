#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace obnova::server {

// Numbers out of the free text of OpenStreetMap tags. All give nullopt for
// what they do not understand; none guesses.

// A whole number that fills the text, surrounding spaces aside: `12`, `-3`.
std::optional<std::int64_t> whole_number(std::string_view text);

// A finite decimal number that fills the text: `3.5`, `-2e3`.
std::optional<double> decimal_number(std::string_view text);

// A length in meters: `12`, `12.5 m`, `1.2 km`, `40 ft`, `40'`, `5'11"`.
std::optional<double> length_in_meters(std::string_view text);

// How many levels a building has: `3`, and `3.5` (a half storey) as 4.
std::optional<std::int64_t> level_count(std::string_view text);

// How many people or beds: the first whole number of `120`, `120 persons`,
// `ca. 120`; nullopt for ranges.
std::optional<std::int64_t> people_count(std::string_view text);

// The largest number of a list as in `voltage=110000;20000`.
std::optional<std::int64_t> largest_of_list(std::string_view text);

}  // namespace obnova::server
