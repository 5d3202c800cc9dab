#include "geo/layer/layer_content.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"

namespace obnova::geo {
namespace {

// So that the hull of a whole country never needs a second copy of its points.
constexpr std::size_t kHullStep = 65'536;

// A meter wider, because one point or a straight row of points has no area.
Geometry around(const Box& extent) { return Geometry::rectangle(extent.grown(1)); }

// A large box within a convex area, empty when none is found: points in it
// change nothing about the hull, and most points of a city are in it.
Box box_inside(const GeometryView& hull) {
  if (hull.kind != GeometryKind::kPolygon) return {};
  const Box box = hull.box();
  const Point middle = {(box.min.x_m + box.max.x_m) / 2, (box.min.y_m + box.max.y_m) / 2};
  for (const double share : {0.95, 0.85, 0.7, 0.5, 0.3}) {
    const double half_width = share * (box.max.x_m - box.min.x_m) / 2;
    const double half_height = share * (box.max.y_m - box.min.y_m) / 2;
    const Box inner{{middle.x_m - half_width, middle.y_m - half_height}, {middle.x_m + half_width, middle.y_m + half_height}};
    const auto corners = Geometry::rectangle(inner).points;
    if (std::ranges::all_of(corners, [&](Point corner) { return covers(hull, corner); })) return inner;
  }
  return {};
}

std::string_view type_name(FieldType type) {
  switch (type) {
    case FieldType::kBool:
      return "true or false";
    case FieldType::kInt:
      return "a whole number";
    case FieldType::kDouble:
      return "a number";
    case FieldType::kString:
      return "text";
  }
  return "";
}

bool is_finite(Point p) { return std::isfinite(p.x_m) && std::isfinite(p.y_m); }

}  // namespace

Result<void> check_row_count(std::size_t row_count) {
  if (row_count < kMaxRowCount) return {};
  return failure(ErrorCode::kLimitExceeded, fmt::format("A layer holds at most {} features.", kMaxRowCount));
}

Result<void> check_feature(std::span<const Field> fields, std::string_view id, const GeometryView& geometry,
                           std::span<const Value> values) {
  if (values.size() != fields.size()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("Feature `{}` has {} values for {} fields.", id, values.size(), fields.size()));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!fits(values[i], fields[i].type)) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The field `{}` of feature `{}` must be {}.", fields[i].name, id, type_name(fields[i].type)));
    }
    const auto* number = std::get_if<double>(&values[i]);
    if (number != nullptr && !std::isfinite(*number)) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The field `{}` of feature `{}` is not a finite number.", fields[i].name, id));
    }
  }
  if (!std::ranges::all_of(geometry.points, is_finite)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("Feature `{}` has a coordinate that is not a finite number.", id));
  }
  return {};
}

Geometry surrounding_area(std::span<const Point> points, const Box& extent) {
  if (points.empty()) return {};
  Geometry hull;
  Box settled;
  for (auto next = points.begin(); next != points.end();) {
    std::vector<Point> corners = std::move(hull.points);
    const std::size_t enough = corners.size() + kHullStep;
    for (; next != points.end() && corners.size() < enough; ++next) {
      if (!settled.contains(*next)) corners.push_back(*next);
    }
    if (corners.size() == 1) corners.push_back(corners.front());
    Result<Geometry> wider = convex_hull(Geometry::line(std::move(corners)).view());
    if (!wider || wider->kind == GeometryKind::kNone) return around(extent);
    hull = *std::move(wider);
    settled = box_inside(hull.view());
  }
  return hull.kind == GeometryKind::kPolygon ? hull : around(extent);
}

std::optional<Geometry> widened_area(const Geometry& area, std::span<const Point> points, const Box& extent) {
  const Box settled = box_inside(area.view());
  std::vector<Point> corners;
  std::ranges::copy_if(points, std::back_inserter(corners), [&settled](Point p) { return !settled.contains(p); });
  if (corners.empty()) return std::nullopt;
  corners.insert(corners.end(), area.points.begin(), area.points.end());
  return surrounding_area(corners, extent);
}

void add_shape(const GeometryView& shape, Digester& digester) {
  digester.add(static_cast<std::uint64_t>(shape.kind));
  add_array(shape.points, digester);
  add_array(shape.path_ends, digester);
  add_array(shape.part_ends, digester);
}

void add_bits(const std::vector<bool>& bits, Digester& digester) {
  std::string bytes((bits.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | (1 << (i % 8)));
  }
  digester.add(static_cast<std::uint64_t>(bits.size()));
  digester.add(std::string_view(bytes));
}

void add_description(const LayerDescription& description, const std::vector<Field>& fields, Digester& digester) {
  digester.add(std::string_view(description.id));
  digester.add(std::string_view(description.title));
  digester.add(static_cast<std::uint64_t>(description.theme));
  digester.add(std::string_view(description.source));
  digester.add(std::string_view(description.licence));
  digester.add(std::string_view(description.attribution));
  digester.add(std::string_view(description.dated));
  add_shape(description.covered_area.view(), digester);
  digester.add(static_cast<std::uint64_t>(fields.size()));
  for (const Field& field : fields) {
    digester.add(std::string_view(field.name));
    digester.add(static_cast<std::uint64_t>(field.type));
  }
}

void Column::add_to(Digester& digester) const {
  add_bits(nulls_, digester);
  add_bits(bools_, digester);
  add_array(numbers_, digester);
  add_array(doubles_, digester);
  add_array(codes_, digester);
  digester.add(static_cast<std::uint64_t>(texts_.size()));
  for (const std::string& text : texts_) digester.add(std::string_view(text));
}

}  // namespace obnova::geo
