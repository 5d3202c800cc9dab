#include "geo/base/digest.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <array>
#include <bit>

#include "geo/base/check.h"

namespace obnova {
namespace {

// Byte by byte, so that a digest is the same on every machine.
std::array<unsigned char, 8> little_endian(std::uint64_t number) {
  std::array<unsigned char, 8> bytes;
  for (unsigned char& byte : bytes) {
    byte = static_cast<unsigned char>(number & 0xff);
    number >>= 8;
  }
  return bytes;
}

}  // namespace

struct Digester::State {
  XXH3_state_t* hash = XXH3_createState();
  ~State() { XXH3_freeState(hash); }

  void add(const void* bytes, std::size_t size) {
    const auto length = little_endian(size);
    XXH3_128bits_update(hash, length.data(), length.size());
    if (size > 0) XXH3_128bits_update(hash, bytes, size);
  }
};

std::string Digest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

Digester::Digester() : state_(std::make_unique<State>()) {
  OBNOVA_CHECK(state_->hash != nullptr);
  XXH3_128bits_reset(state_->hash);
}

Digester::~Digester() = default;

Digester& Digester::add(std::string_view bytes) {
  state_->add(bytes.data(), bytes.size());
  return *this;
}

Digester& Digester::add(std::uint64_t number) {
  const auto bytes = little_endian(number);
  state_->add(bytes.data(), bytes.size());
  return *this;
}

Digester& Digester::add(double number) { return add(std::bit_cast<std::uint64_t>(number)); }

Digest Digester::finish() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->hash);
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace obnova
