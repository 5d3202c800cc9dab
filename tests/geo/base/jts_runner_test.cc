#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/base/wkb.h"
#include "tests/geo/base/jts_suite.h"
#include "tests/support/shared_data.h"
#include "tests/support/wkt.h"

namespace obnova {
namespace {

// The XML test suite of the JTS Topology Suite, asked of geo/base. Whatever our
// model or functions do not have is left out, with the reason counted.

struct Verdict {
  enum class Kind { kPassed, kFailed, kLeftOut } kind = Kind::kPassed;
  std::string reason;
};

Verdict passed() { return {}; }
Verdict failed(std::string reason) { return {Verdict::Kind::kFailed, std::move(reason)}; }
Verdict left_out(std::string reason) { return {Verdict::Kind::kLeftOut, std::move(reason)}; }
Verdict passed_if(bool condition, std::string reason) { return condition ? passed() : failed(std::move(reason)); }

// A shape that came in through the same door as data: from_wkb.
struct Operand {
  Wkt text;
  Geometry shape;
  std::optional<std::string> refusal;
};

std::optional<Operand> read_operand(const std::string& text) {
  auto wkt = WktParser::parse(text.empty() ? "POINT EMPTY" : text);
  if (!wkt) return std::nullopt;
  Operand operand;
  auto shape = from_wkb(to_wkb(wkt->highest().view()));
  if (shape) {
    operand.shape = std::move(*shape);
  } else {
    operand.refusal = shape.error().message;
  }
  operand.text = std::move(*wkt);
  return operand;
}

// How far two shapes may lie apart to count as the same set of points.
struct Tolerance {
  double distance_m = 0;
  double measure_share = 0;
};

bool every_vertex_is_near(const GeometryView& a, const GeometryView& b, double distance_m_limit) {
  for (const Point& p : a.points) {
    double nearest_m = std::numeric_limits<double>::infinity();
    if (dimension(b.kind) == 0) {
      for (const Point& q : b.points) nearest_m = std::min(nearest_m, distance_m(p, q));
    }
    for (std::size_t index = 0; dimension(b.kind) > 0 && index < b.path_ends.size(); ++index) {
      const auto path = b.path(index);
      for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        nearest_m = std::min(nearest_m, distance_m(p, nearest_on_segment(path[i], path[i + 1], p).place));
      }
    }
    if (nearest_m > distance_m_limit) return false;
  }
  return true;
}

// Equal measures, and no vertex of one away from the lines of the other.
bool same_places(const GeometryView& a, const GeometryView& b, const Tolerance& tolerance) {
  if (dimension(a.kind) != dimension(b.kind)) return false;
  const auto near = [&](double first, double second) {
    return std::abs(first - second) <= tolerance.measure_share * std::max({std::abs(first), std::abs(second), 1e-12});
  };
  if (dimension(a.kind) == 2 && !near(area_m2(a), area_m2(b))) return false;
  if (dimension(a.kind) == 1 && !near(length_m(a), length_m(b))) return false;
  return every_vertex_is_near(a, b, tolerance.distance_m) && every_vertex_is_near(b, a, tolerance.distance_m);
}

Verdict compare(const Result<Geometry>& answer, const std::string& expected, std::optional<Tolerance> tolerance = {}) {
  if (!answer) return failed("refused: " + answer.error().message);
  const auto wanted = WktParser::parse(expected);
  if (!wanted) return failed("the expected shape cannot be read");
  const Geometry highest = wanted->highest();  // As our results are: of mixed dimensions the highest.
  if (!tolerance) {
    const Box box = highest.view().box();
    const double size_m =
        box.empty() ? 0 : std::max({1e-3, std::abs(box.min.x_m), std::abs(box.max.x_m), std::abs(box.min.y_m), std::abs(box.max.y_m)});
    tolerance = Tolerance{.distance_m = 1e-9 * size_m, .measure_share = 1e-6};
  }
  return passed_if(same_places(answer->view(), highest.view(), *tolerance),
                   fmt::format("has dimension {}, {} points, area {}, length {}; expected dimension {}, {} points, area {}, length {}",
                               dimension(answer->kind), answer->points.size(), area_m2(answer->view()), length_m(answer->view()),
                               dimension(highest.kind), highest.points.size(), area_m2(highest.view()), length_m(highest.view())));
}

Verdict compare(const Result<bool>& answer, const std::string& expected) {
  if (!answer) return failed("refused: " + answer.error().message);
  return passed_if(*answer == (expected == "true"), fmt::format("says {}", *answer));
}

using Ask = Result<bool> (*)(const GeometryView&, const GeometryView&);
using Combine = Result<Geometry> (*)(const GeometryView&, const GeometryView&);

const std::map<std::string, Ask>& predicates() {
  static const std::map<std::string, Ask> all = {
      {"intersects", intersects}, {"within", within},   {"contains", contains}, {"covers", covers},     {"coveredby", covered_by},
      {"touches", touches},       {"crosses", crosses}, {"overlaps", overlaps}, {"disjoint", disjoint}, {"equalstopo", equals}};
  return all;
}

const std::map<std::string, Combine>& overlays() {
  static const std::map<std::string, Combine> all = {{"intersection", intersection},
                                                     {"intersectionng", intersection},
                                                     {"union", union_of},
                                                     {"unionng", union_of},
                                                     {"difference", difference},
                                                     {"differenceng", difference},
                                                     {"symdifference", symmetric_difference},
                                                     {"symdifferenceng", symmetric_difference}};
  return all;
}

// Why a whole operation is not ours; nullopt when it is.
std::optional<std::string> why_not_offered(const JtsTest& test) {
  static const std::map<std::string, std::string> reasons = {
      {"getcentroid", "centroids are not offered: see interior_point"},
      {"getboundary", "boundaries are not offered"},
      {"densify", "densifying is not offered"},
      {"minclearance", "minimum clearance is not offered"},
      {"minclearanceline", "minimum clearance is not offered"},
      {"polygonize", "polygonizing is not offered"},
      {"issimple", "simplicity of lines is not asked: crossing roads are simple enough for us"},
      {"equalsexact", "equality vertex by vertex is operator== here, without tolerance"},
      {"equalsnorm", "equality of normalized shapes is not offered: see equals"},
      {"buffermitredjoin", "buffers have round joins only"},
      {"simplifydp", "simplification that may break areas is not offered: see simplify"}};
  if (const auto found = reasons.find(test.operation); found != reasons.end()) return found->second;
  if (test.operation.ends_with("sr")) return "overlay on a grid is not offered: our plane is floating";
  if (test.has_fixed_precision) return "the file has a fixed precision model: our plane is floating";
  return std::nullopt;
}

Verdict run_predicate(const JtsTest& test, Ask ask, const Geometry& a, const Geometry& b) {
  const Verdict plain = compare(ask(a.view(), b.view()), test.expected);
  if (!test.is_prepared || plain.kind == Verdict::Kind::kFailed) return plain;
  const auto prepared = PreparedShape::make(a.view());
  if (!prepared) return failed("cannot be prepared: " + prepared.error().message);
  if (test.operation == "intersects") return compare(prepared->intersects(b.view()), test.expected);
  if (test.operation == "covers") return compare(prepared->covers(b.view()), test.expected);
  return plain;
}

Verdict run_relate(const JtsTest& test, const Geometry& a, const Geometry& b) {
  const auto matrix = relate(a.view(), b.view());
  if (!matrix) return failed("refused: " + matrix.error().message);
  const std::string& pattern = test.arguments.at(2);
  bool matches = true;
  for (std::size_t i = 0; i < 9; ++i) {
    const char cell = (*matrix)[i];
    matches = matches && (pattern[i] == '*' || pattern[i] == cell || (pattern[i] == 'T' && cell != 'F'));
  }
  return passed_if(matches == (test.expected == "true"), "relates as " + *matrix);
}

Verdict run_distance(const JtsTest& test, const Geometry& a, const Geometry& b) {
  if (a.points.empty() || b.points.empty()) return left_out("an empty shape has no distance here");
  const auto gap = gap_between(a.view(), b.view());
  if (!gap) return failed("refused: " + gap.error().message);
  if (test.operation == "iswithindistance") return compare(gap->distance_m <= std::stod(test.arguments.at(2)), test.expected);
  const double expected_m = std::stod(test.expected);
  return passed_if(std::abs(gap->distance_m - expected_m) <= 1e-9 * std::max(1.0, expected_m), fmt::format("says {}", gap->distance_m));
}

Verdict run_buffer(const JtsTest& test, const Geometry& a) {
  const double radius_m = std::stod(test.arguments.at(1));
  // The matcher of JTS allows as much.
  const Tolerance tolerance = {.distance_m = std::max(0.01 * std::abs(radius_m), 1e-9), .measure_share = 1e-3};
  constexpr int kSegmentsOfJts = 8;
  return compare(buffer(a.view(), radius_m, kSegmentsOfJts), test.expected, tolerance);
}

// JTS and we choose different points; both must lie inside.
Verdict run_interior_point(const Geometry& a) {
  if (a.points.empty()) return left_out("an empty shape has no interior point here");
  const Geometry point = Geometry::point(interior_point(a.view()));
  if (dimension(a.kind) < 2 || area_m2(a.view()) == 0) {
    return passed_if(distance_m(a.view(), point.points.front()) < 1e-9, "lies beside the shape");
  }
  return compare(contains(a.view(), point.view()), "true");
}

Verdict run_unary(const JtsTest& test, const Operand& a) {
  if (test.operation == "buffer") return run_buffer(test, a.shape);
  if (test.operation == "convexhull") return compare(convex_hull(a.shape.view()), test.expected);
  if (test.operation == "simplifytp") return compare(simplify(a.shape.view(), std::stod(test.arguments.at(1))), test.expected);
  if (test.operation == "getinteriorpoint") return run_interior_point(a.shape);
  if (test.operation == "union") return compare(union_all(a.text.members), test.expected);
  return failed("the operation is unknown");
}

Verdict run_binary(const JtsTest& test, const Geometry& a, const Geometry& b) {
  if (const auto ask = predicates().find(test.operation); ask != predicates().end()) return run_predicate(test, ask->second, a, b);
  if (const auto overlay = overlays().find(test.operation); overlay != overlays().end()) {
    return compare(overlay->second(a.view(), b.view()), test.expected);
  }
  if (test.operation == "relate") return run_relate(test, a, b);
  if (test.operation == "distance" || test.operation == "iswithindistance") return run_distance(test, a, b);
  return failed("the operation is unknown");
}

bool is_letter(const std::string& text, char letter) { return text.size() == 1 && text[0] == letter; }

Verdict run(const JtsTest& test) {
  if (const auto reason = why_not_offered(test)) return left_out(*reason);
  std::vector<Operand> operands;
  for (std::size_t i = 0; i < std::min<std::size_t>(test.arguments.size(), 2); ++i) {
    const std::string& argument = test.arguments[i];
    if (!is_letter(argument, 'a') && !is_letter(argument, 'b')) continue;
    auto operand = read_operand(is_letter(argument, 'a') ? test.a : test.b);
    if (!operand) return failed("the shape cannot be read");
    if (operand->text.is_mixed()) return left_out("mixed collections do not exist in our model");
    operands.push_back(std::move(*operand));
  }
  if (operands.empty()) return failed("the test names no shape");
  if (test.operation == "isvalid") {
    // What is refused where data enters never gets as far as being checked.
    const Operand& a = operands.front();
    return compare(Result<bool>(!a.refusal && !validity_problem(a.shape.view())), test.expected);
  }
  for (const Operand& operand : operands) {
    if (operand.refusal) return left_out("refused where data enters: " + *operand.refusal);
  }
  return operands.size() == 1 ? run_unary(test, operands[0]) : run_binary(test, operands[0].shape, operands[1].shape);
}

// "name | reason" a line; lines that begin with # explain.
std::map<std::string, std::string> known_differences() {
  std::map<std::string, std::string> result;
  std::ifstream stream(OBNOVA_SOURCE_DIR "/tests/geo/base/jts_known_differences.txt");
  for (std::string line; std::getline(stream, line);) {
    const auto bar = line.find(" | ");
    if (line.empty() || line.front() == '#' || bar == std::string::npos) continue;
    result[line.substr(0, bar)] = line.substr(bar + 3);
  }
  return result;
}

struct Counts {
  int passed = 0;
  int failed = 0;
  int left_out = 0;
};

// Passes may only become more.
const std::map<std::string, int>& floors() {
  static const std::map<std::string, int> all = {
      {"buffer", 35},        {"contains", 63},         {"convexhull", 13},    {"coveredby", 22},      {"covers", 44},
      {"crosses", 12},       {"difference", 112},      {"differenceng", 109}, {"disjoint", 13},       {"distance", 24},
      {"equalstopo", 13},    {"getinteriorpoint", 13}, {"intersection", 176}, {"intersectionng", 63}, {"intersects", 71},
      {"isvalid", 839},      {"iswithindistance", 22}, {"overlaps", 12},      {"relate", 74},         {"simplifytp", 15},
      {"symdifference", 79}, {"symdifferenceng", 63},  {"touches", 13},       {"union", 87},          {"unionng", 63},
      {"within", 14}};
  return all;
}

TEST(JtsTest, AnswersLikeJtsExceptWhereListed) {
  const auto folder = shared_data("reference/jts/general");
  if (!folder) GTEST_SKIP() << "skipped: no data";
  const std::vector<JtsTest> tests = read_jts_suite(*folder);
  ASSERT_GT(tests.size(), 2000U);

  std::map<std::string, Counts> counts;
  std::map<std::string, int> reasons;
  std::set<std::string> failures;
  const auto known = known_differences();
  for (const JtsTest& test : tests) {
    const Verdict verdict = run(test);
    Counts& count = counts[test.operation];
    if (verdict.kind == Verdict::Kind::kPassed) ++count.passed;
    if (verdict.kind == Verdict::Kind::kLeftOut) {
      ++count.left_out;
      ++reasons[verdict.reason];
    }
    if (verdict.kind != Verdict::Kind::kFailed) continue;
    ++count.failed;
    failures.insert(test.name());
    std::printf("failed: %s (%s): %s, expected %.80s\n", test.name().c_str(), test.description.c_str(), verdict.reason.c_str(),
                test.expected.c_str());
    EXPECT_TRUE(known.contains(test.name())) << test.name() << " is not a known difference: " << verdict.reason;
  }
  for (const auto& [name, reason] : known) EXPECT_TRUE(failures.contains(name)) << name << " is listed as a difference but passes.";

  std::printf("%-18s %7s %7s %9s\n", "operation", "passed", "failed", "left out");
  for (const auto& [operation, count] : counts) {
    std::printf("%-18s %7d %7d %9d\n", operation.c_str(), count.passed, count.failed, count.left_out);
  }
  for (const auto& [reason, count] : reasons) std::printf("left out %d: %s\n", count, reason.c_str());
  for (const auto& [operation, floor] : floors()) EXPECT_GE(counts[operation].passed, floor) << operation;
}

}  // namespace
}  // namespace obnova
