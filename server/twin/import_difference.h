#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/store/city_store.h"
#include "server/store/content.h"
#include "server/twin/fact_change.h"

namespace obnova::server {

// What a file says of a layer that is there.
struct LayerImport {
  std::shared_ptr<const geo::Layer> said;
  // What the layer is called and the like from now on.
  geo::LayerDescription description;
  // When what the file says differently began to be so.
  Period valid;
};

// What became of the features of a layer when a file said something of them.
struct ImportTally {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  // Features with edits that the file contradicts with something new: it has the last word.
  std::int64_t overruled = 0;
  // Features that were removed here and of which the file says something new: they stay removed.
  std::int64_t still_removed = 0;
};

// How a file differs from what files said of the layer before. A file that says
// the same again changes nothing, whatever was edited meanwhile: edits stay
// until the file says something new of just that value.
struct ImportDifference {
  struct Entry {
    std::string feature;
    std::optional<Content> said;  // Nullopt: the file does not list it any more.
    std::optional<FactChange> change;
  };
  std::vector<Entry> entries;  // By row of the layer, new features behind them in the order of the file.
  ImportTally tally;
};

// The fields of a layer after a file with others: those it has, wide enough for
// both, and behind them those it did not have.
std::vector<geo::Field> fields_together(std::span<const geo::Field> had, std::span<const geo::Field> said);

// The layer with fields that are wider than its own.
std::shared_ptr<const geo::Layer> with_fields(const geo::Layer& layer, const std::vector<geo::Field>& fields);

// `layer` is as it is now and has all fields that the file has; `facts` and
// `kept_revision` are its. `read_content` reads contents of the city's file.
using ReadContent = std::function<Result<Content>(ContentId)>;
Result<ImportDifference> difference_of(const geo::Layer& layer, const StoredFacts& facts, Revision kept_revision,
                                       const ReadContent& read_content, const LayerImport& import);

}  // namespace obnova::server
