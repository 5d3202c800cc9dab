#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "geo/base/result.h"

namespace obnova::server {

bool is_utf8(std::string_view bytes);
// The bytes before a letter of UTF-8 that was cut at the end; all of them when
// none was, or when the bytes are not UTF-8 otherwise either.
std::string_view without_half_letter(std::string_view bytes);
bool is_ascii(std::string_view bytes);

// The bytes as a person may be shown them: what is not UTF-8 becomes `?`, control
// characters become spaces, and letters above `max_bytes` are cut off.
std::string readable(std::string_view bytes, std::size_t max_bytes);

// `UTF-8`, `CP1251`, `ISO-8859-1`, … out of how people and .cpg files write
// them: `utf8`, `1251`, `ANSI 1251`, `windows-1251`, `88591`.
std::string encoding_name(std::string_view written);

// Turns texts of one encoding into UTF-8. Used by one thread.
class TextDecoder {
 public:
  // Fails with kInvalidArgument for an encoding that is unknown.
  static Result<TextDecoder> make(const std::string& encoding);
  ~TextDecoder();
  TextDecoder(TextDecoder&& other) noexcept;
  TextDecoder& operator=(TextDecoder&& other) noexcept;

  // Nullopt when the bytes are not of the encoding.
  std::optional<std::string> decode(std::string_view bytes) const;
  const std::string& encoding() const { return encoding_; }

 private:
  TextDecoder(std::string encoding, void* handle) : encoding_(std::move(encoding)), handle_(handle) {}
  std::string encoding_;
  void* handle_ = nullptr;  // Of iconv; null for UTF-8.
};

// A text that is not UTF-8, and where it stands.
struct StrangeText {
  std::int64_t row = 0;
  std::string field;
  std::string bytes;
};

// What the texts of a file look like before any decoding.
struct TextSurvey {
  std::int64_t utf8_count = 0;  // Texts beyond ASCII that are UTF-8.
  std::optional<StrangeText> strange;

  void add(std::int64_t row, std::string_view field, std::string_view bytes);
};

struct EncodingChoice {
  std::string encoding;
  std::string warning;  // Empty when all agrees.
};

// Decides how to read the texts of a file. `claimed` is what the file says of
// itself, empty when nothing; `wanted` what the user says. Fails with kBadData
// that names row and field and shows the text in likely encodings when nobody
// says, or when the file is not what it says.
Result<EncodingChoice> choose_encoding(const std::string& file_name, const std::string& wanted, const std::string& claimed,
                                       const TextSurvey& survey);

}  // namespace obnova::server
