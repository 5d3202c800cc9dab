#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace obnova::geo {

// Bits for some numbers, by open addressing. A number without bits is not there,
// which is the usual answer: a small list of ticks gives most of these.
class NumberTable {
 public:
  static constexpr std::uint32_t kNoNumber = 0xFFFFFFFF;
  struct Entry {
    std::uint32_t number = kNoNumber;
    std::uint32_t bits = 0;
  };

  NumberTable() = default;
  // Room for `most_count` numbers.
  explicit NumberTable(std::size_t most_count)
      : shift_(32 - std::bit_width(most_count * 2 | 1)),
        entries_(std::size_t{1} << (32 - shift_)),
        ticks_(entries_.size() / kEntriesPerWord + 1) {}

  std::size_t size() const { return size_; }
  // 0 where there are none.
  std::uint32_t bits_of(std::uint32_t number) const {
    if (ticks_.empty() || (word_of(number) & bit_of(number)) == 0) return 0;
    return entries_.data()[place_of(number)].bits;
  }
  // False if the number was there before. It keeps the bits it had.
  bool add(std::uint32_t number, std::uint32_t bits) {
    ticks_.data()[tick_of(number) / 64] |= bit_of(number);
    Entry& entry = entries_.data()[place_of(number)];
    entry.bits |= bits;
    if (entry.number == number) return false;
    entry.number = number;
    ++size_;
    return true;
  }
  template <typename Visit>
  void each(Visit visit) const {
    for (const Entry& entry : entries_) {
      if (entry.number != kNoNumber) visit(entry.number, entry.bits);
    }
  }

 private:
  static constexpr std::size_t kEntriesPerWord = 16;

  // Every number has a tick, which it shares with those that end in the same bits.
  std::size_t tick_of(std::uint32_t number) const { return number & (4 * entries_.size() - 1); }
  std::uint64_t word_of(std::uint32_t number) const { return ticks_.data()[tick_of(number) / 64]; }
  static std::uint64_t bit_of(std::uint32_t number) { return std::uint64_t{1} << (number % 64); }

  // Where the number is, or the free place where it belongs.
  std::size_t place_of(std::uint32_t number) const {
    const std::size_t last = entries_.size() - 1;
    std::size_t place = (number * 0x9E3779B1U) >> shift_;
    while (entries_.data()[place].number != number && entries_.data()[place].number != kNoNumber) place = (place + 1) & last;
    return place;
  }

  int shift_ = 32;
  std::vector<Entry> entries_;  // A power of two, at most half of them taken.
  std::vector<std::uint64_t> ticks_;
  std::size_t size_ = 0;
};

}  // namespace obnova::geo
