#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "geo/query/routing/travel.h"
#include "tests/support/ascii_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {

// Ten meters a second on streets, five on service roads: whole seconds for whole cells.
inline Profile test_car() {
  Profile car;
  car.id = "car";
  car.access_keys = {"access", "motor_vehicle"};
  car.forbidden_values = {"no", "private"};
  car.allowed_values = {"yes"};
  car.speed_kmh = {{"residential", 36}, {"primary", 72}, {"service", 18}};
  car.oneway_keys = {"oneway"};
  car.obeys_maxspeed = false;
  car.blocking_barriers = {"bollard", "gate"};
  car.barrier_delay_s = {{"lift_gate", 7}};
  return car;
}

inline std::shared_ptr<const City> city_of(const AsciiCity& drawing) {
  return City::make("test", "EPSG:6384", 1, {drawing.roads, drawing.barriers, drawing.restrictions}, {test_car()}, nullptr);
}

inline TravelNetwork network_of(const City& city, TravelOptions options = {}) {
  auto network = TravelNetwork::make(city, std::move(options), {});
  EXPECT_THAT(network, Succeeds());
  return *std::move(network);
}

inline LayerDescription describe(const std::string& id, Theme theme) {
  LayerDescription description;
  description.id = id;
  description.theme = theme;
  return description;
}

}  // namespace obnova::geo
