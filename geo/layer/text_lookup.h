#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace obnova::geo {

// Finds the number of a text among texts that somebody else stores: 8 to 16
// bytes a text, a tenth of a map that holds the texts again.
//
//   lookup.insert(7, [&](std::uint32_t i) { return std::string_view(texts[i]); });
class TextLookup {
 public:
  // `text_of(number)` returns the text of any number inserted so far.
  template <typename TextOf>
  std::optional<std::uint32_t> find(std::string_view text, const TextOf& text_of) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t number = slots_[slot_of(text, text_of)];
    if (number == kFree) return std::nullopt;
    return number;
  }

  // Precondition: `text_of(number)` is not in yet.
  template <typename TextOf>
  void insert(std::uint32_t number, const TextOf& text_of) {
    if (2 * (count_ + 1) > slots_.size()) grow(text_of);
    slots_[slot_of(text_of(number), text_of)] = number;
    ++count_;
  }

 private:
  static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();

  // Where the text is, or the free slot where it belongs.
  template <typename TextOf>
  std::size_t slot_of(std::string_view text, const TextOf& text_of) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = std::hash<std::string_view>{}(text)&mask;
    while (slots_[slot] != kFree && text_of(slots_[slot]) != text) slot = (slot + 1) & mask;
    return slot;
  }

  template <typename TextOf>
  void grow(const TextOf& text_of) {
    const std::vector<std::uint32_t> old = std::move(slots_);
    slots_.assign(old.empty() ? 16 : 2 * old.size(), kFree);  // A power of two, see the mask.
    for (const std::uint32_t number : old) {
      if (number != kFree) slots_[slot_of(text_of(number), text_of)] = number;
    }
  }

  std::vector<std::uint32_t> slots_;
  std::size_t count_ = 0;
};

}  // namespace obnova::geo
