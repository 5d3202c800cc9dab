#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace obnova {

// A fingerprint of content, for keys of caches and for "equal snapshot" in
// answers: XXH3, 128 bits. Not a defence against forgery.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Digest&) const = default;
  // 32 hexadecimal digits.
  std::string hex() const;
};

// Collects content piece by piece. Every piece is preceded by its length, so
// that ("ab", "c") and ("a", "bc") differ.
class Digester {
 public:
  Digester();
  ~Digester();
  Digester& add(std::string_view bytes);
  Digester& add(std::uint64_t number);
  Digester& add(double number);
  Digest finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obnova
