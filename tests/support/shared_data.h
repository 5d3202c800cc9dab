#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace obnova {

// Real data beside the checkout, which is not part of it. Tests that use it say
// so and pass without it:
//
//   const auto file = shared_data("osm/liechtenstein-2024-03.osm.pbf");
//   if (!file) GTEST_SKIP() << "skipped: no data";
inline std::optional<std::filesystem::path> shared_data(const std::string& name) {
  const auto path = std::filesystem::path(OBNOVA_SOURCE_DIR) / ".." / "shared" / "data" / name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return std::filesystem::weakly_canonical(path);
}

}  // namespace obnova
