#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace obnova::server {

static_assert(std::endian::native == std::endian::little, "FlatBuffers are written in the order of the machine.");

// One message in the format of FlatBuffers, with its size in front, written from
// front to back: a table first, then what its fields point at.
//
//   FlatBuffer message;
//   const auto column = message.add_table({4, 1});   // Field 0 is a pointer, field 1 a byte.
//   message.set_root(column);
//   message.set(column, 1, std::uint8_t{11});
//   message.point(column, 0, message.add_text("name"));
class FlatBuffer {
 public:
  using Place = std::size_t;

  FlatBuffer() : bytes_(2 * sizeof(std::uint32_t), '\0') {}

  // A table whose field i takes sizes[i] bytes (1, 2, 4 or 8), or is absent where that is 0.
  Place add_table(std::span<const std::uint8_t> sizes);
  Place add_table(std::initializer_list<std::uint8_t> sizes) { return add_table(std::span(sizes.begin(), sizes.size())); }
  Place add_text(std::string_view text);
  // The numbers follow the count; 8-byte ones are aligned.
  template <typename Number>
  Place add_numbers(std::span<const Number> numbers) {
    const Place place = begin_vector(numbers.size(), sizeof(Number));
    bytes_.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
    return place;
  }
  Place add_bytes(std::string_view bytes) { return add_numbers(std::span(bytes.data(), bytes.size())); }
  // A list of pointers, to be set by `point_item`.
  Place add_pointers(std::size_t count);

  void set_root(Place table) { write(sizeof(std::uint32_t), static_cast<std::uint32_t>(table - sizeof(std::uint32_t))); }
  // Precondition: the field is there and of this size.
  template <typename Number>
  void set(Place table, std::size_t field, Number value) {
    write(place_of(table, field), value);
  }
  void point(Place table, std::size_t field, Place target) { point_at(place_of(table, field), target); }
  void point_item(Place list, std::size_t item, Place target) { point_at(list + sizeof(std::uint32_t) * (1 + item), target); }

  // The whole message. Nothing can be added after.
  const std::string& finish();

 private:
  Place begin_vector(std::size_t count, std::size_t item_bytes);
  Place place_of(Place table, std::size_t field) const;
  void point_at(Place from, Place target) { write(from, static_cast<std::uint32_t>(target - from)); }
  void align(std::size_t bytes, std::size_t ahead = 0) { bytes_.append((bytes - (bytes_.size() + ahead) % bytes) % bytes, '\0'); }
  template <typename Number>
  void write(Place place, Number value) {
    std::memcpy(bytes_.data() + place, &value, sizeof(Number));
  }
  template <typename Number>
  Number read(Place place) const {
    Number value;
    std::memcpy(&value, bytes_.data() + place, sizeof(Number));
    return value;
  }

  std::string bytes_;
};

}  // namespace obnova::server
