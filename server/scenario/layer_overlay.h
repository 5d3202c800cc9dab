#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/scenario/change_words.h"

namespace obnova::server {

// One layer on its way through a scenario: what its touched features are after
// the changes so far. Used by one thread, then consumed.
class LayerOverlay {
 public:
  // What a feature is now. `values` may be shorter than `fields()`: the rest is null.
  struct State {
    bool is_there = false;
    std::optional<Geometry> shape;  // Nullopt: as in the layer.
    std::vector<geo::Value> values;
    // Who had the last word, and what it was, by aspect; kept for the caller.
    struct Word {
      std::size_t part = 0;
      int index = 0;
      geo::Value value;                  // Of an attribute, or whether the feature is there.
      std::optional<Geometry> geometry;  // Of the place.
    };
    std::map<std::string, Word> words;
  };

  // `facts` is the layer without what assessments make of it; null when the
  // facts have no such layer. The other one is never null.
  LayerOverlay(std::shared_ptr<const geo::Layer> facts, std::shared_ptr<const geo::Layer> layer);

  const geo::Layer& layer() const { return *layer_; }
  std::span<const geo::Field> fields() const { return fields_; }
  State& state(const std::string& feature);

  // Each makes a feature that is there, or for `add` is not, what the words say.
  void add(State& state, const ChangeWords& words);
  void write(State& state, std::span<const ChangeWords::Writing> writings);
  // Takes away what assessments did to the feature, and the damage the facts
  // themselves state; what the scenario said of it stays. Returns what it wrote.
  std::vector<ChangeWords::Writing> repair(const std::string& feature, State& state);

  // The layer with all changes; the layer itself when nothing differs.
  Result<std::shared_ptr<const geo::Layer>> build() &&;

 private:
  std::size_t field(const std::string& attribute, geo::FieldType type);
  geo::Value value_of(const State& state, std::size_t field) const;
  std::vector<geo::Value> values_without_idle_fields(const State& state, const std::vector<bool>& is_needed) const;

  std::shared_ptr<const geo::Layer> facts_;
  std::shared_ptr<const geo::Layer> layer_;
  std::vector<geo::Field> fields_;
  std::map<std::string, State> states_;
  std::vector<std::string> order_;  // Of the first touch: new features get their rows in it.
};

}  // namespace obnova::server
