// The server program.

#include <csignal>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <pthread.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "server/rpc/app.h"

namespace {

using obnova::server::App;
using obnova::server::AppOptions;

constexpr std::chrono::seconds kPatience(5);
constexpr int kUsage = 2;

struct Words {
  std::string store;
  std::string listen;
  std::string import_root;
  std::string data;
  std::string config;
};

// What the words say counts more than what the configuration says.
obnova::Result<AppOptions> to_options(const Words& words) {
  AppOptions options;
  if (!words.config.empty()) {
    auto configured = obnova::server::read_config(words.config, std::move(options));
    if (!configured) return configured;
    options = std::move(*configured);
  }
  if (!words.store.empty()) options.store = words.store;
  if (!words.listen.empty()) options.listen = words.listen;
  if (!words.import_root.empty()) options.import_root = words.import_root;
  if (!words.data.empty()) options.data = words.data;
  return options;
}

// Signals are taken by `sigwait` alone, so every thread must be born after this.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);  // Workers that die are noticed where they are written to.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int serve(const AppOptions& options, const sigset_t& signals) {
  const auto app = App::start(options);
  if (!app) {
    spdlog::error("{}", app.error().message);
    return 1;
  }
  std::printf("listening on %s\n", (*app)->address().c_str());
  std::fflush(stdout);
  spdlog::info("serving {}", options.store.string());
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  spdlog::info("stopping on signal {}", signal_number);
  (*app)->stop(kPatience);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Obnova: a geospatial city digital twin server for reconstruction.", "obnovad");
  Words words;
  program.add_option("--store", words.store, "Folder of the city files");
  program.add_option("--listen", words.listen, "Address of this machine, 127.0.0.1:50051 unless said otherwise; port 0 takes a free one");
  program.add_option("--import-root", words.import_root, "Folder below which clients may name files to import");
  program.add_option("--data", words.data, "Folder of profiles and rules, in place of those that came with the program");
  program.add_option("--config", words.config, "TOML file with the same settings: store, listen, import_root, data");
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : kUsage;
  }
  spdlog::set_default_logger(spdlog::stderr_color_mt("obnovad"));
  const auto options = to_options(words);
  if (!options) {
    spdlog::error("{}", options.error().message);
    return kUsage;
  }
  if (options->store.empty()) {
    spdlog::error("A store is required: obnovad --store DIR");
    return kUsage;
  }
  umask(077);  // Cities are nobody else's business.
  const sigset_t signals = block_signals();
  return serve(*options, signals);
}
