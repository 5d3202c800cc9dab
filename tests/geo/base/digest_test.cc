#include "geo/base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace obnova {
namespace {

TEST(DigestTest, DependsOnWhereOnePieceEndsAndTheNextBegins) {
  EXPECT_NE(Digester().add("ab").add("c").finish(), Digester().add("a").add("bc").finish());
  EXPECT_NE(Digester().add("").finish(), Digester().finish());
}

TEST(DigestTest, IsTheSameForTheSamePieces) {
  const auto digest = [] { return Digester().add("road").add(std::uint64_t{7}).add(2.5).finish(); };
  EXPECT_EQ(digest(), digest());
  EXPECT_EQ(digest().hex(), digest().hex());
  EXPECT_EQ(digest().hex().size(), 32U);
}

TEST(DigestTest, FinishMayBeAskedInBetween) {
  Digester digester;
  digester.add("a");
  const Digest early = digester.finish();
  digester.add("b");
  EXPECT_EQ(early, Digester().add("a").finish());
  EXPECT_EQ(digester.finish(), Digester().add("a").add("b").finish());
}

TEST(DigestTest, HexKeepsLeadingZeros) { EXPECT_EQ((Digest{.high = 1, .low = 0xab}.hex()), "000000000000000100000000000000ab"); }

// Caches on disk are keyed by digests: a new value makes them all stale.
TEST(DigestTest, NeverChangesFromReleaseToRelease) {
  EXPECT_EQ(Digester().add("obnova").add(std::uint64_t{1}).add(0.5).finish().hex(), "cb4dc80d6b08b7ece8f6745a68200bf1");
}

}  // namespace
}  // namespace obnova
