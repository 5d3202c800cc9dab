#include "server/ingest/city_json_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "geo/base/overlay.h"

namespace obnova::server {
namespace {

using nlohmann::json;

std::unexpected<Error> bad(const std::string& why) { return failure(ErrorCode::kBadData, why); }

bool is_number_triple(const json& value) {
  return value.is_array() && value.size() == 3 && std::all_of(value.begin(), value.end(), [](const json& one) { return one.is_number(); });
}

// `lod` is a number in version 1.0 and a text such as `2.2` since.
double lod_of(const json& geometry) {
  const auto found = geometry.find("lod");
  if (found == geometry.end()) return 0;
  if (found->is_number()) return found->get<double>();
  if (!found->is_string()) return 0;
  const auto& text = found->get_ref<const std::string&>();
  double lod = 0;
  std::from_chars(text.data(), text.data() + text.size(), lod);
  return lod;
}

Result<std::vector<std::size_t>> read_path(const json& path, std::size_t vertex_count) {
  if (!path.is_array()) return bad("A boundary is no list.");
  std::vector<std::size_t> numbers;
  numbers.reserve(path.size());
  for (const json& one : path) {
    if (!one.is_number_unsigned()) return bad("A boundary holds something that is no vertex.");
    const auto number = one.get<std::uint64_t>();
    if (number >= vertex_count) return bad(fmt::format("It has the vertex {}, but there are only {}.", number, vertex_count));
    numbers.push_back(static_cast<std::size_t>(number));
  }
  return numbers;
}

// How many lists lie between the boundaries and a face.
std::optional<int> levels_above_faces(std::string_view type) {
  if (type == "MultiSurface" || type == "CompositeSurface") return 0;
  if (type == "Solid") return 1;
  if (type == "MultiSolid" || type == "CompositeSolid") return 2;
  return std::nullopt;
}

// Faces of a geometry, and for each what the same place of the semantics holds.
class FaceReader {
 public:
  FaceReader(const json& geometry, std::size_t vertex_count) : vertex_count_(vertex_count) {
    const auto semantics = geometry.find("semantics");
    if (semantics == geometry.end() || !semantics->is_object()) return;
    surfaces_ = semantics->contains("surfaces") ? &semantics->at("surfaces") : nullptr;
    values_ = semantics->contains("values") ? &semantics->at("values") : nullptr;
  }

  Result<std::vector<CityFace>> read(const json& boundaries, int levels) {
    const Result<void> done = go_down(boundaries, values_, levels);
    if (!done) return std::unexpected(done.error());
    return std::move(faces_);
  }

 private:
  Result<void> go_down(const json& list, const json* values, int levels) {
    if (!list.is_array()) return bad("A boundary is no list.");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const json* value = values != nullptr && values->is_array() && i < values->size() ? &(*values)[i] : nullptr;
      const Result<void> done = levels > 0 ? go_down(list[i], value, levels - 1) : take_face(list[i], value);
      if (!done) return done;
    }
    return {};
  }

  Result<void> take_face(const json& rings, const json* value) {
    if (!rings.is_array()) return bad("A face is no list of rings.");
    CityFace face;
    for (const json& ring : rings) {
      auto path = read_path(ring, vertex_count_);
      if (!path) return std::unexpected(path.error());
      face.rings.push_back(std::move(*path));
    }
    face.is_ground = is_ground(value);
    faces_.push_back(std::move(face));
    return {};
  }

  bool is_ground(const json* value) const {
    if (value == nullptr || surfaces_ == nullptr || !value->is_number_unsigned() || !surfaces_->is_array()) return false;
    const auto number = value->get<std::uint64_t>();
    if (number >= surfaces_->size()) return false;
    const json& surface = (*surfaces_)[number];
    return surface.is_object() && surface.value("type", json()) == "GroundSurface";
  }

  std::size_t vertex_count_;
  const json* surfaces_ = nullptr;
  const json* values_ = nullptr;
  std::vector<CityFace> faces_;
};

Result<void> read_lines(const json& boundaries, std::size_t vertex_count, CityShape& shape) {
  if (!boundaries.is_array()) return bad("A boundary is no list.");
  for (const json& line : boundaries) {
    auto path = read_path(line, vertex_count);
    if (!path) return std::unexpected(path.error());
    shape.lines.push_back(std::move(*path));
  }
  return {};
}

std::vector<Point> on_ground(const std::vector<std::size_t>& numbers, const std::vector<CityVertex>& vertices) {
  std::vector<Point> points;
  for (const std::size_t number : numbers) {
    const Point p = {vertices[number].x, vertices[number].y};
    if (points.empty() || points.back() != p) points.push_back(p);
  }
  if (points.size() > 1 && points.front() == points.back()) points.pop_back();
  return points;
}

double twice_area(const std::vector<Point>& outline) {
  double sum = 0;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Point a = outline[i];
    const Point b = outline[(i + 1) % outline.size()];
    sum += (a.x_m - outline[0].x_m) * (b.y_m - outline[0].y_m) - (b.x_m - outline[0].x_m) * (a.y_m - outline[0].y_m);
  }
  return sum;
}

// Walls seen from above have no area; what rounding leaves of it is none either.
bool is_upright(const std::vector<Point>& outline) {
  if (outline.size() < 3) return true;
  double around = 0;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Point a = outline[i];
    const Point b = outline[(i + 1) % outline.size()];
    around += std::hypot(b.x_m - a.x_m, b.y_m - a.y_m);
  }
  return std::abs(twice_area(outline)) < around * around * 1e-6;
}

// The face seen from above; kNone for a wall.
Result<Geometry> seen_from_above(const CityFace& face, const std::vector<CityVertex>& vertices) {
  if (face.rings.empty()) return Geometry{};
  std::vector<Point> shell = on_ground(face.rings.front(), vertices);
  if (is_upright(shell)) return Geometry{};
  Result<Geometry> area = make_valid(Geometry::polygon(std::move(shell)).view());
  for (std::size_t i = 1; area && i < face.rings.size(); ++i) {
    std::vector<Point> ring = on_ground(face.rings[i], vertices);
    if (is_upright(ring)) continue;
    const Result<Geometry> hole = make_valid(Geometry::polygon(std::move(ring)).view());
    if (!hole) return hole;
    area = difference(area->view(), hole->view());
  }
  return area;
}

Result<Geometry> area_of(const std::vector<const CityFace*>& faces, const std::vector<CityVertex>& vertices) {
  std::vector<Geometry> areas;
  for (const CityFace* face : faces) {
    Result<Geometry> area = seen_from_above(*face, vertices);
    if (!area) return area;
    if (area->kind != GeometryKind::kNone) areas.push_back(std::move(*area));
  }
  if (areas.empty()) return Geometry{};
  return union_all(areas);
}

// The ground surfaces of the highest level of detail that has any.
std::vector<const CityFace*> ground_faces(const std::vector<CityShape>& shapes) {
  std::vector<const CityFace*> faces;
  double best = -1;
  for (const CityShape& shape : shapes) {
    for (const CityFace& face : shape.faces) {
      if (!face.is_ground || shape.lod < best) continue;
      if (shape.lod > best) faces.clear();
      best = shape.lod;
      faces.push_back(&face);
    }
  }
  return faces;
}

std::vector<const CityFace*> lowest_faces(const std::vector<CityShape>& shapes) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const CityShape& shape : shapes) {
    if (!shape.faces.empty()) lowest = std::min(lowest, shape.lod);
  }
  std::vector<const CityFace*> faces;
  for (const CityShape& shape : shapes) {
    if (shape.lod != lowest) continue;
    for (const CityFace& face : shape.faces) faces.push_back(&face);
  }
  return faces;
}

Geometry lines_and_points(const std::vector<CityShape>& shapes, const std::vector<CityVertex>& vertices) {
  Geometry lines{.kind = GeometryKind::kMultiLineString, .points = {}, .path_ends = {}, .part_ends = {}};
  Geometry points{.kind = GeometryKind::kMultiPoint, .points = {}, .path_ends = {}, .part_ends = {}};
  for (const CityShape& shape : shapes) {
    for (const auto& line : shape.lines) {
      if (line.size() < 2) continue;
      for (const std::size_t number : line) lines.points.push_back({vertices[number].x, vertices[number].y});
      lines.path_ends.push_back(static_cast<std::uint32_t>(lines.points.size()));
    }
    for (const std::size_t number : shape.points) points.points.push_back({vertices[number].x, vertices[number].y});
  }
  if (!lines.points.empty()) return lines;
  if (points.points.size() == 1) return Geometry::point(points.points.front());
  if (points.points.empty()) return {};
  points.path_ends.push_back(static_cast<std::uint32_t>(points.points.size()));
  return points;
}

}  // namespace

Result<std::vector<CityVertex>> city_vertices(const json& vertices, const json& transform) {
  std::array<double, 3> scale = {1, 1, 1};
  std::array<double, 3> translate = {0, 0, 0};
  if (transform.is_object()) {
    if (!transform.contains("scale") || !transform.contains("translate") || !is_number_triple(transform["scale"]) ||
        !is_number_triple(transform["translate"])) {
      return bad("Its `transform` has no `scale` and `translate` of three numbers.");
    }
    scale = transform["scale"].get<std::array<double, 3>>();
    translate = transform["translate"].get<std::array<double, 3>>();
  }
  if (!vertices.is_array()) return bad("Its `vertices` are no list.");
  std::vector<CityVertex> all;
  all.reserve(vertices.size());
  for (const json& one : vertices) {
    if (!is_number_triple(one)) return bad(fmt::format("Its vertex {} is not three numbers.", all.size()));
    const CityVertex vertex = {one[0].get<double>() * scale[0] + translate[0], one[1].get<double>() * scale[1] + translate[1],
                               one[2].get<double>() * scale[2] + translate[2]};
    if (!std::isfinite(vertex.x) || !std::isfinite(vertex.y) || !std::isfinite(vertex.z)) {
      return bad(fmt::format("Its vertex {} is not finite.", all.size()));
    }
    all.push_back(vertex);
  }
  return all;
}

Result<CityShape> city_shape(const json& geometry, std::size_t vertex_count) {
  if (!geometry.is_object() || !geometry.contains("boundaries") || !geometry.contains("type") || !geometry["type"].is_string()) {
    return bad("A geometry has no type or no boundaries.");
  }
  const auto& type = geometry["type"].get_ref<const std::string&>();
  const json& boundaries = geometry["boundaries"];
  CityShape shape;
  shape.lod = lod_of(geometry);
  if (const auto levels = levels_above_faces(type)) {
    auto faces = FaceReader(geometry, vertex_count).read(boundaries, *levels);
    if (!faces) return std::unexpected(faces.error());
    shape.faces = std::move(*faces);
    return shape;
  }
  if (type == "MultiLineString") {
    const Result<void> read = read_lines(boundaries, vertex_count, shape);
    if (!read) return std::unexpected(read.error());
    return shape;
  }
  if (type != "MultiPoint" && type != "GeometryInstance")
    return bad(fmt::format("A geometry is of the type `{}`, which does not exist.", type.substr(0, 60)));
  auto points = read_path(boundaries, vertex_count);
  if (!points) return std::unexpected(points.error());
  shape.points = std::move(*points);
  shape.is_template = type == "GeometryInstance";
  return shape;
}

Result<Geometry> footprint(const std::vector<CityShape>& shapes, const std::vector<CityVertex>& vertices) {
  const Result<Geometry> ground = area_of(ground_faces(shapes), vertices);
  if (!ground || ground->kind != GeometryKind::kNone) return ground;
  const Result<Geometry> lowest = area_of(lowest_faces(shapes), vertices);
  if (!lowest || lowest->kind != GeometryKind::kNone) return lowest;
  return lines_and_points(shapes, vertices);
}

std::optional<double> height_of(const std::vector<CityShape>& shapes, const std::vector<CityVertex>& vertices) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const CityShape& shape : shapes) {
    for (const CityFace& face : shape.faces) {
      for (const auto& ring : face.rings) {
        for (const std::size_t number : ring) {
          low = std::min(low, vertices[number].z);
          high = std::max(high, vertices[number].z);
        }
      }
    }
  }
  if (!(high > low)) return std::nullopt;
  return high - low;
}

}  // namespace obnova::server
