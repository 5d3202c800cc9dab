#include <fmt/format.h>

#include "server/convert/geometry.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/rpc/catalog_handlers.h"
#include "server/rpc/catalog_messages.h"

namespace obnova::server {
namespace {

// The id in `cities/{city}/layers/{layer}`, which must be of the city asked about.
Result<std::string> layer_id_of(const std::string& name, const Snapshot& snapshot) {
  const std::string prefix = layer_name(snapshot, "");
  if (name.starts_with(prefix) && geo::valid_layer_id(std::string_view(name).substr(prefix.size()))) return name.substr(prefix.size());
  return failure(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no layer of {}.", name.substr(0, 200), city_name(snapshot)),
                 "layer.name");
}

Result<void> apply(const std::string& path, const v1::Layer& wanted, const geo::Projection& projection,
                   geo::LayerDescription& description) {
  if (path == "title") {
    description.title = wanted.title();
    return check_words(wanted.title(), "layer.title");
  }
  if (path == "licence") {
    description.licence = wanted.licence();
    return check_words(wanted.licence(), "layer.licence");
  }
  if (path == "attribution") {
    description.attribution = wanted.attribution();
    return check_words(wanted.attribution(), "layer.attribution");
  }
  if (path == "dated") {
    description.dated = wanted.dated();
    return check_date(wanted.dated(), "layer.dated");
  }
  if (path == "covered_area") {
    description.covered_area = {};
    if (!wanted.has_covered_area()) return {};
    auto area = to_plane(wanted.covered_area(), projection, ShapeKind::kArea, "layer.covered_area");
    if (!area) return std::unexpected(area.error());
    description.covered_area = std::move(*area);
    return {};
  }
  return failure(
      ErrorCode::kInvalidArgument,
      fmt::format("\"{}\" of a layer cannot be changed, only title, licence, attribution, dated and covered_area.", path.substr(0, 100)));
}

// The description with what the mask names.
Result<geo::LayerDescription> changed(const v1::UpdateLayerRequest& request, const Snapshot& snapshot, geo::LayerDescription description) {
  if (request.update_mask().paths().empty())
    return failure(ErrorCode::kInvalidArgument, "The mask names no field to change.", "update_mask");
  for (int i = 0; i < request.update_mask().paths_size(); ++i) {
    const auto applied = apply(request.update_mask().paths(i), request.layer(), *snapshot.projection, description);
    if (!applied) return std::unexpected(with_field(applied.error(), fmt::format("update_mask.paths[{}]", i)));
  }
  return description;
}

Result<std::shared_ptr<const Snapshot>> update_features(Twin& twin, const v1::UpdateLayerRequest& request, const Snapshot& snapshot,
                                                        const std::string& layer) {
  const auto description = changed(request, snapshot, snapshot.layer_records.find(layer)->second.description);
  if (!description) return std::unexpected(description.error());
  return twin.set_layer_description(snapshot.record.id, *description);
}

// A raster speaks of its cells and of nothing else: only words can be changed.
Result<std::shared_ptr<const Snapshot>> update_raster(Twin& twin, const v1::UpdateLayerRequest& request, const Snapshot& snapshot,
                                                      const std::string& raster) {
  geo::RasterDescription description = snapshot.raster_records.find(raster)->second.description;
  geo::LayerDescription words;
  words.title = description.title;
  words.licence = description.licence;
  words.attribution = description.attribution;
  words.dated = description.dated;
  const auto wanted = changed(request, snapshot, words);
  if (!wanted) return std::unexpected(wanted.error());
  for (const std::string& path : request.update_mask().paths()) {
    if (path != "covered_area") continue;
    return failure(ErrorCode::kInvalidArgument, fmt::format("The raster `{}` speaks of its cells: its area cannot be stated.", raster),
                   "layer.covered_area");
  }
  description.title = wanted->title;
  description.licence = wanted->licence;
  description.attribution = wanted->attribution;
  description.dated = wanted->dated;
  return twin.set_raster_description(snapshot.record.id, description);
}

}  // namespace

// The token is the id of the last layer of the page before, and the revision it was read at.
Result<v1::ListLayersResponse> list_layers(const Twin& twin, const Call&, const v1::ListLayersRequest& request) {
  const auto size = count_or(request.page_size(), 100, 1000, "page_size");
  if (!size) return std::unexpected(size.error());
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const std::string revision = fmt::format("{}:", (*snapshot)->record.revision);
  std::string after;
  if (!request.page_token().empty()) {
    const auto colon = request.page_token().find(':');
    if (colon == std::string::npos || !geo::valid_layer_id(std::string_view(request.page_token()).substr(colon + 1))) {
      return failure(ErrorCode::kInvalidArgument, "The page token is not one of this server.", "page_token");
    }
    if (!request.page_token().starts_with(revision)) {
      return failure(ErrorCode::kFailedPrecondition, "The city changed since the page before: begin again.", "page_token");
    }
    after = request.page_token().substr(colon + 1);
  }
  v1::ListLayersResponse response;
  std::string last;
  const std::set<std::string> ids = layer_ids(**snapshot);
  for (auto it = ids.upper_bound(after); it != ids.end(); ++it) {
    if (static_cast<std::size_t>(response.layers_size()) == *size) {
      response.set_next_page_token(revision + last);
      break;
    }
    auto layer = to_layer_message(**snapshot, *it);
    if (!layer) return std::unexpected(layer.error());
    *response.add_layers() = std::move(*layer);
    last = *it;
  }
  return response;
}

Result<v1::Layer> get_layer(const Twin& twin, const Call&, const v1::GetLayerRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto layer = check_layer(**snapshot, request.layer(), "layer");
  if (!layer) return std::unexpected(layer.error());
  return to_layer_message(**snapshot, request.layer());
}

Result<v1::UpdateLayerResponse> update_layer(Twin& twin, const Call&, const v1::UpdateLayerRequest& request) {
  const auto snapshot = twin.newest(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto id = layer_id_of(request.layer().name(), **snapshot);
  if (!id) return std::unexpected(id.error());
  const auto layer = check_layer(**snapshot, *id, "layer.name");
  if (!layer) return std::unexpected(layer.error());
  const auto after = (*snapshot)->raster_records.contains(*id) ? update_raster(twin, request, **snapshot, *id)
                                                               : update_features(twin, request, **snapshot, *id);
  if (!after) return std::unexpected(after.error());
  auto message = to_layer_message(**after, *id);
  if (!message) return std::unexpected(message.error());
  v1::UpdateLayerResponse response;
  *response.mutable_layer() = std::move(*message);
  return response;
}

Result<v1::DeleteLayerResponse> delete_layer(Twin& twin, const Call&, const v1::DeleteLayerRequest& request) {
  const auto snapshot = twin.newest(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto layer = check_layer(**snapshot, request.layer(), "layer");
  if (!layer) return std::unexpected(layer.error());
  const auto after = twin.delete_layer((*snapshot)->record.id, request.layer());
  if (!after) return std::unexpected(after.error());
  v1::DeleteLayerResponse response;
  response.set_revision((*after)->record.revision);
  return response;
}

}  // namespace obnova::server
