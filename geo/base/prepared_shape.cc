#include <geos_c.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "geo/base/geos_bridge.h"
#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/base/ring.h"

namespace obnova {
namespace {

// The edges of an area in horizontal slabs, so that a point meets only the
// edges beside it. Exact like `covers` in measure.h.
class EdgeSlabs {
 public:
  EdgeSlabs(const GeometryView& area, const Box& box) : box_(box) {
    for (std::size_t index = 0; index < area.path_ends.size(); ++index) {
      const std::span<const Point> ring = area.path(index);
      for (std::size_t i = 0; i + 1 < ring.size(); ++i) edges_.push_back({ring[i], ring[i + 1]});
    }
    choose_slab_count();
    fill();
  }

  bool covers(Point p) const {
    if (!box_.contains(p)) return false;
    bool is_inside = false;
    const std::size_t slab = slab_of(p.y_m);
    for (std::uint32_t i = slab_begins_[slab]; i < slab_begins_[slab + 1]; ++i) {
      const Edge& edge = edges_[entries_[i]];
      const auto [low, high] = std::minmax(edge.a.y_m, edge.b.y_m);
      if (p.y_m < low || p.y_m > high) continue;
      const auto [left, right] = std::minmax(edge.a.x_m, edge.b.x_m);
      if (right < p.x_m) continue;
      const bool straddles = (edge.a.y_m > p.y_m) != (edge.b.y_m > p.y_m);
      if (left > p.x_m) {
        is_inside ^= straddles;
        continue;
      }
      const int turn = orientation(edge.a, edge.b, p);
      if (turn == 0) return true;
      if (straddles && turn == (edge.b.y_m > edge.a.y_m ? 1 : -1)) is_inside = !is_inside;
    }
    return is_inside;
  }

 private:
  struct Edge {
    Point a;
    Point b;
  };

  std::size_t slab_of(double y_m) const {
    const double height_m = box_.max.y_m - box_.min.y_m;
    if (!(height_m > 0)) return 0;
    const double place = (y_m - box_.min.y_m) / height_m * static_cast<double>(slab_count_);
    return std::min(static_cast<std::size_t>(place), slab_count_ - 1);
  }

  std::pair<std::size_t, std::size_t> slabs_of(const Edge& edge) const {
    const auto [low, high] = std::minmax(edge.a.y_m, edge.b.y_m);
    return {slab_of(low), slab_of(high)};
  }

  // As many slabs as edges, halved until tall edges do not fill the memory.
  void choose_slab_count() {
    constexpr std::size_t kMostSlabs = 1 << 16;
    constexpr std::size_t kMostEntriesPerEdge = 8;
    slab_count_ = std::clamp<std::size_t>(edges_.size(), 1, kMostSlabs);
    for (; slab_count_ > 1; slab_count_ /= 2) {
      std::size_t entry_count = 0;
      for (const Edge& edge : edges_) {
        const auto [first, last] = slabs_of(edge);
        entry_count += last - first + 1;
      }
      if (entry_count <= kMostEntriesPerEdge * edges_.size()) return;
    }
  }

  void fill() {
    slab_begins_.assign(slab_count_ + 1, 0);
    for (const Edge& edge : edges_) {
      const auto [first, last] = slabs_of(edge);
      for (std::size_t slab = first; slab <= last; ++slab) ++slab_begins_[slab + 1];
    }
    for (std::size_t slab = 0; slab < slab_count_; ++slab) slab_begins_[slab + 1] += slab_begins_[slab];
    entries_.resize(slab_begins_.back());
    std::vector<std::uint32_t> next(slab_begins_.begin(), slab_begins_.end() - 1);
    for (std::uint32_t i = 0; i < edges_.size(); ++i) {
      const auto [first, last] = slabs_of(edges_[i]);
      for (std::size_t slab = first; slab <= last; ++slab) entries_[next[slab]++] = i;
    }
  }

  Box box_;
  std::size_t slab_count_ = 1;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> slab_begins_;  // In `entries_`; one more than slabs.
  std::vector<std::uint32_t> entries_;      // Indexes of edges, slab after slab.
};

using Question = char (*)(GEOSContextHandle_t, const GEOSPreparedGeometry*, const GEOSGeometry*);

}  // namespace

struct PreparedShape::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (prepared != nullptr) GEOSPreparedGeom_destroy_r(context.handle(), prepared);
  }

  Result<bool> ask(Question question, const GeometryView& other) {
    const Result<GeosGeometry> asked = to_geos(context, other);
    if (!asked) return std::unexpected(asked.error());
    const char answer = question(context.handle(), prepared, asked->get());
    if (answer == 2) return context.failure_of("How the shapes lie to each other cannot be told");
    return answer == 1;
  }

  GeosContext context;  // Its own, because threads may take turns. First, so that it goes last.
  Geometry shape;
  Box box;
  GeosGeometry geometry;
  const GEOSPreparedGeometry* prepared = nullptr;
  std::unique_ptr<const EdgeSlabs> slabs;  // Areas only.
};

PreparedShape::PreparedShape(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreparedShape::~PreparedShape() = default;
PreparedShape::PreparedShape(PreparedShape&&) noexcept = default;
PreparedShape& PreparedShape::operator=(PreparedShape&&) noexcept = default;

Result<PreparedShape> PreparedShape::make(const GeometryView& shape) {
  auto state = std::make_unique<State>();
  Result<GeosGeometry> geometry = to_geos(state->context, shape);
  if (!geometry) return std::unexpected(geometry.error());
  state->shape = Geometry::copy_of(shape);
  state->box = shape.box();
  state->geometry = std::move(*geometry);
  state->prepared = GEOSPrepare_r(state->context.handle(), state->geometry.get());
  if (state->prepared == nullptr) return state->context.failure_of("The shape cannot be prepared");
  if (dimension(shape.kind) == 2 && !shape.empty()) state->slabs = std::make_unique<const EdgeSlabs>(shape, state->box);
  return PreparedShape(std::move(state));
}

Result<bool> PreparedShape::intersects(const GeometryView& other) const {
  if (state_->slabs && other.kind == GeometryKind::kPoint && is_usable(other.points.front())) return covers(other.points.front());
  return state_->ask(GEOSPreparedIntersects_r, other);
}

Result<bool> PreparedShape::covers(const GeometryView& other) const {
  if (state_->slabs && other.kind == GeometryKind::kPoint && is_usable(other.points.front())) return covers(other.points.front());
  return state_->ask(GEOSPreparedCovers_r, other);
}

bool PreparedShape::covers(Point p) const {
  if (state_->slabs) return state_->slabs->covers(p);
  return !state_->shape.points.empty() && state_->box.contains(p) && distance_m(state_->shape.view(), p) == 0;
}

const Box& PreparedShape::box() const { return state_->box; }

}  // namespace obnova
