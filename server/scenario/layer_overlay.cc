#include "server/scenario/layer_overlay.h"

#include <algorithm>
#include <utility>

#include "geo/layer/layer_edit.h"

namespace obnova::server {
namespace {

bool is_null(const geo::Value& value) { return std::holds_alternative<std::monostate>(value); }

bool is_text(const geo::Value& value, std::initializer_list<std::string_view> words) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && std::ranges::find(words, *text) != words.end();
}

// What the attribute of a repaired feature is that would be `value` without assessments.
geo::Value repaired(const std::string& attribute, const geo::Value& value) {
  if (attribute == "condition" && std::holds_alternative<std::string>(value)) return geo::Value("none");
  if (attribute == "lifecycle" && is_text(value, {"damaged", "destroyed"})) return {};
  return value;
}

geo::Value value_in(const geo::Layer* layer, const std::string& attribute, std::optional<FeatureId> row) {
  const geo::Column* column = layer == nullptr || !row ? nullptr : layer->column(attribute);
  return column == nullptr ? geo::Value() : column->value_at(*row);
}

}  // namespace

LayerOverlay::LayerOverlay(std::shared_ptr<const geo::Layer> facts, std::shared_ptr<const geo::Layer> layer)
    : facts_(std::move(facts)), layer_(std::move(layer)), fields_(layer_->fields().begin(), layer_->fields().end()) {}

LayerOverlay::State& LayerOverlay::state(const std::string& feature) {
  const auto known = states_.find(feature);
  if (known != states_.end()) return known->second;
  State state;
  if (const auto row = layer_->find_feature(feature)) {
    state.is_there = true;
    for (std::size_t i = 0; i < layer_->fields().size(); ++i) state.values.push_back(layer_->column(i).value_at(*row));
  }
  order_.push_back(feature);
  return states_.emplace(feature, std::move(state)).first->second;
}

std::size_t LayerOverlay::field(const std::string& attribute, geo::FieldType type) {
  const auto found = std::ranges::find(fields_, attribute, &geo::Field::name);
  if (found == fields_.end()) {
    fields_.push_back({attribute, type});
    return fields_.size() - 1;
  }
  return static_cast<std::size_t>(found - fields_.begin());
}

geo::Value LayerOverlay::value_of(const State& state, std::size_t field) const {
  return field < state.values.size() ? state.values[field] : geo::Value();
}

void LayerOverlay::add(State& state, const ChangeWords& words) {
  state.is_there = true;
  state.shape = words.shape.value_or(Geometry());
  state.values.clear();
  write(state, words.writings);
}

void LayerOverlay::write(State& state, std::span<const ChangeWords::Writing> writings) {
  for (const ChangeWords::Writing& writing : writings) {
    const bool is_new = std::ranges::find(fields_, writing.attribute, &geo::Field::name) == fields_.end();
    if (is_new && is_null(writing.value)) continue;
    const std::size_t index = field(writing.attribute, writing.type);
    if (writing.only_where_set && is_null(value_of(state, index))) continue;
    if (state.values.size() <= index) state.values.resize(index + 1);
    state.values[index] = writing.value;
  }
}

std::vector<ChangeWords::Writing> LayerOverlay::repair(const std::string& feature, State& state) {
  const auto row = layer_->find_feature(feature);
  const auto fact_row = facts_ == nullptr ? std::nullopt : facts_->find_feature(feature);
  std::vector<ChangeWords::Writing> writings;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const std::string& attribute = fields_[i].name;
    const geo::Value now = value_of(state, i);
    // What the scenario itself said of the feature stays.
    const bool is_assessed = attribute != "condition" && fact_row && now == value_in(layer_.get(), attribute, row);
    geo::Value wanted = repaired(attribute, is_assessed ? value_in(facts_.get(), attribute, fact_row) : now);
    if (wanted != now) writings.push_back({.attribute = attribute, .value = std::move(wanted), .type = fields_[i].type});
  }
  write(state, writings);
  return writings;
}

std::vector<geo::Value> LayerOverlay::values_without_idle_fields(const State& state, const std::vector<bool>& is_needed) const {
  std::vector<geo::Value> values;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (is_needed[i]) values.push_back(value_of(state, i));
  }
  return values;
}

Result<std::shared_ptr<const geo::Layer>> LayerOverlay::build() && {
  std::vector<bool> is_needed(fields_.size());
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    is_needed[i] =
        i < layer_->fields().size() ||
        std::ranges::any_of(states_, [&](const auto& entry) { return entry.second.is_there && !is_null(value_of(entry.second, i)); });
  }
  geo::LayerEdit edit(layer_);
  for (std::size_t i = layer_->fields().size(); i < fields_.size(); ++i) {
    if (!is_needed[i]) continue;
    const auto added = edit.add_field(fields_[i]);
    if (!added) return std::unexpected(added.error());
  }
  for (const std::string& feature : order_) {
    const State& state = states_.at(feature);
    const bool was_there = layer_->find_feature(feature).has_value();
    if (!state.is_there && !was_there) continue;
    const std::vector<geo::Value> values = values_without_idle_fields(state, is_needed);
    const auto done = !state.is_there ? edit.remove(feature)
                      : !state.shape  ? edit.put_values(feature, values)
                                      : edit.put(feature, state.shape->view(), values);
    if (!done) return std::unexpected(done.error());
  }
  return std::move(edit).build();
}

}  // namespace obnova::server
