#include "server/assess/source_choice.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace obnova::server {
namespace {

constexpr std::string_view kAnyNumber = "_N";
constexpr std::array<std::string_view, 3> kIdColumns = {"id", "uuid", "globalid"};
constexpr std::size_t kMaxListedBytes = 1500;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string listed(std::span<const worker::SourceLayer> layers) {
  std::string text;
  for (const worker::SourceLayer& layer : layers) {
    std::string columns;
    for (const std::string& column : layer.columns()) columns += (columns.empty() ? "" : ", ") + column;
    text += fmt::format("{}{}({})", text.empty() ? "" : "; ", layer.name().empty() ? "" : layer.name() + " ", columns);
  }
  return text.size() > kMaxListedBytes ? text.substr(0, kMaxListedBytes) + " …" : text;
}

// The column as the layer spells it.
std::optional<std::string> column_of(const worker::SourceLayer& layer, std::string_view name) {
  const auto found = std::ranges::find_if(layer.columns(), [&](const std::string& column) { return lower(column) == lower(name); });
  if (found == layer.columns().end()) return std::nullopt;
  return *found;
}

// The number behind `stem_`, 0 for the stem itself; nullopt for other columns.
std::optional<int> number_behind(std::string_view column, std::string_view stem) {
  const std::string name = lower(column);
  const std::string begin = lower(stem);
  if (name == begin) return 0;
  if (!name.starts_with(begin + "_")) return std::nullopt;
  const std::string_view digits = std::string_view(name).substr(begin.size() + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0 || digits.front() == '-') return std::nullopt;
  return number;
}

std::string_view stem_of(std::string_view pattern) {
  return pattern.ends_with(kAnyNumber) ? pattern.substr(0, pattern.size() - kAnyNumber.size()) : pattern;
}

// The columns of a name or pattern by their number; a plain name that exists is
// itself alone unless `with_numbers`.
std::vector<std::pair<int, std::string>> columns_like(const worker::SourceLayer& layer, std::string_view name, bool with_numbers) {
  const auto exact = column_of(layer, name);
  if (exact && !with_numbers) return {{0, *exact}};
  std::vector<std::pair<int, std::string>> found;
  if (!with_numbers && !name.ends_with(kAnyNumber)) return found;
  for (const std::string& column : layer.columns()) {
    if (const auto number = number_behind(column, stem_of(name))) found.emplace_back(*number, column);
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::pair<int, std::string>> code_columns(const worker::SourceLayer& layer, const SourceWish& wish,
                                                      const geo::DamageScale& scale) {
  if (!wish.code_column.empty()) return columns_like(layer, wish.code_column, false);
  for (const std::string& usual : scale.code_columns) {
    auto found = columns_like(layer, usual, true);
    if (!found.empty()) return found;
  }
  return {};
}

// The date column for a number, of the only look also the plain one.
std::string date_column(const worker::SourceLayer& layer, const std::vector<std::string>& names, int number, bool is_only, bool usual) {
  for (const std::string& name : names) {
    const auto columns = columns_like(layer, name, usual);
    for (const auto& [of, column] : columns) {
      if (of == number) return column;
    }
    if (is_only && columns.size() == 1) return columns.front().second;
  }
  return {};
}

Result<std::optional<StatementSource>> source_of(const worker::SourceLayer& layer, const SourceWish& wish, const geo::DamageScale& scale) {
  const auto codes = code_columns(layer, wish, scale);
  if (codes.empty()) return std::nullopt;
  const bool is_usual = wish.date_column.empty();
  const std::vector<std::string> dates = is_usual ? scale.date_columns : std::vector<std::string>{wish.date_column};
  StatementSource source{.layer = layer.name(), .looks = {}, .id_column = wish.id_column};
  for (const auto& [number, column] : codes) {
    source.looks.push_back({.code = column, .date = date_column(layer, dates, number, codes.size() == 1, is_usual)});
    if (!is_usual && source.looks.back().date.empty()) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("There is no column `{}` that goes with `{}`; there are: {}.", wish.date_column, column,
                                 listed(std::span(&layer, 1))),
                     "spec.date_column");
    }
  }
  for (const std::string_view usual : kIdColumns) {
    if (source.id_column.empty()) source.id_column = column_of(layer, usual).value_or("");
  }
  return source;
}

// The layer of this name, or the only one that ends so.
Result<const worker::SourceLayer*> find_named(std::span<const worker::SourceLayer> layers, const std::string& name, const SourceWish& wish,
                                              const char* field) {
  std::vector<const worker::SourceLayer*> ending;
  for (const worker::SourceLayer& layer : layers) {
    if (layer.name() == name) return &layer;
    if (layer.name().ends_with(name)) ending.push_back(&layer);
  }
  if (ending.size() == 1) return ending.front();
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} has no layer `{}`, or several that end so; it has: {}.", wish.file_name, name, listed(layers)), field);
}

std::string usual_names(const SourceWish& wish, const geo::DamageScale& scale) {
  if (!wish.code_column.empty()) return wish.code_column;
  std::string names;
  for (const std::string& usual : scale.code_columns) names += (names.empty() ? "" : ", ") + usual;
  return names;
}

Result<std::vector<const worker::SourceLayer*>> named_layers(std::span<const worker::SourceLayer> layers, const SourceWish& wish) {
  std::vector<const worker::SourceLayer*> named;
  for (const std::string& name : wish.layers) {
    const auto found = find_named(layers, name, wish, "spec.source_layers");
    if (!found) return std::unexpected(found.error());
    named.push_back(*found);
  }
  return named;
}

}  // namespace

Result<std::vector<StatementSource>> choose_sources(std::span<const worker::SourceLayer> layers, const SourceWish& wish,
                                                    const geo::DamageScale& scale) {
  auto looked_at = named_layers(layers, wish);
  if (!looked_at) return std::unexpected(looked_at.error());
  if (wish.layers.empty()) {
    for (const worker::SourceLayer& layer : layers) looked_at->push_back(&layer);
  }
  std::vector<StatementSource> sources;
  for (const worker::SourceLayer* layer : *looked_at) {
    auto source = source_of(*layer, wish, scale);
    if (!source) return std::unexpected(source.error());
    if (*source) {
      sources.push_back(std::move(**source));
    } else if (!wish.layers.empty()) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The layer `{}` has no column of codes ({}): {}.", layer->name(), usual_names(wish, scale),
                                 listed(std::span(layer, 1))),
                     "spec.code_column");
    }
  }
  if (sources.empty()) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} has no column of codes ({}); name it with --code-column. It has: {}.", wish.file_name,
                               usual_names(wish, scale), listed(layers)),
                   "spec.code_column");
  }
  if (sources.size() > 1 && wish.layers.empty() && !wish.every_layer) {
    std::string names;
    for (const StatementSource& source : sources) names += (names.empty() ? "" : ", ") + source.layer;
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} has {} layers with codes ({}): name some with --source-layer, or take them with --every-layer.",
                               wish.file_name, sources.size(), names),
                   "spec.source_layers");
  }
  return sources;
}

Result<std::string> choose_area_layer(std::span<const worker::SourceLayer> layers, const SourceWish& wish, const geo::DamageScale& scale) {
  if (!wish.area_layer.empty()) {
    const auto found = find_named(layers, wish.area_layer, wish, "spec.area_layer");
    if (!found) return std::unexpected(found.error());
    return (*found)->name();
  }
  for (const std::string& usual : scale.area_layers) {
    const auto is_usual = [&](const worker::SourceLayer& layer) { return lower(layer.name()).find(lower(usual)) != std::string::npos; };
    if (std::ranges::count_if(layers, is_usual) == 1) return std::ranges::find_if(layers, is_usual)->name();
  }
  return std::string();
}

std::vector<std::string> short_names(std::span<const StatementSource> sources) {
  std::vector<std::string> names;
  for (const StatementSource& source : sources) names.push_back(source.layer);
  if (names.size() < 2) return names;
  const std::string& first = names.front();
  std::size_t begin = 0;
  std::size_t end = 0;
  const auto all_have = [&](auto&& has) { return std::ranges::all_of(names, has); };
  for (std::size_t i = 1; i <= first.size() && all_have([&](const std::string& name) { return name.starts_with(first.substr(0, i)); });
       ++i) {
    if (first[i - 1] == '_') begin = i;  // Words stay whole.
  }
  for (std::size_t i = 1;
       i <= first.size() && all_have([&](const std::string& name) { return name.ends_with(first.substr(first.size() - i)); }); ++i) {
    if (first[first.size() - i] == '_') end = i;
  }
  for (std::string& name : names) {
    if (begin + end < name.size()) name = name.substr(begin, name.size() - begin - end);
  }
  return names;
}

}  // namespace obnova::server
