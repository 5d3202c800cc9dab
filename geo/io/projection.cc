#include "geo/io/projection.h"

#include <cmath>
#include <mutex>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <proj.h>
#include <proj_experimental.h>

namespace obnova::geo {
namespace {

struct ContextDeleter {
  void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
};
struct ObjectDeleter {
  void operator()(PJ* object) const { proj_destroy(object); }
};
struct ListDeleter {
  void operator()(PJ_OBJ_LIST* list) const { proj_list_destroy(list); }
};
struct SearchDeleter {
  void operator()(PJ_OPERATION_FACTORY_CONTEXT* search) const { proj_operation_factory_context_destroy(search); }
};
using Context = std::unique_ptr<PJ_CONTEXT, ContextDeleter>;
using Object = std::unique_ptr<PJ, ObjectDeleter>;
using ObjectList = std::unique_ptr<PJ_OBJ_LIST, ListDeleter>;
using Search = std::unique_ptr<PJ_OPERATION_FACTORY_CONTEXT, SearchDeleter>;

// The rectangle of degrees a system is made for. East is greater than west,
// also across the antimeridian.
struct AreaOfUse {
  double west_deg = -180;
  double south_deg = -90;
  double east_deg = 180;
  double north_deg = 90;
  std::string name;

  bool near(double lng_deg, double lat_deg) const {
    const double tolerance = kAreaOfUseTolerance_deg;
    if (lat_deg < south_deg - tolerance || lat_deg > north_deg + tolerance) return false;
    for (const double turn : {0.0, 360.0}) {
      if (west_deg - tolerance <= lng_deg + turn && lng_deg + turn <= east_deg + tolerance) return true;
    }
    return false;
  }
};

// What a system turned out to be.
struct System {
  Object crs;         // As given, heights dropped, TOWGS84 kept.
  Object horizontal;  // The geographic or projected system inside.
  bool geographic = false;
  bool plain_degrees = false;  // Degrees from Greenwich, so that ranges can be checked directly.
  std::string code;            // Of the authority; empty when no registry knows it.
  std::optional<AreaOfUse> area;
};

Context new_context() {
  Context context(proj_context_create());
  proj_log_level(context.get(), PJ_LOG_NONE);
  proj_context_set_enable_network(context.get(), 0);
  return context;
}

// A system as messages name it: WKT is cut short, between characters.
std::string named(const std::string& text) {
  std::size_t length = 57;
  if (text.size() <= length + 3) return text;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length) + "...";
}

std::string code_of(const PJ* object) {
  const char* authority = proj_get_id_auth_name(object, 0);
  const char* code = proj_get_id_code(object, 0);
  return authority == nullptr || code == nullptr ? std::string() : fmt::format("{}:{}", authority, code);
}

std::optional<AreaOfUse> area_of(PJ_CONTEXT* context, const PJ* crs) {
  AreaOfUse area;
  const char* name = nullptr;
  if (proj_get_area_of_use(context, crs, &area.west_deg, &area.south_deg, &area.east_deg, &area.north_deg, &name) == 0) return std::nullopt;
  if (area.west_deg < -180 || area.south_deg < -90) return std::nullopt;  // -1000 stands for unknown.
  if (area.east_deg < area.west_deg) area.east_deg += 360;
  area.name = name == nullptr ? "" : name;
  return area;
}

// The registered system that equals one without a code, such as that of a shapefile.
Object registered(PJ_CONTEXT* context, const PJ* crs) {
  int* confidence = nullptr;
  const ObjectList found(proj_identify(context, crs, "EPSG", nullptr, &confidence));
  const bool sure = found != nullptr && proj_list_get_count(found.get()) > 0 && confidence[0] >= 90;
  proj_int_list_destroy(confidence);
  return sure ? Object(proj_list_get(context, found.get(), 0)) : nullptr;
}

Object horizontal_part(PJ_CONTEXT* context, Object crs) {
  if (proj_get_type(crs.get()) == PJ_TYPE_COMPOUND_CRS) crs.reset(proj_crs_get_sub_crs(context, crs.get(), 0));
  if (crs != nullptr && proj_get_type(crs.get()) == PJ_TYPE_GEOGRAPHIC_3D_CRS) {
    crs.reset(proj_crs_demote_to_2D(context, nullptr, crs.get()));
  }
  return crs;
}

bool counts_degrees_from_greenwich(PJ_CONTEXT* context, const PJ* geographic) {
  const Object axes(proj_crs_get_coordinate_system(context, geographic));
  const Object meridian(proj_get_prime_meridian(context, geographic));
  double unit = 0;
  double meridian_longitude = 0;
  if (axes == nullptr || meridian == nullptr) return false;
  proj_cs_get_axis_info(context, axes.get(), 0, nullptr, nullptr, nullptr, &unit, nullptr, nullptr, nullptr);
  proj_prime_meridian_get_parameters(context, meridian.get(), &meridian_longitude, nullptr, nullptr);
  return std::abs(unit - std::numbers::pi / 180) < 1e-12 && meridian_longitude == 0;
}

Result<System> read_system(PJ_CONTEXT* context, const std::string& text) {
  // Without this mark PROJ reads `+proj=…` as an operation; a pipeline is one.
  const bool unmarked = text.contains("+proj=") && !text.contains("+proj=pipeline") && !text.contains("+type=crs");
  Object crs(proj_create(context, (unmarked ? text + " +type=crs" : text).c_str()));
  if (crs == nullptr || proj_is_crs(crs.get()) == 0) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The coordinate system `{}` is unknown.", named(text)));
  }
  System system;
  system.crs = horizontal_part(context, std::move(crs));
  const bool bound = system.crs != nullptr && proj_get_type(system.crs.get()) == PJ_TYPE_BOUND_CRS;
  system.horizontal = bound ? horizontal_part(context, Object(proj_get_source_crs(context, system.crs.get())))
                            : Object(proj_clone(context, system.crs.get()));
  const PJ_TYPE type = system.horizontal == nullptr ? PJ_TYPE_UNKNOWN : proj_get_type(system.horizontal.get());
  if (type != PJ_TYPE_GEOGRAPHIC_2D_CRS && type != PJ_TYPE_PROJECTED_CRS) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The coordinate system `{}` is neither geographic nor projected.", named(text)));
  }
  system.geographic = type == PJ_TYPE_GEOGRAPHIC_2D_CRS;
  system.plain_degrees = system.geographic && counts_degrees_from_greenwich(context, system.horizontal.get());
  system.code = code_of(system.horizontal.get());
  const Object known = system.code.empty() ? registered(context, system.horizontal.get()) : nullptr;
  if (known != nullptr) system.code = code_of(known.get());
  system.area = area_of(context, known != nullptr ? known.get() : system.horizontal.get());
  return system;
}

Result<void> require_plane(PJ_CONTEXT* context, const System& plane, const std::string& text) {
  if (plane.geographic) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The plane `{}` is not projected: a city needs a projected system in meters.", named(text)));
  }
  const Object axes(proj_crs_get_coordinate_system(context, plane.horizontal.get()));
  std::string directions;
  for (int axis = 0; axis < 2; ++axis) {
    const char* direction = nullptr;
    double unit = 0;
    const char* unit_name = nullptr;
    proj_cs_get_axis_info(context, axes.get(), axis, nullptr, nullptr, &direction, &unit, &unit_name, nullptr, nullptr);
    if (unit != 1) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The plane `{}` is measured in {}, not in meters.", named(text), unit_name));
    }
    directions += fmt::format("{}{}", axis == 0 ? "" : " and ", direction);
  }
  if (directions == "east and north" || directions == "north and east") return {};
  const std::string_view advice = plane.code == "EPSG:5513" || plane.code == "EPSG:2065" ? " (take EPSG:5514 instead)" : "";
  return failure(ErrorCode::kInvalidArgument, fmt::format("The axes of the plane `{}` point {}, a city needs axes to the east and north{}.",
                                                          named(text), directions, advice));
}

// The best operation whose grids are here, or none.
Object best_operation(PJ_CONTEXT* context, const PJ* source, const PJ* target, const std::optional<AreaOfUse>& area, bool ballpark) {
  const Search search(proj_create_operation_factory_context(context, nullptr));
  proj_operation_factory_context_set_allow_ballpark_transformations(context, search.get(), ballpark ? 1 : 0);
  proj_operation_factory_context_set_spatial_criterion(context, search.get(), PROJ_SPATIAL_CRITERION_PARTIAL_INTERSECTION);
  proj_operation_factory_context_set_grid_availability_use(context, search.get(), PROJ_GRID_AVAILABILITY_DISCARD_OPERATION_IF_MISSING_GRID);
  if (area) {
    const double lng_deg = std::remainder((area->west_deg + area->east_deg) / 2, 360);
    const double lat_deg = (area->south_deg + area->north_deg) / 2;
    constexpr double kMiddle_deg = 0.01;
    proj_operation_factory_context_set_area_of_interest(context, search.get(), lng_deg - kMiddle_deg, lat_deg - kMiddle_deg,
                                                        lng_deg + kMiddle_deg, lat_deg + kMiddle_deg);
  }
  const ObjectList found(proj_create_operations(context, source, target, search.get()));
  for (int i = 0; found != nullptr && i < proj_list_get_count(found.get()); ++i) {
    Object operation(proj_list_get(context, found.get(), i));
    if (ballpark || proj_coordoperation_has_ballpark_transformation(context, operation.get()) == 0) return operation;
  }
  return nullptr;
}

Object normalized(PJ_CONTEXT* context, const PJ* operation) { return Object(proj_normalize_for_visualization(context, operation)); }

// What one thread works with at a time. Members are destroyed before their context.
struct Worker {
  Context context;
  Object to_plane;    // Inverse: plane to source.
  Object to_degrees;  // Plane to degrees on the plane's own datum.
};

}  // namespace

struct Projection::State {
  // Set at construction.
  OperationNote note;
  std::string plane_code;
  std::string plane_wkt;
  std::string source_wkt;
  std::optional<AreaOfUse> area;
  bool degrees_in = false;  // The source is in plain degrees.

  // Guarded by `mutex`: the workers nobody uses now. The first one made is the
  // pattern of the others and is only ever cloned.
  mutable std::mutex mutex;
  mutable std::vector<std::unique_ptr<Worker>> idle;
  Worker pattern;

  std::unique_ptr<Worker> borrow() const {
    const std::lock_guard lock(mutex);
    if (!idle.empty()) {
      std::unique_ptr<Worker> worker = std::move(idle.back());
      idle.pop_back();
      return worker;
    }
    auto worker = std::make_unique<Worker>();
    worker->context.reset(proj_context_clone(pattern.context.get()));
    worker->to_plane.reset(proj_clone(worker->context.get(), pattern.to_plane.get()));
    worker->to_degrees.reset(proj_clone(worker->context.get(), pattern.to_degrees.get()));
    return worker;
  }
  void give_back(std::unique_ptr<Worker> worker) const {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(worker));
  }

  Result<void> to_plane(std::span<Point> points) const;
  Result<void> to_source(std::span<Point> points) const;
  std::optional<std::size_t> first_outside(const Worker& worker, std::span<const Point> given, std::span<const Point> on_plane) const;
  std::unexpected<Error> refuse(const Worker& worker, Point given) const;
};

namespace {

void transform(PJ* operation, PJ_DIRECTION direction, std::span<Point> points) {
  if (points.empty()) return;
  proj_errno_reset(operation);
  proj_trans_generic(operation, direction, &points[0].x_m, sizeof(Point), points.size(), &points[0].y_m, sizeof(Point), points.size(),
                     nullptr, 0, 0, nullptr, 0, 0);
}

// PROJ marks what it cannot transform by infinity.
bool finite(Point p) { return std::isfinite(p.x_m) && std::isfinite(p.y_m); }

bool valid_degrees(Point p) { return finite(p) && std::abs(p.x_m) <= 180 && std::abs(p.y_m) <= 90; }

}  // namespace

// The first point whose coordinates cannot be meant, if any.
std::optional<std::size_t> Projection::State::first_outside(const Worker& worker, std::span<const Point> given,
                                                            std::span<const Point> on_plane) const {
  std::vector<Point> degrees(degrees_in ? given.begin() : on_plane.begin(), degrees_in ? given.end() : on_plane.end());
  if (!degrees_in) transform(worker.to_degrees.get(), PJ_FWD, degrees);
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    if (!finite(given[i]) || !finite(on_plane[i]) || !valid_degrees(degrees[i])) return i;
    if (area && !area->near(degrees[i].x_m, degrees[i].y_m)) return i;
  }
  return std::nullopt;
}

std::unexpected<Error> Projection::State::refuse(const Worker& worker, Point given) const {
  std::string message = fmt::format("The coordinate ({}, {}) ", given.x_m, given.y_m);
  if (!finite(given)) return failure(ErrorCode::kInvalidArgument, message + "is not finite.");
  message += fmt::format("in {} lies outside the area of use of {}", note.source_crs, note.target_crs);
  if (area && !area->name.empty()) message += fmt::format(" ({})", area->name.substr(0, area->name.find_last_not_of('.') + 1));
  const Point swapped = {given.y_m, given.x_m};
  Point swapped_on_plane = swapped;
  transform(worker.to_plane.get(), PJ_FWD, {&swapped_on_plane, 1});
  if (!first_outside(worker, {&swapped, 1}, {&swapped_on_plane, 1})) {
    message += "; its axes look swapped: x must point east (longitude), y north (latitude)";
  }
  return failure(ErrorCode::kInvalidArgument, message + ".");
}

Result<void> Projection::State::to_plane(std::span<Point> points) const {
  const std::vector<Point> given(points.begin(), points.end());
  std::unique_ptr<Worker> worker = borrow();
  transform(worker->to_plane.get(), PJ_FWD, points);
  const auto outside = first_outside(*worker, given, points);
  Result<void> result;
  if (outside) result = refuse(*worker, given[*outside]);
  give_back(std::move(worker));
  return result;
}

Result<void> Projection::State::to_source(std::span<Point> points) const {
  std::unique_ptr<Worker> worker = borrow();
  const std::vector<Point> given(points.begin(), points.end());
  transform(worker->to_plane.get(), PJ_INV, points);
  // A datum shift by small angles is not undone exactly by its inverse: one
  // correction brings the round trip from a millimeter to less than a micrometer.
  std::vector<Point> again(points.begin(), points.end());
  transform(worker->to_plane.get(), PJ_FWD, again);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i] = {2 * given[i].x_m - again[i].x_m, 2 * given[i].y_m - again[i].y_m};
  }
  transform(worker->to_plane.get(), PJ_INV, points);
  give_back(std::move(worker));
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (finite(given[i]) && finite(points[i])) continue;
    return failure(ErrorCode::kInvalidArgument, fmt::format("The place ({}, {}) of the plane {} has no coordinate in {}.", given[i].x_m,
                                                            given[i].y_m, note.target_crs, note.source_crs));
  }
  return {};
}

Projection::Projection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Projection::~Projection() = default;
Projection::Projection(Projection&&) noexcept = default;
Projection& Projection::operator=(Projection&&) noexcept = default;

Result<Projection> Projection::make(const std::string& source_crs, const std::string& plane_crs) {
  auto state = std::make_unique<State>();
  state->pattern.context = new_context();
  PJ_CONTEXT* context = state->pattern.context.get();
  const auto source = read_system(context, source_crs);
  if (!source) return std::unexpected(source.error());
  const auto plane = read_system(context, plane_crs);
  if (!plane) return std::unexpected(plane.error());
  const auto usable = require_plane(context, *plane, plane_crs);
  if (!usable) return std::unexpected(usable.error());

  state->plane_code = plane->code.empty() ? plane_crs : plane->code;
  const char* wkt = proj_as_wkt(context, plane->horizontal.get(), PJ_WKT1_GDAL, nullptr);
  state->plane_wkt = wkt == nullptr ? "" : wkt;
  const char* source_wkt = proj_as_wkt(context, source->horizontal.get(), PJ_WKT1_GDAL, nullptr);
  state->source_wkt = source_wkt == nullptr ? "" : source_wkt;
  state->area = plane->area;
  state->degrees_in = source->plain_degrees;
  state->note.source_crs = source->code.empty() ? named(source_crs) : source->code;
  state->note.target_crs = named(state->plane_code);

  const Object operation = best_operation(context, source->crs.get(), plane->crs.get(), plane->area, false);
  const Object degrees(proj_crs_get_geodetic_crs(context, plane->horizontal.get()));
  const Object to_degrees = best_operation(context, plane->horizontal.get(), degrees.get(), std::nullopt, false);
  if (operation == nullptr || to_degrees == nullptr) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("Only a ballpark operation, or none, leads from {} to {}.", state->note.source_crs, state->note.target_crs));
  }
  const char* description = proj_get_name(operation.get());
  state->note.description = description == nullptr ? "" : description;
  const double accuracy_m = proj_coordoperation_get_accuracy(context, operation.get());
  if (accuracy_m >= 0) state->note.accuracy_m = accuracy_m;
  if (proj_get_type(operation.get()) == PJ_TYPE_CONVERSION) state->note.accuracy_m = 0;  // Mathematics alone, no datum shift.
  state->pattern.to_plane = normalized(context, operation.get());
  state->pattern.to_degrees = normalized(context, to_degrees.get());
  return Projection(std::move(state));
}

Result<Point> Projection::to_plane(double x, double y) const {
  Point p = {x, y};
  const auto done = state_->to_plane({&p, 1});
  if (!done) return std::unexpected(done.error());
  return p;
}

Result<LngLat> Projection::to_source(Point p) const {
  const auto done = state_->to_source({&p, 1});
  if (!done) return std::unexpected(done.error());
  return LngLat{p.x_m, p.y_m};
}

Result<Geometry> Projection::to_plane(const GeometryView& in_source) const {
  Geometry result = Geometry::copy_of(in_source);
  const auto done = state_->to_plane(result.points);
  if (!done) return std::unexpected(done.error());
  return result;
}

Result<Geometry> Projection::to_source(const GeometryView& on_plane) const {
  Geometry result = Geometry::copy_of(on_plane);
  const auto done = state_->to_source(result.points);
  if (!done) return std::unexpected(done.error());
  return result;
}

const OperationNote& Projection::note() const { return state_->note; }
const std::string& Projection::plane_code() const { return state_->plane_code; }
const std::string& Projection::plane_wkt() const { return state_->plane_wkt; }
const std::string& Projection::source_wkt() const { return state_->source_wkt; }

}  // namespace obnova::geo
