#include "geo/query/features/cql2_shape.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace obnova::geo {
namespace {

struct ShapeWord {
  std::string_view keyword;
  GeometryKind kind;
};

constexpr auto kShapeWords = std::to_array<ShapeWord>({
    {"POINT", GeometryKind::kPoint},
    {"LINESTRING", GeometryKind::kLineString},
    {"POLYGON", GeometryKind::kPolygon},
    {"MULTIPOINT", GeometryKind::kMultiPoint},
    {"MULTILINESTRING", GeometryKind::kMultiLineString},
    {"MULTIPOLYGON", GeometryKind::kMultiPolygon},
});

const ShapeWord* shape_word(const Token& token) {
  const auto found = std::ranges::find_if(kShapeWords, [&](const ShapeWord& word) { return is_keyword(token, word.keyword); });
  return found == kShapeWords.end() ? nullptr : &*found;
}

double signed_area(std::span<const Point> ring) {
  double twice = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    const Point a = {ring[i].x_m - ring[0].x_m, ring[i].y_m - ring[0].y_m};
    const Point b = {ring[i + 1].x_m - ring[0].x_m, ring[i + 1].y_m - ring[0].y_m};
    twice += a.x_m * b.y_m - b.x_m * a.y_m;
  }
  return twice / 2;
}

// Reads the parenthesized lists of one shape into a Geometry.
class ShapeReader {
 public:
  ShapeReader(TokenReader& reader, GeometryKind kind) : reader_(reader) { shape_.kind = kind; }

  Result<Geometry> read() {
    const Result<void> done = read_kind();
    if (!done) return std::unexpected(done.error());
    return std::move(shape_);
  }

 private:
  Result<void> read_kind() {
    switch (shape_.kind) {
      case GeometryKind::kNone:
        break;
      case GeometryKind::kPoint:
        return points(1);
      case GeometryKind::kLineString:
        return line();
      case GeometryKind::kPolygon:
        return polygon();
      case GeometryKind::kMultiPoint:
        return multi_point();
      case GeometryKind::kMultiLineString:
        return list([this] { return line(); });
      case GeometryKind::kMultiPolygon:
        return list([this] { return polygon(); });
    }
    return {};
  }

  // "(" item {"," item} ")"
  template <typename Item>
  Result<void> list(const Item& item) {
    if (const auto open = reader_.expect_symbol("("); !open) return open;
    do {
      if (const Result<void> read = item(); !read) return read;
    } while (reader_.take_symbol(","));
    return reader_.expect_symbol(")");
  }

  Result<void> coordinate() {
    const Result<double> x = reader_.expect_number();
    if (!x) return std::unexpected(x.error());
    const Result<double> y = reader_.expect_number();
    if (!y) return std::unexpected(y.error());
    if (reader_.peek().kind == TokenKind::kNumber) {
      if (const Result<double> z = reader_.expect_number(); !z) return std::unexpected(z.error());
    }
    shape_.points.push_back({*x, *y});
    return {};
  }

  // One path of at most `max_count` points.
  Result<void> points(std::size_t max_count) {
    const std::size_t offset = reader_.peek().offset;
    const std::size_t begin = shape_.points.size();
    if (const Result<void> read = list([this] { return coordinate(); }); !read) return read;
    const std::size_t count = shape_.points.size() - begin;
    if (count > max_count) return reader_.problem_at(offset, fmt::format("expected 1 point, found {}", count));
    end_path();
    return {};
  }

  void end_path() { shape_.path_ends.push_back(static_cast<std::uint32_t>(shape_.points.size())); }

  Result<void> line() {
    const std::size_t offset = reader_.peek().offset;
    const std::size_t begin = shape_.points.size();
    if (const Result<void> read = points(shape_.points.max_size()); !read) return read;
    if (shape_.points.size() - begin < 2) return reader_.problem_at(offset, "a line needs at least 2 points");
    return {};
  }

  Result<void> polygon() {
    bool is_shell = true;
    const Result<void> read = list([&] { return ring(std::exchange(is_shell, false)); });
    shape_.part_ends.push_back(static_cast<std::uint32_t>(shape_.path_ends.size()));
    return read;
  }

  Result<void> ring(bool is_shell) {
    const std::size_t offset = reader_.peek().offset;
    const std::size_t begin = shape_.points.size();
    if (const Result<void> read = points(shape_.points.max_size()); !read) return read;
    const std::span<Point> ring = std::span(shape_.points).subspan(begin);
    if (ring.size() < 4) return reader_.problem_at(offset, fmt::format("a ring needs at least 4 points, found {}", ring.size()));
    if (ring.front() != ring.back()) return reader_.problem_at(offset, "a ring must end where it begins");
    if ((signed_area(ring) > 0) != is_shell) std::ranges::reverse(ring);
    return {};
  }

  // Both MULTIPOINT((1 2), (3 4)) and MULTIPOINT(1 2, 3 4) are in use.
  Result<void> multi_point() {
    const Result<void> read = list([this]() -> Result<void> {
      if (!reader_.take_symbol("(")) return coordinate();
      if (const Result<void> point = coordinate(); !point) return point;
      return reader_.expect_symbol(")");
    });
    end_path();
    return read;
  }

  TokenReader& reader_;
  Geometry shape_;
};

Result<Geometry> read_box(TokenReader& reader) {
  const std::size_t offset = reader.peek().offset;
  if (const auto open = reader.expect_symbol("("); !open) return std::unexpected(open.error());
  std::array<double, 4> sides = {};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (i > 0) {
      if (const auto comma = reader.expect_symbol(","); !comma) return std::unexpected(comma.error());
    }
    const Result<double> side = reader.expect_number();
    if (!side) return std::unexpected(side.error());
    sides[i] = *side;
  }
  if (const auto close = reader.expect_symbol(")"); !close) return std::unexpected(close.error());
  const Box box{{sides[0], sides[1]}, {sides[2], sides[3]}};
  if (box.empty()) return reader.problem_at(offset, "a box is west, south, east, north, with west <= east and south <= north");
  return Geometry::rectangle(box);
}

}  // namespace

bool begins_shape(const TokenReader& reader) {
  const Token& after = reader.peek_after();
  const bool coordinates_follow = (after.kind == TokenKind::kSymbol && after.text == "(") || is_keyword(after, "Z");
  return coordinates_follow && (is_keyword(reader.peek(), "BBOX") || shape_word(reader.peek()) != nullptr);
}

Result<Geometry> read_shape(TokenReader& reader) {
  if (reader.take_keyword("BBOX")) return read_box(reader);
  const ShapeWord* word = shape_word(reader.peek());
  if (word == nullptr) return reader.expected("POINT, LINESTRING, POLYGON, their MULTI forms or BBOX");
  reader.take();
  reader.take_keyword("Z");
  return ShapeReader(reader, word->kind).read();
}

}  // namespace obnova::geo
