#include "geo/index/row_order.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <utility>

namespace obnova::geo {
namespace {

constexpr std::size_t kRankedAtMost = 48;
constexpr std::size_t kShortDigitsBelow = 1024;
constexpr int kShortDigitBits = 8;
constexpr int kLongDigitBits = 11;

// Counts for each row how many are below it: no branch depends on the rows.
void put_by_rank(std::span<const std::uint32_t> rows, std::span<FeatureId> result) {
  const std::uint32_t* const values = rows.data();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::uint32_t rank = 0;
    for (std::size_t j = 0; j < rows.size(); ++j) rank += values[j] < values[i] ? 1 : 0;
    result.data()[rank] = FeatureId{values[i]};
  }
}

// Ticks the rows off in a list of all, which takes one pass whatever their order.
void put_by_ticks(std::span<const std::uint32_t> rows, std::uint32_t row_end, std::span<FeatureId> result) {
  std::vector<std::uint64_t> ticks(row_end / 64 + std::size_t{1}, 0);
  for (const std::uint32_t row : rows) ticks.data()[row / 64] |= std::uint64_t{1} << (row % 64);
  FeatureId* next = result.data();
  for (std::size_t word = 0; word < ticks.size(); ++word) {
    for (std::uint64_t rest = ticks.data()[word]; rest != 0; rest &= rest - 1) {
      *next++ = FeatureId{static_cast<std::uint32_t>(64 * word + static_cast<std::size_t>(std::countr_zero(rest)))};
    }
  }
}

// By digits, the lowest first; `rows` and `spare` are both written over.
void put_by_digits(std::span<std::uint32_t> rows, std::uint32_t* spare, std::uint32_t row_end, std::span<FeatureId> result) {
  const int bits = std::max<int>(std::bit_width(row_end), 1);
  const int most_bits = rows.size() < kShortDigitsBelow ? kShortDigitBits : kLongDigitBits;
  const int passes = (bits + most_bits - 1) / most_bits;
  const int digit_bits = (bits + passes - 1) / passes;
  const std::uint32_t digits = std::uint32_t{1} << digit_bits;
  std::array<std::uint32_t, 3 << kLongDigitBits> counts;  // Enough for 32 bits in 4 short digits or 3 long ones.
  std::fill_n(counts.data(), static_cast<std::size_t>(passes) * digits, 0);
  for (const std::uint32_t row : rows) {
    for (int pass = 0; pass < passes; ++pass) ++counts.data()[pass * digits + ((row >> (pass * digit_bits)) & (digits - 1))];
  }
  std::uint32_t* from = rows.data();
  std::uint32_t* to = spare;
  for (int pass = 0; pass < passes; ++pass) {
    std::uint32_t* const start = counts.data() + pass * digits;
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < digits; ++i) sum += std::exchange(start[i], sum);
    const auto place = [&](std::uint32_t row) -> std::uint32_t& { return start[(row >> (pass * digit_bits)) & (digits - 1)]; };
    if (pass + 1 < passes) {
      for (std::size_t i = 0; i < rows.size(); ++i) to[place(from[i])++] = from[i];
      std::swap(from, to);
    } else {
      for (std::size_t i = 0; i < rows.size(); ++i) result.data()[place(from[i])++] = FeatureId{from[i]};
    }
  }
}

}  // namespace

std::vector<FeatureId> in_order(FoundRows& found, std::uint32_t row_end) {
  const std::span<std::uint32_t> rows(found.data(), found.size());
  std::vector<FeatureId> result(rows.size());
  if (rows.size() <= kRankedAtMost) {
    put_by_rank(rows, result);
  } else if (rows.size() > row_end / 64) {
    put_by_ticks(rows, row_end, result);
  } else {
    InlineVector<std::uint32_t, kFewRows> spare;
    put_by_digits(rows, spare.room_for(rows.size()), row_end, result);
  }
  return result;
}

}  // namespace obnova::geo
