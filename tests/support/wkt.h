#pragma once

#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "geo/base/geometry.h"

namespace obnova {

// A shape as text says it, also one that our model does not have: what is in a
// mixed collection lies apart by dimension. Rings are kept as written.
struct Wkt {
  std::array<Geometry, 3> by_dimension;
  std::vector<Geometry> members;  // Of the outermost multi or collection, or the shape itself.
  bool is_multi = false;

  // How many dimensions have anything.
  int dimension_count() const {
    int count = 0;
    for (const Geometry& shape : by_dimension) count += shape.points.empty() ? 0 : 1;
    return count;
  }
  bool is_mixed() const { return dimension_count() > 1; }
  // What has the highest dimension; kNone when all is empty.
  Geometry highest() const {
    for (std::size_t i = 3; i > 0; --i) {
      if (!by_dimension[i - 1].points.empty()) return by_dimension[i - 1];
    }
    return {};
  }
};

// Reads well-known text of two dimensions. For tests: no limits, short errors.
class WktParser {
 public:
  static std::optional<Wkt> parse(std::string_view text) {
    WktParser parser(text);
    if (!parser.shape(0)) return std::nullopt;
    parser.skip_space();
    if (parser.at_ != parser.text_.size()) return std::nullopt;
    Wkt result;
    result.is_multi = parser.is_multi_;
    for (std::size_t i = 0; i < 3; ++i) result.by_dimension[i] = finish(parser.bins_[i], i, parser.is_multi_);
    result.members = std::move(parser.members_);
    return result;
  }

 private:
  explicit WktParser(std::string_view text) : text_(text) {}

  static Geometry finish(Geometry shape, std::size_t dimension, bool is_multi) {
    if (shape.points.empty()) return {};
    constexpr GeometryKind kSingle[] = {GeometryKind::kPoint, GeometryKind::kLineString, GeometryKind::kPolygon};
    constexpr GeometryKind kMulti[] = {GeometryKind::kMultiPoint, GeometryKind::kMultiLineString, GeometryKind::kMultiPolygon};
    if (dimension == 0) shape.path_ends = {static_cast<std::uint32_t>(shape.points.size())};
    shape.kind = is_multi ? kMulti[dimension] : kSingle[dimension];
    return shape;
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  bool take(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  std::string word() {
    skip_space();
    std::string result;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) {
      result.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(text_[at_++]))));
    }
    return result;
  }

  bool take_empty() {
    const std::size_t before = at_;
    if (word() == "EMPTY") return true;
    at_ = before;
    return false;
  }

  // A list in parentheses, or EMPTY.
  template <typename Item>
  bool list(const Item& item) {
    if (take_empty()) return true;
    if (!take('(')) return false;
    do {
      if (!item()) return false;
    } while (take(','));
    return take(')');
  }

  std::optional<double> number() {
    skip_space();
    const std::string rest(text_.substr(at_, 64));
    char* end = nullptr;
    const double value = std::strtod(rest.c_str(), &end);
    if (end == rest.c_str()) return std::nullopt;
    at_ += static_cast<std::size_t>(end - rest.c_str());
    return value;
  }

  bool coordinate(Geometry& into) {
    const auto x = number();
    const auto y = x ? number() : std::nullopt;
    if (!y) return false;
    while (number()) {  // Further ordinates are dropped.
    }
    into.points.push_back({*x, *y});
    return true;
  }

  bool path(Geometry& into) {
    const std::size_t before = into.points.size();
    if (!list([&] { return coordinate(into); })) return false;
    if (into.points.size() > before) into.path_ends.push_back(static_cast<std::uint32_t>(into.points.size()));
    return true;
  }

  bool polygon(Geometry& into) {
    const std::size_t before = into.path_ends.size();
    if (!list([&] { return path(into); })) return false;
    if (into.path_ends.size() > before) into.part_ends.push_back(static_cast<std::uint32_t>(into.path_ends.size()));
    return true;
  }

  // Points of a MULTIPOINT stand with or without parentheses.
  bool multi_point_member(Geometry& into) {
    if (take_empty()) return true;
    if (!take('(')) return coordinate(into);
    return coordinate(into) && take(')');
  }

  template <typename Read>
  bool member(std::size_t dimension, const Read& read) {
    Geometry single;
    if (!read(single)) return false;
    if (single.points.empty()) return true;
    Geometry& bin = bins_[dimension];
    const auto point_base = static_cast<std::uint32_t>(bin.points.size());
    const auto path_base = static_cast<std::uint32_t>(bin.path_ends.size());
    bin.points.insert(bin.points.end(), single.points.begin(), single.points.end());
    for (const std::uint32_t end : single.path_ends) bin.path_ends.push_back(point_base + end);
    for (const std::uint32_t end : single.part_ends) bin.part_ends.push_back(path_base + end);
    members_.push_back(finish(std::move(single), dimension, false));
    return true;
  }

  bool shape(int depth) {
    const std::string type = word();
    const auto as_point = [this](Geometry& into) { return list([&] { return coordinate(into); }); };
    const auto as_line = [this](Geometry& into) { return path(into); };
    const auto as_polygon = [this](Geometry& into) { return polygon(into); };
    if (type == "POINT") return member(0, as_point);
    if (type == "LINESTRING" || type == "LINEARRING") return member(1, as_line);
    if (type == "POLYGON") return member(2, as_polygon);
    is_multi_ = true;
    if (type == "MULTIPOINT") {
      return list([&] { return member(0, [this](Geometry& into) { return multi_point_member(into); }); });
    }
    if (type == "MULTILINESTRING") return list([&] { return member(1, as_line); });
    if (type == "MULTIPOLYGON") return list([&] { return member(2, as_polygon); });
    return type == "GEOMETRYCOLLECTION" && depth < 100 && list([&] { return shape(depth + 1); });
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_multi_ = false;
  std::array<Geometry, 3> bins_;
  std::vector<Geometry> members_;
};

}  // namespace obnova
