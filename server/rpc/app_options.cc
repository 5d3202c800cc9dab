#include "server/rpc/app_options.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "server/process/child.h"

namespace obnova::server {
namespace {

Result<AppOptions> apply(const toml::table& table, const std::filesystem::path& file, AppOptions options) {
  for (const auto& [key, node] : table) {
    const auto where = fmt::format("{}:{}", file.string(), node.source().begin.line);
    const auto value = node.value<std::string>();
    if (!value) return failure(ErrorCode::kInvalidArgument, fmt::format("{}: `{}` must be a text.", where, key.str()));
    if (key == "store") {
      options.store = *value;
    } else if (key == "listen") {
      options.listen = *value;
    } else if (key == "import_root") {
      options.import_root = *value;
    } else if (key == "data") {
      options.data = *value;
    } else {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("{}: there is no setting `{}`; there are store, listen, import_root and data.", where, key.str()));
    }
  }
  return options;
}

bool loopback_host(const std::string& host) {
  if (host == "localhost") return true;
  in6_addr six = {};
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  in_addr four = {};
  return inet_pton(AF_INET, host.c_str(), &four) == 1 && (ntohl(four.s_addr) >> 24) == 127;
}

bool valid_port(std::string_view port) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !port.empty() && port.size() <= 5 && std::ranges::all_of(port, digit) && std::stoi(std::string(port)) <= 65535;
}

}  // namespace

Result<AppOptions> read_config(const std::filesystem::path& file, AppOptions defaults) {
  std::ifstream input(file);
  if (!input) return failure(ErrorCode::kNotFound, fmt::format("The configuration {} cannot be read.", file.string()));
  const std::string text((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
  try {
    return apply(toml::parse(text, file.string()), file, std::move(defaults));
  } catch (const toml::parse_error& error) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}.", file.string(), error.source().begin.line, error.description()));
  }
}

Result<void> check_loopback(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = colon == std::string::npos ? address : address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (colon == std::string::npos || !valid_port(std::string_view(address).substr(colon + 1))) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no address to listen on: HOST:PORT is wanted.", address));
  }
  if (loopback_host(host)) return {};
  return failure(
      ErrorCode::kInvalidArgument,
      fmt::format("Refusing to listen on {}, which is not a loopback address: beyond this machine a server needs TLS and tokens, "
                  "which this version does not have; listen on 127.0.0.1 behind a proxy or a tunnel that has them.",
                  address));
}

std::filesystem::path shipped_data() {
  const std::filesystem::path installed = program_folder() / ".." / "share" / "obnova";
  if (std::filesystem::is_directory(installed)) return installed;
  return OBNOVA_SHIPPED_DATA;
}

}  // namespace obnova::server
