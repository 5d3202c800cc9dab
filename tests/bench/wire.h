#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/boxes.h"

namespace obnova::bench {

// One question of many, asked over one connection of its own. Returns how many
// features the answer had.
using Ask = std::function<std::size_t(std::size_t question)>;

// Makes what one connection asks; called once for every connection.
using Connect = std::function<Ask()>;

// A way of asking one server.
struct Way {
  std::string name;
  Connect connect;
  std::size_t questions_per_call = 1;
};

// The same question put to both servers; ratios are to the rate of `postgis`.
struct Contest {
  std::string what;
  Way postgis;
  std::vector<Way> obnova;
};

// Questions to obnovad about the layer `buildings` of a city made of `boxes`.
class ObnovaWays {
 public:
  ObnovaWays(std::string address, std::string city, const Boxes& boxes);
  ~ObnovaWays();

  // Nothing but gRPC: an empty call.
  Way echo(std::string address) const;
  // `detail` is one of `numbers`, `ids`, `plane` (features with shapes as they
  // are stored) and `degrees` (with shapes in degrees).
  Way windows(double side_m, std::size_t windows_per_call, const std::string& detail) const;
  Way list(double side_m) const;
  Way nearest(std::size_t k, std::size_t places_per_call, bool with_places) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// The same to PostgreSQL with PostGIS, by libpq: prepared statements, binary
// results, a generic plan.
class PostgisWays {
 public:
  PostgisWays(std::string connection, const Boxes& boxes) : connection_(std::move(connection)), boxes_(boxes) {}

  // Makes the table unless it is there: loaded, indexed, clustered, analyzed.
  void load() const;
  Way nothing() const;
  // `columns` is what is selected of each row.
  Way window(double side_m, const std::string& columns) const;
  Way window_geojson(double side_m) const;
  Way nearest(std::size_t k) const;

 private:
  Way window_query(double side_m, const std::string& name, const std::string& sql) const;

  std::string connection_;
  const Boxes& boxes_;
};

}  // namespace obnova::bench
