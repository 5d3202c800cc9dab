#include "geo/base/wkb.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

#include "geo/base/ring.h"

namespace obnova {
namespace {

enum WkbType : std::uint32_t {
  kWkbPoint = 1,
  kWkbLineString,
  kWkbPolygon,
  kWkbMultiPoint,
  kWkbMultiLineString,
  kWkbMultiPolygon,
  kWkbCollection,
};

// How many collections may stand inside each other.
constexpr int kDepthLimit = 8;

class Writer {
 public:
  // Room for all that will be written; a head and a count have nine bytes.
  explicit Writer(const GeometryView& shape) {
    const std::size_t heads = shape.kind == GeometryKind::kMultiPoint ? shape.points.size() : shape.path_ends.size();
    bytes_.reserve(shape.points.size() * sizeof(Point) + 9 * (heads + shape.part_ends.size() + 1));
  }
  void head(WkbType type) {
    bytes_.push_back('\x01');
    number(static_cast<std::uint32_t>(type));
  }
  void count(std::size_t value) { number(static_cast<std::uint32_t>(value)); }
  void point(Point p) {
    number(std::bit_cast<std::uint64_t>(p.x_m));
    number(std::bit_cast<std::uint64_t>(p.y_m));
  }
  void path(std::span<const Point> points) {
    count(points.size());
    for (const Point& p : points) point(p);
  }
  // The rings [first, last) of a shape, as one polygon.
  void polygon(const GeometryView& shape, std::uint32_t first, std::uint32_t last) {
    head(kWkbPolygon);
    count(last - first);
    for (std::uint32_t ring = first; ring < last; ++ring) path(shape.path(ring));
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <typename Number>
  void number(Number value) {
    std::array<char, sizeof(Number)> bytes;
    for (char& byte : bytes) {
      byte = static_cast<char>(value & 0xff);
      value >>= 8;
    }
    bytes_.append(bytes.data(), bytes.size());
  }

  std::string bytes_;
};

void write_multi(Writer& writer, const GeometryView& shape) {
  if (shape.kind == GeometryKind::kMultiPoint) {
    writer.head(kWkbMultiPoint);
    writer.count(shape.points.size());
    for (const Point& p : shape.points) {
      writer.head(kWkbPoint);
      writer.point(p);
    }
  } else if (shape.kind == GeometryKind::kMultiLineString) {
    writer.head(kWkbMultiLineString);
    writer.count(shape.path_ends.size());
    for (std::size_t i = 0; i < shape.path_ends.size(); ++i) {
      writer.head(kWkbLineString);
      writer.path(shape.path(i));
    }
  } else {
    writer.head(kWkbMultiPolygon);
    writer.count(shape.part_ends.size());
    std::uint32_t first = 0;
    for (const std::uint32_t last : shape.part_ends) {
      writer.polygon(shape, first, last);
      first = last;
    }
  }
}

using Status = std::expected<void, Error>;

std::unexpected<Error> broken(std::string message) { return failure(ErrorCode::kInvalidArgument, std::move(message)); }

// Reads shapes one into another: everything lands in one Geometry whose kind
// starts as what the outermost header says.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Result<Geometry> read() {
    if (const Status done = shape(0, 0); !done) return std::unexpected(done.error());
    if (at_ != bytes_.size()) return broken(fmt::format("The WKB has {} bytes after its end.", bytes_.size() - at_));
    if (result_.points.empty()) return Geometry{};
    if (dimension_ == 0) result_.path_ends = {static_cast<std::uint32_t>(result_.points.size())};
    result_.kind = kind();
    return std::move(result_);
  }

 private:
  struct Head {
    std::uint32_t type = 0;
    std::size_t coordinate_count = 2;
  };

  GeometryKind kind() const {
    if (dimension_ == 0) return is_multi_ ? GeometryKind::kMultiPoint : GeometryKind::kPoint;
    if (dimension_ == 1) return is_multi_ ? GeometryKind::kMultiLineString : GeometryKind::kLineString;
    return is_multi_ ? GeometryKind::kMultiPolygon : GeometryKind::kPolygon;
  }

  template <typename Number>
  Result<Number> number() {
    if (bytes_.size() - at_ < sizeof(Number)) return broken(fmt::format("The WKB ends early, at byte {}.", bytes_.size()));
    return next<Number>();
  }

  // Precondition: its bytes are there.
  template <typename Number>
  Number next() {
    std::array<unsigned char, sizeof(Number)> bytes;
    std::memcpy(bytes.data(), bytes_.data() + at_, sizeof(Number));
    at_ += sizeof(Number);
    if (is_big_) std::ranges::reverse(bytes);
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) value |= static_cast<Number>(Number{bytes[i]} << (8 * i));
    return value;
  }

  // A count of things of at least `size` bytes each, which the rest must hold.
  Result<std::uint32_t> count(std::size_t size) {
    const Result<std::uint32_t> value = number<std::uint32_t>();
    if (!value) return value;
    if (*value > (bytes_.size() - at_) / size) {
      return broken(fmt::format("The WKB promises {} items at byte {}, more than its bytes can hold.", *value, at_ - 4));
    }
    return value;
  }

  Result<Head> head() {
    if (at_ == bytes_.size()) return broken(fmt::format("The WKB ends early, at byte {}.", at_));
    const auto order = static_cast<unsigned char>(bytes_[at_]);
    if (order > 1) return broken(fmt::format("The WKB byte order is {}, not 0 or 1.", order));
    is_big_ = order == 0;
    ++at_;
    const Result<std::uint32_t> code = number<std::uint32_t>();
    if (!code) return std::unexpected(code.error());
    return head_of(*code);
  }

  // EWKB marks z, m and srid by the three highest bits, ISO z and m by thousands.
  Result<Head> head_of(std::uint32_t code) {
    const bool has_srid = (code & 0x20000000U) != 0;
    const std::size_t flagged = ((code & 0x80000000U) != 0 ? 1U : 0U) + ((code & 0x40000000U) != 0 ? 1U : 0U);
    const std::uint32_t plain = code & 0x1fffffffU;
    const std::uint32_t thousands = plain / 1000;
    const std::uint32_t type = plain % 1000;
    if (thousands > 3 || type < kWkbPoint || type > kWkbCollection || (flagged > 0 && thousands > 0)) {
      return broken(fmt::format("The WKB shape type {} is not supported.", code));
    }
    if (has_srid) {
      if (const auto srid = number<std::uint32_t>(); !srid) return std::unexpected(srid.error());
    }
    const std::size_t iso = thousands == 3 ? 2U : (thousands > 0 ? 1U : 0U);
    return Head{.type = type, .coordinate_count = 2 + flagged + iso};
  }

  // `expected_type` is what the parent demands; 0 for anything.
  Status shape(std::uint32_t expected_type, int depth) {
    const Result<Head> what = head();
    if (!what) return std::unexpected(what.error());
    if (expected_type != 0 && what->type != expected_type) {
      return broken(fmt::format("The WKB has shape type {} where only type {} can be.", what->type, expected_type));
    }
    switch (what->type) {
      case kWkbPoint:
        return single_point(*what);
      case kWkbLineString:
        return line(*what);
      case kWkbPolygon:
        return polygon(*what);
      case kWkbCollection:
        if (depth == kDepthLimit) return broken(fmt::format("The WKB nests more than {} collections.", kDepthLimit));
        return members(0, depth + 1);
      default:
        return members(what->type - kWkbMultiPoint + kWkbPoint, depth + 1);
    }
  }

  Status members(std::uint32_t type, int depth) {
    is_multi_ = true;
    constexpr std::size_t kSmallestShape = 9;  // Byte order, type, count.
    const Result<std::uint32_t> member_count = count(kSmallestShape);
    if (!member_count) return std::unexpected(member_count.error());
    for (std::uint32_t i = 0; i < *member_count; ++i) {
      if (const Status done = shape(type, depth); !done) return done;
    }
    return {};
  }

  // Remembers the dimension of what is not empty.
  Status accept(int dimension) {
    if (dimension_ != -1 && dimension_ != dimension) return broken("The WKB mixes points, lines and areas in one collection.");
    dimension_ = dimension;
    return {};
  }

  // Preconditions of the two: their bytes are there.
  double next_coordinate() {
    const double value = std::bit_cast<double>(next<std::uint64_t>());
    // Also -0.0 and numbers too small for full precision become 0.
    return std::fpclassify(value) == FP_SUBNORMAL || value == 0 ? 0.0 : value;
  }
  Point next_point(const Head& what) {
    const double x = next_coordinate();
    const double y = next_coordinate();
    at_ += (what.coordinate_count - 2) * sizeof(double);
    return {x, y};
  }

  Status single_point(const Head& what) {
    if (bytes_.size() - at_ < what.coordinate_count * sizeof(double)) {
      return broken(fmt::format("The WKB ends early, at byte {}.", bytes_.size()));
    }
    const Point p = next_point(what);
    if (std::isnan(p.x_m) && std::isnan(p.y_m)) return {};  // How WKB writes POINT EMPTY.
    if (!is_usable(p)) return unusable(p);
    result_.points.push_back(p);
    return accept(0);
  }

  std::unexpected<Error> unusable(Point p) {
    return broken(fmt::format("The coordinate ({}, {}) is not a finite number of usable size.", p.x_m, p.y_m));
  }

  Status path(const Head& what) {
    const std::size_t begin = result_.points.size();
    const Result<std::uint32_t> point_count = count(what.coordinate_count * sizeof(double));
    if (!point_count) return std::unexpected(point_count.error());
    if (begin == 0) result_.points.reserve(*point_count);  // Later paths let the array grow by itself.
    for (std::uint32_t i = 0; i < *point_count; ++i) {
      const Point p = next_point(what);
      if (!is_usable(p)) return unusable(p);
      result_.points.push_back(p);
    }
    remove_repeats(result_.points, begin);
    return {};
  }

  Status line(const Head& what) {
    const std::size_t begin = result_.points.size();
    const std::size_t count_at = at_;
    if (const Status done = path(what); !done) return done;
    const std::size_t size = result_.points.size() - begin;
    if (size == 0) return {};
    if (size == 1) return broken(fmt::format("The line at byte {} needs at least 2 different points.", count_at));
    result_.path_ends.push_back(static_cast<std::uint32_t>(result_.points.size()));
    return accept(1);
  }

  Status polygon(const Head& what) {
    const Result<std::uint32_t> ring_count = count(sizeof(std::uint32_t));
    if (!ring_count) return std::unexpected(ring_count.error());
    for (std::uint32_t i = 0; i < *ring_count; ++i) {
      if (const Status done = ring(what, i == 0); !done) return done;
    }
    if (*ring_count == 0) return {};
    result_.part_ends.push_back(static_cast<std::uint32_t>(result_.path_ends.size()));
    return accept(2);
  }

  Status ring(const Head& what, bool is_shell) {
    const std::size_t begin = result_.points.size();
    if (const Status done = path(what); !done) return done;
    const std::size_t size = result_.points.size() - begin;
    if (size > 0 && result_.points[begin] != result_.points.back()) return broken("A ring does not end where it begins.");
    if (size < 4) return broken(fmt::format("A ring needs at least 4 points, got {} without repeats.", size));
    turn_ring(std::span(result_.points).subspan(begin), is_shell);
    result_.path_ends.push_back(static_cast<std::uint32_t>(result_.points.size()));
    return {};
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool is_big_ = false;
  bool is_multi_ = false;
  int dimension_ = -1;
  Geometry result_;
};

}  // namespace

std::string to_wkb(const GeometryView& geometry) {
  if (geometry.kind == GeometryKind::kNone) return {};
  Writer writer(geometry);
  switch (geometry.kind) {
    case GeometryKind::kNone:
      break;
    case GeometryKind::kPoint:
      writer.head(kWkbPoint);
      writer.point(geometry.points.front());
      break;
    case GeometryKind::kLineString:
      writer.head(kWkbLineString);
      writer.path(geometry.points);
      break;
    case GeometryKind::kPolygon:
      writer.polygon(geometry, 0, static_cast<std::uint32_t>(geometry.path_ends.size()));
      break;
    default:
      write_multi(writer, geometry);
  }
  return writer.take();
}

Result<Geometry> from_wkb(std::string_view bytes) {
  if (bytes.empty()) return Geometry{};
  if (bytes.size() / sizeof(Point) > std::numeric_limits<std::uint32_t>::max()) return broken("The WKB is too large.");
  return Reader(bytes).read();
}

}  // namespace obnova
