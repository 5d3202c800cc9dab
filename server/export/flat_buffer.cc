#include "server/export/flat_buffer.h"

#include <array>

namespace obnova::server {
namespace {

constexpr std::size_t kPointerBytes = sizeof(std::uint32_t);
constexpr std::size_t kEntryBytes = sizeof(std::uint16_t);

}  // namespace

// In front of a table stands the list of where its fields are: its own size, the
// size of the table, and an offset a field. Large fields come first, so that all
// are aligned once the first one is.
FlatBuffer::Place FlatBuffer::add_table(std::span<const std::uint8_t> sizes) {
  align(kEntryBytes);
  const Place list = bytes_.size();
  const std::size_t list_bytes = kEntryBytes * (2 + sizes.size());
  bytes_.append(list_bytes, '\0');
  align(8, kPointerBytes);
  const Place table = bytes_.size();
  std::uint16_t table_bytes = kPointerBytes;
  for (const std::uint8_t size : std::array<std::uint8_t, 4>{8, 4, 2, 1}) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] != size) continue;
      write(list + kEntryBytes * (2 + i), table_bytes);
      table_bytes = static_cast<std::uint16_t>(table_bytes + size);
    }
  }
  write(list, static_cast<std::uint16_t>(list_bytes));
  write(list + kEntryBytes, table_bytes);
  bytes_.append(table_bytes, '\0');
  write(table, static_cast<std::int32_t>(table - list));
  return table;
}

FlatBuffer::Place FlatBuffer::place_of(Place table, std::size_t field) const {
  const Place list = table - static_cast<std::size_t>(read<std::int32_t>(table));
  return table + read<std::uint16_t>(list + kEntryBytes * (2 + field));
}

FlatBuffer::Place FlatBuffer::add_text(std::string_view text) {
  const Place place = begin_vector(text.size(), 1);
  bytes_ += text;
  bytes_ += '\0';
  return place;
}

FlatBuffer::Place FlatBuffer::add_pointers(std::size_t count) {
  const Place place = begin_vector(count, kPointerBytes);
  bytes_.append(count * kPointerBytes, '\0');
  return place;
}

FlatBuffer::Place FlatBuffer::begin_vector(std::size_t count, std::size_t item_bytes) {
  align(kPointerBytes);
  if (item_bytes == 8) align(8, kPointerBytes);
  const Place place = bytes_.size();
  bytes_.append(kPointerBytes, '\0');
  write(place, static_cast<std::uint32_t>(count));
  return place;
}

const std::string& FlatBuffer::finish() {
  align(8);
  write(0, static_cast<std::uint32_t>(bytes_.size() - sizeof(std::uint32_t)));
  return bytes_;
}

}  // namespace obnova::server
