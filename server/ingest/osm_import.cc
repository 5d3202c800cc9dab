#include "server/ingest/osm_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <osmium/memory/buffer.hpp>
#include <osmium/osm/node.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>
#include <string>
#include <unordered_set>
#include <utility>

#include "server/ingest/osm_areas.h"
#include "server/ingest/osm_restrictions.h"
#include "server/ingest/osm_rules.h"
#include "server/ingest/osm_shapes.h"

namespace obnova::server {
namespace {

constexpr std::size_t kFirstBufferBytes = std::size_t{1} << 20;
constexpr std::size_t kRoads = 0;  // Of `osm_rules`.
constexpr std::size_t kBarriers = 1;

// A row of a layer whose object was read before its geometry can be made.
struct WaitingNode {
  std::int64_t id = 0;
  OsmRow row;
};

class OsmImport {
 public:
  OsmImport(const worker::IngestJob& job, const OsmFile& file, const TellProgress& tell, geo::Projection projection)
      : job_(job), file_(file), tell_(tell), projection_(std::move(projection)), rules_(osm_rules()) {
    for (const OsmRule& rule : rules_) layers_.push_back(std::make_unique<LayerWriter>(rule.layer, rule.theme, rule.fields));
    restriction_layer_ = std::make_unique<LayerWriter>("turn_restrictions", geo::Theme::kTurnRestrictions, restriction_fields());
  }

  Result<Reading> run();

 private:
  Result<void> pass(OsmPass kind, double begin, const char* stage, const std::function<Result<void>(osmium::memory::Buffer&)>& take);
  Result<void> take_relations(osmium::memory::Buffer& buffer);
  Result<void> take_needs(osmium::memory::Buffer& buffer);
  Result<void> take_nodes(osmium::memory::Buffer& buffer);
  Result<void> take_ways(osmium::memory::Buffer& buffer);
  Result<void> add_node_rows(const osmium::Node& node);
  Result<void> add_way_rows(const osmium::Way& way);
  Result<void> add_way_row(std::size_t rule, const osmium::Way& way, const OsmRow& row);
  Result<void> add_barriers();
  Result<void> add_areas();
  Result<void> add_restrictions();
  Result<void> add_restriction(const OsmRestriction& restriction);
  Result<void> add(LayerWriter& layer, const std::string& id, const Result<ValidShape>& shape, const std::vector<geo::Value>& values);
  Result<void> check_whole() const;
  void warn();
  Reading finish();

  const worker::IngestJob& job_;
  const OsmFile& file_;
  const TellProgress& tell_;
  geo::Projection projection_;
  std::vector<OsmRule> rules_;
  std::vector<std::unique_ptr<LayerWriter>> layers_;  // As `rules_`.
  std::unique_ptr<LayerWriter> restriction_layer_;
  worker::IngestSummary summary_;

  osmium::memory::Buffer relations_{kFirstBufferBytes, osmium::memory::Buffer::auto_grow::yes};
  std::vector<OsmRestriction> restrictions_;
  OsmAreas areas_;
  OsmNodes nodes_;
  WayNodes restricted_ways_;
  std::unordered_set<std::int64_t> restricted_way_ids_;
  std::unordered_set<std::int64_t> relation_ids_;
  std::unordered_set<std::int64_t> way_ids_;  // Ways still to be taken.
  std::unordered_set<std::int64_t> node_ids_;
  std::vector<WaitingNode> barriers_;
  std::int64_t kept_count_ = 0;
  std::int64_t duplicate_count_ = 0;
  std::int64_t moved_count_ = 0;
  std::int64_t way_count_ = 0;
  std::int64_t incomplete_way_count_ = 0;
  std::int64_t outside_count_ = 0;
  std::string first_outside_;
};

Result<void> OsmImport::pass(OsmPass kind, double begin, const char* stage,
                             const std::function<Result<void>(osmium::memory::Buffer&)>& take) {
  return read_objects(file_, kind, [&](osmium::memory::Buffer& buffer, double fraction) {
    tell_(begin + std::min(fraction, 1.0) / 4, stage);
    return take(buffer);
  });
}

Result<Reading> OsmImport::run() {
  Result<void> done = pass(OsmPass::kRelations, 0, "reading relations", [&](auto& buffer) { return take_relations(buffer); });
  if (done) done = pass(OsmPass::kWays, 0.25, "reading ways", [&](auto& buffer) { return take_needs(buffer); });
  if (!done) return std::unexpected(done.error());
  nodes_.freeze();
  done = pass(OsmPass::kNodes, 0.5, "reading nodes", [&](auto& buffer) { return take_nodes(buffer); });
  if (!done) return std::unexpected(done.error());
  moved_count_ = nodes_.separate();
  done = add_barriers();
  if (done) done = pass(OsmPass::kWays, 0.75, "joining ways", [&](auto& buffer) { return take_ways(buffer); });
  if (done) done = add_areas();
  if (done) done = add_restrictions();
  if (done) done = check_whole();
  if (!done) return std::unexpected(done.error());
  warn();
  return finish();
}

Result<void> OsmImport::take_relations(osmium::memory::Buffer& buffer) {
  for (const auto& relation : buffer.select<osmium::Relation>()) {
    summary_.set_read_count(summary_.read_count() + 1);
    const bool is_turn = is_restriction(relation);
    const bool is_area = is_multipolygon(relation) && std::any_of(rules_.begin(), rules_.end(), [&](const OsmRule& rule) {
                           return rule.row_of(relation.tags(), OsmKind::kRelation).has_value();
                         });
    if (!is_turn && !is_area) continue;
    if (!relation_ids_.insert(relation.id()).second) {
      ++duplicate_count_;
    } else if (is_turn) {
      restrictions_.push_back(to_restriction(relation));
      for (const auto* ways : {&restrictions_.back().from_ways, &restrictions_.back().via_ways, &restrictions_.back().to_ways}) {
        restricted_way_ids_.insert(ways->begin(), ways->end());
      }
    } else {
      relations_.add_item(relation);
      relations_.commit();
      areas_.want_members(relation);
    }
  }
  return {};
}

Result<void> OsmImport::take_needs(osmium::memory::Buffer& buffer) {
  for (const auto& way : buffer.select<osmium::Way>()) {
    summary_.set_read_count(summary_.read_count() + 1);
    const bool is_road = rules_[kRoads].row_of(way.tags(), OsmKind::kWay).has_value();
    const bool is_needed = is_road || areas_.wants_way(way.id()) || std::any_of(rules_.begin(), rules_.end(), [&](const OsmRule& rule) {
                             return rule.row_of(way.tags(), OsmKind::kWay).has_value();
                           });
    if (!is_needed) continue;
    if (!way_ids_.insert(way.id()).second) {
      ++duplicate_count_;
      continue;
    }
    for (const osmium::NodeRef& node : way.nodes()) nodes_.want(node.ref(), is_road);
    if (!is_road || way.nodes().empty() || !restricted_way_ids_.contains(way.id())) continue;
    std::vector<std::int64_t>& members = restricted_ways_[way.id()];
    for (const osmium::NodeRef& node : way.nodes()) members.push_back(node.ref());
  }
  return {};
}

Result<void> OsmImport::take_nodes(osmium::memory::Buffer& buffer) {
  for (const auto& node : buffer.select<osmium::Node>()) {
    summary_.set_read_count(summary_.read_count() + 1);
    if (!node.location().valid()) continue;
    if (!nodes_.place(node.id(), node.location().x(), node.location().y())) {
      ++duplicate_count_;
    } else if (!node.tags().empty()) {
      const Result<void> added = add_node_rows(node);
      if (!added) return added;
    }
  }
  return {};
}

Result<void> OsmImport::add_node_rows(const osmium::Node& node) {
  bool is_first = true;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    std::optional<OsmRow> row = rules_[i].row_of(node.tags(), OsmKind::kNode);
    if (!row || (i == kBarriers && !nodes_.on_road(node.id()))) continue;
    if (is_first && !node_ids_.insert(node.id()).second) {
      ++duplicate_count_;
      return {};
    }
    is_first = false;
    layers_[i]->count_read();
    if (i == kBarriers) {
      barriers_.push_back({node.id(), std::move(*row)});
      continue;
    }
    const LngLat place{node.location().lon(), node.location().lat()};
    const Result<void> added = add(*layers_[i], fmt::format("node/{}", node.id()), point_at(place, projection_), row->values);
    if (!added) return added;
  }
  return {};
}

Result<void> OsmImport::add_barriers() {
  for (const WaitingNode& barrier : barriers_) {
    const auto shape = point_at(*nodes_.place_of(barrier.id), projection_);
    const Result<void> added = add(*layers_[kBarriers], fmt::format("node/{}", barrier.id), shape, barrier.row.values);
    if (!added) return added;
  }
  return {};
}

Result<void> OsmImport::take_ways(osmium::memory::Buffer& buffer) {
  for (const auto& way : buffer.select<osmium::Way>()) {
    if (way_ids_.erase(way.id()) == 0) continue;
    ++way_count_;
    incomplete_way_count_ += has_missing_nodes(way, nodes_) ? 1 : 0;
    if (areas_.wants_way(way.id())) areas_.add_way(way, nodes_);
    const Result<void> added = add_way_rows(way);
    if (!added) return added;
  }
  return {};
}

Result<void> OsmImport::add_way_rows(const osmium::Way& way) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const std::optional<OsmRow> row = rules_[i].row_of(way.tags(), OsmKind::kWay);
    if (!row || (row->shape == OsmShape::kClosedArea && !way.is_closed())) continue;
    layers_[i]->count_read();
    const Result<void> added = add_way_row(i, way, *row);
    if (!added) return added;
  }
  return {};
}

Result<void> OsmImport::add_way_row(std::size_t rule, const osmium::Way& way, const OsmRow& row) {
  const bool is_area = row.shape == OsmShape::kArea || row.shape == OsmShape::kClosedArea ||
                       (row.shape == OsmShape::kLineOrArea && way.nodes().size() > 3 && way.is_closed());
  const auto shape = is_area ? outline_of(way, nodes_, projection_) : line_of(way, nodes_, projection_);
  return add(*layers_[rule], fmt::format("way/{}", way.id()), shape, row.values);
}

Result<void> OsmImport::add_areas() {
  for (const auto& relation : relations_.select<osmium::Relation>()) {
    const Result<ValidShape> shape = areas_.area_of(relation, projection_);
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const std::optional<OsmRow> row = rules_[i].row_of(relation.tags(), OsmKind::kRelation);
      if (!row) continue;
      layers_[i]->count_read();
      const Result<void> added = add(*layers_[i], fmt::format("relation/{}", relation.id()), shape, row->values);
      if (!added) return added;
    }
  }
  return {};
}

Result<void> OsmImport::add_restrictions() {
  for (const OsmRestriction& restriction : restrictions_) {
    const Result<void> added = add_restriction(restriction);
    if (!added) return added;
  }
  return {};
}

Result<void> OsmImport::add_restriction(const OsmRestriction& restriction) {
  const std::string name = fmt::format("relation/{}", restriction.relation);
  const auto rows = restriction_rows(restriction, restricted_ways_);
  if (!rows) {
    restriction_layer_->count_read();
    restriction_layer_->note_rejected(name, rows.error().message);
    return {};
  }
  for (const RestrictionRow& row : *rows) {
    restriction_layer_->count_read();  // A relation with several members makes several rows.
    const auto place = nodes_.place_of(row.via_node);
    if (!place) {
      restriction_layer_->note_rejected(name, fmt::format("Its via node {} is missing from the file.", row.via_node));
      return {};
    }
    const Result<void> added = add(*restriction_layer_, row.id, point_at(*place, projection_), row.values);
    if (!added) return added;
  }
  return {};
}

Result<void> OsmImport::add(LayerWriter& layer, const std::string& id, const Result<ValidShape>& shape,
                            const std::vector<geo::Value>& values) {
  if (!shape) {
    layer.note_rejected(id, shape.error().message);
    if (shape.error().code == ErrorCode::kInvalidArgument && outside_count_++ == 0) first_outside_ = id + ": " + shape.error().message;
    return {};
  }
  if (job_.max_feature_count() > 0 && ++kept_count_ > job_.max_feature_count()) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("{} holds more than {} features.", file_.name, job_.max_feature_count()));
  }
  if (shape->repaired) layer.note_repaired(id, *shape->repaired);
  return layer.add(id, shape->geometry, values);
}

Result<void> OsmImport::check_whole() const {
  if (summary_.read_count() == 0) return failure(ErrorCode::kBadData, fmt::format("{} holds no objects.", file_.name));
  if (nodes_.wanted_count() > 0 && nodes_.placed_count() == 0) {
    return failure(ErrorCode::kBadData, fmt::format("{} holds {} ways but none of their nodes.", file_.name, way_count_));
  }
  // More than a stray object: the file does not lie where the city does.
  if (outside_count_ * 100 > outside_count_ + kept_count_) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} does not lie in the area of {}; {}", file_.name, job_.city_crs(), first_outside_));
  }
  const auto is_kept = [](const auto& layer) { return layer->tally().kept_count() > 0; };
  if (std::none_of(layers_.begin(), layers_.end(), is_kept)) {
    return failure(ErrorCode::kBadData,
                   fmt::format("{} holds {} objects and none that a city is made of.", file_.name, summary_.read_count()));
  }
  return {};
}

void OsmImport::warn() {
  if (moved_count_ > 0) {
    summary_.add_warnings(
        fmt::format("{} nodes of roads lie exactly on another one and were moved by 0.1 mm, so that no junction appears.", moved_count_));
  }
  if (incomplete_way_count_ > 0) {
    summary_.add_warnings(
        fmt::format("{} of {} ways miss some of their nodes; extract the file with complete ways.", incomplete_way_count_, way_count_));
  }
  if (duplicate_count_ > 0) summary_.add_warnings(fmt::format("{} objects are repeated; the first of each was used.", duplicate_count_));
}

Reading OsmImport::finish() {
  note_operation(projection_.note(), summary_);
  summary_.set_encoding("UTF-8");
  Reading reading;
  reading.summary = std::move(summary_);
  layers_.insert(layers_.begin() + kBarriers + 1, std::move(restriction_layer_));
  for (auto& layer : layers_) {
    if (layer->tally().read_count() > 0) reading.layers.push_back(std::move(layer));
  }
  return reading;
}

}  // namespace

Result<Reading> read_osm(const worker::IngestJob& job, const OsmFile& file, const TellProgress& tell) {
  if (!job.crs().empty() && job.crs() != "EPSG:4326") {
    return failure(ErrorCode::kInvalidArgument, "OpenStreetMap files are always EPSG:4326; leave the coordinate reference system out.",
                   "crs");
  }
  auto projection = geo::Projection::make("EPSG:4326", job.city_crs());
  if (!projection) return std::unexpected(projection.error());
  return OsmImport(job, file, tell, std::move(*projection)).run();
}

}  // namespace obnova::server
