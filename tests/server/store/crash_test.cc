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

// Replaces the layer again and again until it is killed.
[[noreturn]] void keep_importing(const std::filesystem::path& file) {
  const auto even = points_layer("schools", 3000, "even");
  const auto odd = points_layer("schools", 2000, "odd");
  auto store = CityStore::open(file);
  while (store) {
    auto import = store->begin_import();
    if (!import) _exit(1);
    const auto& layer = import->revision() % 2 == 0 ? even : odd;
    if (!write_layer(*import, *layer) || !import->commit("")) _exit(1);
  }
  _exit(1);
}

TEST_F(StoreTest, LosesNothingWhenTheProgramIsKilledDuringAnImport) {
  { ASSERT_THAT(CityStore::create(file(), record()), Succeeds()); }
  const auto even = points_layer("schools", 3000, "even")->digest();
  const auto odd = points_layer("schools", 2000, "odd")->digest();
  std::mt19937 random(7);
  std::int64_t last_revision = 1;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) keep_importing(file());
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 120));
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
    if (revision == 1) {
      EXPECT_TRUE(records.empty());
      continue;
    }
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].revision, revision);
    const auto layer = store->read_layer(records[0]);
    ASSERT_THAT(layer, Succeeds());
    EXPECT_EQ((*layer)->digest(), revision % 2 == 0 ? even : odd) << "round " << round;
  }
  EXPECT_GT(last_revision, 1) << "no import ever ended, so nothing was tried";
}

}  // namespace
}  // namespace obnova::server
