#include <libpq-fe.h>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "tests/bench/wire.h"

namespace obnova::bench {
namespace {

struct Closer {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::shared_ptr<PGconn>;
using Answer = std::unique_ptr<PGresult, Closer>;

Answer checked(PGconn* connection, PGresult* result) {
  Answer answer(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return answer;
  std::fprintf(stderr, "PostgreSQL: %s\n", PQerrorMessage(connection));
  std::exit(2);
}

Answer run(PGconn* connection, const std::string& sql) { return checked(connection, PQexec(connection, sql.c_str())); }

Connection dial(const std::string& where) {
  Connection connection(PQconnectdb(where.c_str()), Closer{});
  if (PQstatus(connection.get()) == CONNECTION_OK) return connection;
  std::fprintf(stderr, "PostgreSQL: %s\n", PQerrorMessage(connection.get()));
  std::exit(2);
}

// Arguments of one question, as text.
using Arguments = std::function<std::vector<std::string>(std::size_t question)>;

Connect prepared(const std::string& where, const std::string& sql, const Arguments& arguments) {
  return [=]() -> Ask {
    const Connection connection = dial(where);
    run(connection.get(), "SET plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 0; SET jit = off");
    checked(connection.get(), PQprepare(connection.get(), "question", sql.c_str(), 0, nullptr));
    return [=](std::size_t question) -> std::size_t {
      const std::vector<std::string> texts = arguments(question);
      std::vector<const char*> values;
      for (const std::string& text : texts) values.push_back(text.c_str());
      const Answer answer = checked(connection.get(), PQexecPrepared(connection.get(), "question", static_cast<int>(values.size()),
                                                                     values.data(), nullptr, nullptr, 1));
      return static_cast<std::size_t>(PQntuples(answer.get()));
    };
  };
}

constexpr const char* kMeetsWindow = "geom && ST_MakeEnvelope($1::float8, $2::float8, $3::float8, $4::float8, 32633)";

}  // namespace

void PostgisWays::load() const {
  const Connection connection = dial(connection_);
  PGconn* const open = connection.get();
  run(open, "CREATE EXTENSION IF NOT EXISTS postgis");
  const Answer there = run(open, "SELECT to_regclass('buildings') IS NOT NULL");
  if (PQgetvalue(there.get(), 0, 0)[0] == 't') {
    const Answer count = run(open, "SELECT count(*) FROM buildings");
    if (std::strtoul(PQgetvalue(count.get(), 0, 0), nullptr, 10) == boxes_.boxes.size()) return;
  }
  run(open, "DROP TABLE IF EXISTS buildings; DROP TABLE IF EXISTS raw; CREATE TABLE raw (id int, a float8, b float8, c float8, d float8)");
  run(open, "COPY raw FROM STDIN");
  for (std::size_t i = 0; i < boxes_.boxes.size(); ++i) {
    const Box& box = boxes_.boxes[i];
    const std::string line = fmt::format("{}\t{}\t{}\t{}\t{}\n", i + 1, box.min.x_m, box.min.y_m, box.max.x_m, box.max.y_m);
    PQputCopyData(open, line.data(), static_cast<int>(line.size()));
  }
  PQputCopyEnd(open, nullptr);
  checked(open, PQgetResult(open));
  while (PQgetResult(open) != nullptr) {
  }
  run(open,
      "CREATE TABLE buildings AS SELECT id, 'way/' || id AS name, (id % 4)::smallint AS damage, (3 + id % 20)::real AS height, "
      "ST_MakeEnvelope(a, b, c, d, 32633)::geometry(polygon, 32633) AS geom FROM raw");
  run(open, "DROP TABLE raw; CREATE INDEX buildings_geom ON buildings USING gist (geom); ALTER TABLE buildings ADD PRIMARY KEY (id)");
  run(open, "CLUSTER buildings USING buildings_geom");
  run(open, "VACUUM ANALYZE buildings");
}

Way PostgisWays::nothing() const {
  return {"select 1", prepared(connection_, "SELECT 1", [](std::size_t) { return std::vector<std::string>(); })};
}

Way PostgisWays::window_query(double side_m, const std::string& name, const std::string& sql) const {
  return {name, prepared(connection_, sql, [&boxes = boxes_, side_m](std::size_t question) {
            const Box box = boxes.window(question, side_m);
            std::vector<std::string> result;
            for (const double edge : {box.min.x_m, box.min.y_m, box.max.x_m, box.max.y_m}) result.push_back(fmt::format("{}", edge));
            return result;
          })};
}

Way PostgisWays::window(double side_m, const std::string& columns) const {
  return window_query(side_m, "select " + columns, fmt::format("SELECT {} FROM buildings WHERE {}", columns, kMeetsWindow));
}

Way PostgisWays::window_geojson(double side_m) const {
  return window_query(
      side_m, "GeoJSON",
      fmt::format("SELECT json_build_object('type', 'FeatureCollection', 'features', json_agg(ST_AsGeoJSON(q)::json))::text "
                  "FROM (SELECT id, damage, height, geom FROM buildings WHERE {}) q",
                  kMeetsWindow));
}

Way PostgisWays::nearest(std::size_t k) const {
  const std::string sql = fmt::format(
      "SELECT id, geom <-> ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 32633) AS far FROM buildings "
      "ORDER BY geom <-> ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 32633) LIMIT {}",
      k);
  return {"order by <->", prepared(connection_, sql, [&boxes = boxes_](std::size_t question) {
            const Point place = boxes.places[question % boxes.places.size()];
            return std::vector<std::string>{fmt::format("{}", place.x_m), fmt::format("{}", place.y_m)};
          })};
}

}  // namespace obnova::bench
