#include "server/convert/provenance.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace obnova::server {
namespace {

// `description` is that of a layer or of a raster.
template <typename Description>
void add_use(std::string name, const Description& description, v1::Provenance& provenance) {
  v1::LayerUse* use = provenance.add_layers();
  use->set_name(std::move(name));
  use->set_dated(description.dated);
  use->set_licence(description.licence);
  use->set_attribution(description.attribution);
}

}  // namespace

std::string city_name(const Snapshot& snapshot) { return "cities/" + snapshot.city->id(); }

std::string layer_name(const Snapshot& snapshot, std::string_view layer) {
  return fmt::format("cities/{}/layers/{}", snapshot.city->id(), layer);
}

void Sources::use(std::string_view layer) {
  layers_.emplace(layer);
  // What a layer is in this snapshot depends on what was said of its features.
  if (snapshot_.conditions == nullptr || !snapshot_.conditions->layers.contains(layer)) return;
  for (const std::string& statements : snapshot_.conditions->statement_layers) layers_.insert(statements);
}

void Sources::use_with_area(std::string_view layer) {
  use(layer);
  const auto found = snapshot_.city->layers().find(layer);
  if (found == snapshot_.city->layers().end() || found->second.layer->covered_area_stated()) return;
  warn(fmt::format("The covered area of layer `{}` was not stated: the convex hull of its features was taken.", layer));
}

void Sources::use_roads() {
  for (const std::string& layer : snapshot_.city->road_layer_ids()) use(layer);
}

void Sources::warn(std::string warning) {
  if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end()) warnings_.push_back(std::move(warning));
}

v1::Provenance Sources::provenance() const {
  v1::Provenance result;
  result.set_city(city_name(snapshot_));
  result.set_revision(snapshot_.city->revision());
  result.set_snapshot_digest(snapshot_.city->digest().hex());
  for (const std::string& id : layers_) {
    const auto found = snapshot_.city->layers().find(id);
    const auto raster = snapshot_.city->rasters().find(id);
    if (found != snapshot_.city->layers().end()) add_use(layer_name(snapshot_, id), found->second.layer->description(), result);
    if (raster != snapshot_.city->rasters().end()) add_use(layer_name(snapshot_, id), raster->second->description(), result);
  }
  const geo::OperationNote& note = snapshot_.projection->note();
  v1::CrsOperation* operation = result.mutable_crs_operation();
  operation->set_source_crs(note.source_crs);
  operation->set_target_crs(note.target_crs);
  operation->set_description(note.description);
  if (note.accuracy_m) operation->set_accuracy_m(*note.accuracy_m);
  for (const std::string& warning : warnings_) result.add_warnings(warning);
  if (const ScenarioUse* scenario = snapshot_.scenario.get()) {
    result.set_scenario(scenario->name);
    for (const std::string& project : scenario->projects) result.add_projects(project);
    if (scenario->idle_change_count > 0) {
      result.add_warnings(fmt::format("{} changes of the scenario have no effect: see its preview.", scenario->idle_change_count));
    }
  }
  result.set_server_version(OBNOVA_VERSION);
  return result;
}

}  // namespace obnova::server
