#pragma once

#include <map>
#include <string>
#include <vector>

namespace obnova::geo {

// How one kind of traveller moves: data, read from data/profiles/*.toml by
// geo/io and never built into code.
struct Profile {
  std::string id;     // `car`
  std::string title;  // For people.

  // The OpenStreetMap access keys that speak of this traveller, from general to
  // special; the most special one that is present decides:
  // {"access", "vehicle", "motor_vehicle", "motorcar"}.
  std::vector<std::string> access_keys;
  // Values of those keys that forbid passing ("no", "private", …) and that
  // allow it where the class of road alone would not ("yes", "designated", …).
  // Other values leave the default of the class.
  std::vector<std::string> forbidden_values;
  std::vector<std::string> allowed_values;

  // Speed on each class of road (`highway` value) in km/h. A class that is not
  // named is impassable unless an access key allows it, and then has
  // `default_speed_kmh`.
  std::map<std::string, double> speed_kmh;
  double default_speed_kmh = 0;
  // Greatest speed whatever the sign says; 0 for none.
  double max_speed_kmh = 0;
  // True when `maxspeed` bounds (and, for motor vehicles, replaces) the speed of the class.
  bool obeys_maxspeed = true;
  // Share of a posted maximum that is driven on average, 0 to 1.
  double maxspeed_factor = 0.9;
  // Factors on the speed by `surface` value.
  std::map<std::string, double> surface_factor;

  // Which keys make a street one-way for this traveller, most special first:
  // {"oneway:bicycle", "oneway"}; empty for travellers on foot.
  std::vector<std::string> oneway_keys;
  // True when turn restrictions bind. Those whose `except` names any of
  // `restriction_exceptions` do not.
  bool obeys_turn_restrictions = true;
  std::vector<std::string> restriction_exceptions;

  // `barrier` values that stop this traveller unless an access key at the
  // barrier allows; and the delay the others cost.
  std::vector<std::string> blocking_barriers;
  std::map<std::string, double> barrier_delay_s;

  // The vehicle; 0 means that the limit is of no concern.
  double height_m = 0;
  double width_m = 0;
  double length_m = 0;
  double weight_t = 0;

  bool operator==(const Profile&) const = default;
};

}  // namespace obnova::geo
