#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "geo/base/result.h"

namespace obnova::server {

// What a person decides about a server.
struct AppOptions {
  std::filesystem::path store;
  std::string listen = "127.0.0.1:50051";
  std::optional<std::filesystem::path> import_root;
  std::optional<std::filesystem::path> data;  // Folder of `profiles` and `rules`.
};

// Adds what a TOML file says: `store`, `listen`, `import_root`, `data`. Fails
// with kInvalidArgument naming the file and the key; unknown keys are errors.
Result<AppOptions> read_config(const std::filesystem::path& file, AppOptions defaults);

// Fails with kInvalidArgument, saying why, unless `address` is a port of this
// machine that no other machine can reach.
Result<void> check_loopback(const std::string& address);

// The data that came with the program: beside it where it is installed, else
// that of the source tree it was built from.
std::filesystem::path shipped_data();

}  // namespace obnova::server
