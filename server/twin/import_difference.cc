#include "server/twin/import_difference.h"

#include <algorithm>
#include <utility>

#include "geo/base/check.h"

namespace obnova::server {
namespace {

// The features of a file in the fields of the layer.
class FileContents {
 public:
  FileContents(const geo::Layer& layer, const geo::Layer& said) : layer_(layer), said_(said) {
    for (const geo::Field& field : layer.fields()) columns_.push_back(said.column(field.name));
  }
  Content of(FeatureId feature) const {
    Content content{.geometry = Geometry::copy_of(said_.geometry(feature)), .values = {}};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      content.values.push_back(columns_[i] == nullptr ? geo::Value() : widened(columns_[i]->value_at(feature), layer_.fields()[i].type));
    }
    return content;
  }

 private:
  const geo::Layer& layer_;
  const geo::Layer& said_;
  std::vector<const geo::Column*> columns_;  // By field of the layer; null where the file has no such field.
};

class Comparing {
 public:
  Comparing(const geo::Layer& layer, const StoredFacts& facts, Revision kept_revision, const ReadContent& read_content,
            const LayerImport& import)
      : layer_(layer),
        facts_(facts),
        kept_revision_(kept_revision),
        read_content_(read_content),
        import_(import),
        contents_(layer, *import.said) {}

  Result<ImportDifference> run() && {
    for (std::uint32_t row = 0; row < layer_.row_count(); ++row) {
      const auto compared = compare(FeatureId{row});
      if (!compared) return std::unexpected(compared.error());
    }
    for (const FeatureId feature : import_.said->features()) {
      const std::string id(import_.said->feature_name(feature));
      if (!layer_.find_row(id)) add(id, contents_.of(feature));
    }
    return std::move(difference_);
  }

 private:
  // What the file before this one said of a feature.
  Result<std::optional<Content>> said_before(FeatureId feature) const {
    const auto read = [this](ContentId id) -> Result<std::optional<Content>> {
      auto content = read_content_(id);
      if (!content) return std::unexpected(content.error());
      return std::optional(std::move(*content));
    };
    if (const auto imported = facts_.imported.find(feature); imported != facts_.imported.end()) {
      return imported->second ? read(*imported->second) : std::optional<Content>();
    }
    if (facts_.timeline.has(feature)) {
      const auto history = facts_.timeline.history(feature);
      if (history.empty() || history.front().known_from != kept_revision_) return std::optional<Content>();
      return read(history.front().content);
    }
    return layer_.exists(feature) ? std::optional(content_of(layer_, feature)) : std::nullopt;
  }

  bool is_there(FeatureId feature) const {
    return facts_.timeline.has(feature) ? !facts_.timeline.known_in(feature, import_.valid).empty() : layer_.exists(feature);
  }

  Result<void> compare(FeatureId feature) {
    const auto before = said_before(feature);
    if (!before) return std::unexpected(before.error());
    const std::string id(layer_.feature_name(feature));
    const auto listed = import_.said->find_feature(id);
    if (!listed) {
      if (*before) remove(feature, id, **before);
      return {};
    }
    Content now = contents_.of(*listed);
    if (!*before) {
      difference_.tally.overruled += layer_.exists(feature) ? 1 : 0;
      add(id, std::move(now));
    } else if (now != **before) {
      set(feature, id, **before, std::move(now));
    }
    return {};
  }

  FactChange change_of(const std::string& id) const { return {.layer = layer_.id(), .feature = id, .valid = import_.valid, .what = {}}; }

  void add(const std::string& id, Content now) {
    ++difference_.tally.added;
    FactChange change = change_of(id);
    change.what = FactChange::Put{now};
    difference_.entries.push_back({.feature = id, .said = std::move(now), .change = std::move(change)});
  }

  void remove(FeatureId feature, const std::string& id, const Content& before) {
    std::optional<FactChange> change;
    if (is_there(feature)) {
      ++difference_.tally.removed;
      difference_.tally.overruled += layer_.exists(feature) && content_of(layer_, feature) != before ? 1 : 0;
      change = change_of(id);
      change->what = FactChange::Remove{};
    }
    difference_.entries.push_back({.feature = id, .said = std::nullopt, .change = std::move(change)});
  }

  void set(FeatureId feature, const std::string& id, const Content& before, Content now) {
    std::optional<FactChange> change;
    if (!is_there(feature)) {
      ++difference_.tally.still_removed;
    } else {
      ++difference_.tally.changed;
      FactChange::Set set{.values = {}, .geometry = std::nullopt};
      bool overrules = false;
      for (std::size_t i = 0; i < now.values.size(); ++i) {
        if (now.values[i] == before.values[i]) continue;
        set.values.emplace_back(i, now.values[i]);
        overrules = overrules || (layer_.exists(feature) && layer_.column(i).value_at(feature) != before.values[i]);
      }
      if (now.geometry != before.geometry) {
        set.geometry = now.geometry;
        overrules = overrules || (layer_.exists(feature) && Geometry::copy_of(layer_.geometry(feature)) != before.geometry);
      }
      difference_.tally.overruled += overrules ? 1 : 0;
      change = change_of(id);
      change->what = std::move(set);
    }
    difference_.entries.push_back({.feature = id, .said = std::move(now), .change = std::move(change)});
  }

  const geo::Layer& layer_;
  const StoredFacts& facts_;
  const Revision kept_revision_;
  const ReadContent& read_content_;
  const LayerImport& import_;
  const FileContents contents_;
  ImportDifference difference_;
};

}  // namespace

std::vector<geo::Field> fields_together(std::span<const geo::Field> had, std::span<const geo::Field> said) {
  std::vector<geo::Field> fields(had.begin(), had.end());
  for (const geo::Field& field : said) {
    const auto known = std::ranges::find(fields, field.name, &geo::Field::name);
    if (known == fields.end()) {
      fields.push_back(field);
    } else {
      known->type = wider_type(known->type, field.type);
    }
  }
  return fields;
}

std::shared_ptr<const geo::Layer> with_fields(const geo::Layer& layer, const std::vector<geo::Field>& fields) {
  geo::LayerBuilder builder(layer.description(), fields);
  for (std::uint32_t row = 0; row < layer.row_count(); ++row) {
    const FeatureId feature{row};
    const std::string_view id = layer.feature_name(feature);
    if (!layer.exists(feature)) {
      OBNOVA_CHECK(builder.skip(id).has_value());
      continue;
    }
    std::vector<geo::Value> values(fields.size());
    for (std::size_t i = 0; i < layer.fields().size(); ++i) values[i] = widened(layer.column(i).value_at(feature), fields[i].type);
    OBNOVA_CHECK(builder.add(id, layer.geometry(feature), values).has_value());
  }
  return std::move(builder).build();
}

Result<ImportDifference> difference_of(const geo::Layer& layer, const StoredFacts& facts, Revision kept_revision,
                                       const ReadContent& read_content, const LayerImport& import) {
  return Comparing(layer, facts, kept_revision, read_content, import).run();
}

}  // namespace obnova::server
