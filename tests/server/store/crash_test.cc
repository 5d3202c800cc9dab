#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "server/store/city_store.h"
#include "store_fixture.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

// Deletes the layer and imports another in its place, again and again until it
// is killed: it is there in every even revision.
[[noreturn]] void keep_importing(const std::filesystem::path& file) {
  const auto even = points_layer("schools", 3000, "even");
  const auto odd = points_layer("schools", 2000, "odd");
  auto store = CityStore::open(file);
  while (store) {
    if (store->record()->revision % 2 == 0 && !store->delete_layer("schools")) _exit(1);
    auto import = store->begin_import();
    if (!import) _exit(1);
    const auto& layer = import->revision() % 4 == 2 ? even : odd;
    if (!write_layer(*import, *layer) || !import->commit("")) _exit(1);
  }
  _exit(1);
}

TEST_F(StoreTest, LosesNothingWhenTheProgramIsKilledDuringAnImport) {
  {
    ASSERT_THAT(CityStore::create(file(), record()), Succeeds());
  }
  const auto even = points_layer("schools", 3000, "even")->digest();
  const auto odd = points_layer("schools", 2000, "odd")->digest();
  // What one import takes here, so that the kills fall into every part of one on slow builds too.
  const auto begin = std::chrono::steady_clock::now();
  {
    auto store = CityStore::open(file());
    ASSERT_THAT(store, Succeeds());
    auto import = store->begin_import();
    ASSERT_THAT(import, Succeeds());
    ASSERT_THAT(write_layer(*import, *points_layer("schools", 3000, "even")), Succeeds());
    ASSERT_THAT(import->commit(""), Succeeds());
  }
  const std::chrono::duration<double> one_import = std::chrono::steady_clock::now() - begin;

  std::mt19937 random(7);
  std::uniform_real_distribution<double> imports(0.1, 3);
  std::int64_t last_revision = 2;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) keep_importing(file());
    std::this_thread::sleep_for(imports(random) * one_import);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself in round " << round;

    auto store = CityStore::open(file());
    ASSERT_THAT(store, Succeeds()) << "round " << round;
    const auto revision = store->record()->revision;
    ASSERT_GE(revision, last_revision);
    last_revision = revision;
    const auto records = *store->layer_records();
    ASSERT_EQ(records.size(), revision % 2 == 0 ? 1U : 0U) << "round " << round;
    if (records.empty()) continue;
    EXPECT_EQ(records[0].revision, revision);
    const auto layer = store->read_layer(records[0]);
    ASSERT_THAT(layer, Succeeds());
    EXPECT_EQ((*layer)->digest(), revision % 4 == 2 ? even : odd) << "round " << round;
  }
  EXPECT_GT(last_revision, 2) << "no import ever ended, so nothing was tried";
}

}  // namespace
}  // namespace obnova::server
