#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace obnova::geo {

// A growing list of plain values that needs no allocation for the first `Count`.
// Not copied, not moved: it lives for one question.
template <typename T, std::size_t Count>
  requires std::is_trivially_copyable_v<T> && std::is_trivially_default_constructible_v<T>
class InlineVector {
 public:
  InlineVector() = default;
  InlineVector(const InlineVector&) = delete;
  InlineVector& operator=(const InlineVector&) = delete;

  std::size_t size() const { return size_; }
  T* data() { return data_; }

  // Where up to `count` more may be written, before `add` says how many were.
  T* room_for(std::size_t count) {
    if (capacity_ - size_ < count) grow(count);
    return data_ + size_;
  }
  void add(std::size_t count) { size_ += count; }
  void push_back(T value) {
    *room_for(1) = value;
    ++size_;
  }
  void pop_back() { --size_; }

 private:
  void grow(std::size_t count) {
    capacity_ = std::max(capacity_ * 2, size_ + count);
    auto larger = std::make_unique_for_overwrite<T[]>(capacity_);
    std::copy_n(data_, size_, larger.get());
    more_ = std::move(larger);
    data_ = more_.get();
  }

  std::array<T, Count> first_;
  std::unique_ptr<T[]> more_;  // Instead of `first_`, once that is full.
  T* data_ = first_.data();
  std::size_t size_ = 0;
  std::size_t capacity_ = Count;
};

}  // namespace obnova::geo
