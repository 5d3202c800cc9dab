// The same questions about the same million buildings to obnovad and to PostGIS,
// in turns, and how many times faster obnovad is:
//
//   bench_wire ADDRESS CITY POSTGRESQL [--rounds N] [--seconds S] [--connections C] [--boxes N] [--only TEXT] [--echo ADDRESS]
//              [--pid PID]
//
// ADDRESS is a running obnovad with the city of bench_make_boxes, POSTGRESQL a
// connection string of libpq to a database of its own, which gets the table
// when it has none. Every round asks each way for S seconds, one right after
// the other; the figures are medians of the rounds. With the PID of obnovad it
// also says what processor time of server and client a question took, which
// other work on the machine changes least. See README.md.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/bench/wire.h"

namespace obnova::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  std::string address;
  std::string city;
  std::string postgis;
  std::string echo;
  std::string only;
  std::string pid;
  std::size_t rounds = 5;
  std::size_t connections = 4;
  std::size_t boxes = 1'000'000;
  double seconds = 1.5;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// Processor time of all threads of a process.
double processor_s(const std::filesystem::path& process) {
  double nanoseconds = 0;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(process / "task", gone)) {
    double spent = 0;
    if (std::ifstream(thread.path() / "schedstat") >> spent) nanoseconds += spent;
  }
  return nanoseconds / 1e9;
}

// Of all processes of this name.
double processor_s_of_all(const std::string& name) {
  double seconds = 0;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::string command;
    if (std::ifstream(process.path() / "comm") >> command && command == name) seconds += processor_s(process.path());
  }
  return seconds;
}

double own_processor_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One way with its open connections, and what was measured.
struct Running {
  Way way;
  std::vector<Ask> asks;
  std::function<double()> spent_s;  // By server and client so far.
  std::size_t next_question = 0;
  std::vector<double> questions_per_s = {};
  std::vector<double> p50_us = {};
  std::vector<double> p99_us = {};
  std::vector<double> processor_us = {};  // A question.
  double found_per_question = 0;

  void round(double seconds) {
    std::vector<std::vector<double>> latencies_us(asks.size());
    std::atomic<std::size_t> question = next_question;
    std::atomic<std::size_t> found = 0;
    const double spent_before_s = spent_s();
    const Clock::time_point begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < asks.size(); ++i) {
        threads.emplace_back([&, i] {
          for (Clock::time_point asked = Clock::now(); asked < end;) {
            found += asks[i](question++);
            const Clock::time_point answered = Clock::now();
            latencies_us[i].push_back(std::chrono::duration<double, std::micro>(answered - asked).count());
            asked = answered;
          }
        });
      }
    }
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - begin).count();
    const auto calls = static_cast<double>(question - next_question);
    questions_per_s.push_back(calls * static_cast<double>(way.questions_per_call) / elapsed_s);
    processor_us.push_back((spent_s() - spent_before_s) * 1e6 / calls / static_cast<double>(way.questions_per_call));
    found_per_question = static_cast<double>(found) / calls / static_cast<double>(way.questions_per_call);
    next_question = question;
    std::vector<double> all;
    for (const auto& some : latencies_us) all.insert(all.end(), some.begin(), some.end());
    std::ranges::sort(all);
    p50_us.push_back(all[all.size() / 2]);
    p99_us.push_back(all[all.size() * 99 / 100]);
  }
};

Running start(const Way& way, std::size_t connections, std::function<double()> server_s) {
  Running running{.way = way, .asks = {}, .spent_s = [server_s] { return server_s() + own_processor_s(); }};
  for (std::size_t i = 0; i < connections; ++i) {
    running.asks.push_back(way.connect());
    running.asks.back()(i);  // Connects, and builds what is built once.
  }
  return running;
}

void hold(const Contest& contest, const Settings& settings) {
  std::vector<Running> all = {start(contest.postgis, settings.connections, [] { return processor_s_of_all("postgres"); })};
  const auto obnovad_s = [&settings] { return settings.pid.empty() ? 0 : processor_s("/proc/" + settings.pid); };
  for (const Way& way : contest.obnova) all.push_back(start(way, settings.connections, obnovad_s));
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    for (Running& running : all) running.round(settings.seconds);
  }
  for (const Running& running : all) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < settings.rounds; ++i) ratios.push_back(running.questions_per_s[i] / all.front().questions_per_s[i]);
    const auto [least, most] = std::ranges::minmax(ratios);
    std::printf("%-26s %-34.34s %9.0f /s  p50 %6.0f us  p99 %6.0f us  processor %6.1f us  %7.1f found", contest.what.c_str(),
                running.way.name.c_str(), median(running.questions_per_s), median(running.p50_us), median(running.p99_us),
                median(running.processor_us), running.found_per_question);
    if (&running == &all.front()) {
      std::printf("\n");
    } else {
      std::printf("  %6.2f x (%.2f to %.2f), processor %.2f x\n", median(ratios), least, most,
                  median(all.front().processor_us) / median(running.processor_us));
    }
  }
  std::fflush(stdout);
}

std::vector<Contest> contests(const ObnovaWays& ours, const PostgisWays& theirs, const Settings& settings) {
  std::vector<Contest> all;
  if (!settings.echo.empty()) all.push_back({"nothing", theirs.nothing(), {ours.echo(settings.echo)}});
  all.push_back({"window 100 m", theirs.window(100, "id"), {ours.windows(100, 1, "numbers"), ours.windows(100, 1, "ids")}});
  all.push_back({"window 500 m", theirs.window(500, "id"), {ours.windows(500, 1, "numbers"), ours.windows(500, 1, "ids")}});
  all.push_back({"window 2 km", theirs.window(2000, "id"), {ours.windows(2000, 1, "numbers"), ours.windows(2000, 1, "ids")}});
  all.push_back({"windows 100 m, 64 a call", theirs.window(100, "id"), {ours.windows(100, 64, "numbers"), ours.windows(100, 64, "ids")}});
  all.push_back({"10 nearest",
                 theirs.nearest(10),
                 {ours.nearest(10, 1, false), ours.nearest(10, 1, true), ours.nearest(10, 64, false), ours.nearest(10, 64, true)}});
  all.push_back(
      {"window 500 m with WKB", theirs.window(500, "id, name, damage, height, ST_AsBinary(geom)"), {ours.windows(500, 1, "plane")}});
  all.push_back({"the same in degrees",
                 theirs.window(500, "id, name, damage, height, ST_AsBinary(ST_Transform(geom, 4326))"),
                 {ours.windows(500, 1, "degrees"), ours.list(500)}});
  all.push_back({"the same as GeoJSON", theirs.window_geojson(500), {ours.windows(500, 1, "plane"), ours.windows(500, 1, "degrees")}});
  return all;
}

int measure(const Settings& settings) {
  const Boxes boxes = make_boxes(settings.boxes);
  const PostgisWays theirs(settings.postgis, boxes);
  theirs.load();
  const ObnovaWays ours(settings.address, settings.city, boxes);
  double load[1] = {0};
  getloadavg(load, 1);
  std::printf("%zu boxes, %zu connections, %zu rounds of %.1f s, load %.1f\n", settings.boxes, settings.connections, settings.rounds,
              settings.seconds, load[0]);
  for (const Contest& contest : contests(ours, theirs, settings)) {
    if (contest.what.find(settings.only) != std::string::npos) hold(contest, settings);
  }
  return 0;
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) {
  obnova::bench::Settings settings;
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--") || i + 1 == argc) {
      words.push_back(word);
      continue;
    }
    const char* value = argv[++i];
    if (word == "--rounds") settings.rounds = std::strtoul(value, nullptr, 10);
    if (word == "--seconds") settings.seconds = std::strtod(value, nullptr);
    if (word == "--connections") settings.connections = std::strtoul(value, nullptr, 10);
    if (word == "--boxes") settings.boxes = std::strtoul(value, nullptr, 10);
    if (word == "--only") settings.only = value;
    if (word == "--echo") settings.echo = value;
    if (word == "--pid") settings.pid = value;
  }
  if (words.size() != 3 || settings.rounds == 0) {
    std::fprintf(stderr,
                 "usage: bench_wire ADDRESS CITY POSTGRESQL [--rounds N] [--seconds S] [--connections C] [--boxes N] [--only TEXT] "
                 "[--echo ADDRESS] [--pid PID]\n");
    return 2;
  }
  settings.address = words[0];
  settings.city = words[1];
  settings.postgis = words[2];
  return obnova::bench::measure(settings);
}
