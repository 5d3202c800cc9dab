#include "server/ingest/text_encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace obnova::server {
namespace {

constexpr std::size_t kMaxSampleBytes = 40;

// The length of the UTF-8 character that starts with this byte; 0 for none.
std::size_t character_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// Overlong forms, surrogates and what lies beyond U+10FFFF.
bool is_forbidden(unsigned char first, unsigned char second) {
  return (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
         (first == 0xF4 && second > 0x8F);
}

std::string sample_in(const std::string& encoding, std::string_view bytes) {
  const Result<TextDecoder> decoder = TextDecoder::make(encoding);
  const auto text = decoder ? decoder->decode(bytes.substr(0, kMaxSampleBytes)) : std::nullopt;
  return text ? fmt::format("{} reads \"{}\"", encoding, *text) : std::string();
}

std::string samples(std::string_view bytes) {
  std::string all;
  for (const char* encoding : {"CP1251", "CP1250", "CP866"}) {
    const std::string sample = sample_in(encoding, bytes);
    if (!sample.empty()) all += (all.empty() ? "" : ", ") + sample;
  }
  return all;
}

std::unexpected<Error> strange_failure(const std::string& file_name, const StrangeText& strange) {
  return failure(ErrorCode::kBadData, fmt::format("{}: row {}, field {} is not UTF-8; say the encoding, such as `--encoding CP1251` ({}).",
                                                  file_name, strange.row, strange.field, samples(strange.bytes)));
}

}  // namespace

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = character_length(first);
    if (length == 0 || i + length > bytes.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(bytes[i + k]) & 0xC0) != 0x80) return false;
    }
    if (length > 2 && is_forbidden(first, static_cast<unsigned char>(bytes[i + 1]))) return false;
    i += length;
  }
  return true;
}

std::string readable(std::string_view bytes, std::size_t max_bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = std::max<std::size_t>(character_length(first), 1);
    const std::string_view letter = bytes.substr(i, length);
    if (text.size() + letter.size() > max_bytes) return text;
    if (!is_utf8(letter)) {
      text.push_back('?');
      ++i;
      continue;
    }
    text += first < 0x20 || first == 0x7f ? std::string_view(" ") : letter;
    i += length;
  }
  return text;
}

std::string_view without_half_letter(std::string_view bytes) {
  if (is_utf8(bytes)) return bytes;
  for (std::size_t cut = 1; cut <= 3 && cut < bytes.size(); ++cut) {
    const auto first = static_cast<unsigned char>(bytes[bytes.size() - cut]);
    if (character_length(first) > cut && is_utf8(bytes.substr(0, bytes.size() - cut))) return bytes.substr(0, bytes.size() - cut);
  }
  return bytes;
}

std::string encoding_name(std::string_view written) {
  std::string name;
  for (const char c : written) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) name.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  for (const std::string_view prefix : {"ANSI", "WINDOWS-", "LDID/", "OEM"}) {
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  }
  if (name == "UTF8" || name == "65001") return "UTF-8";
  if (name.starts_with("8859")) return "ISO-8859-" + name.substr(name.size() > 4 && name[4] == '-' ? 5 : 4);
  const bool is_number = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return is_number ? "CP" + name : name;
}

Result<TextDecoder> TextDecoder::make(const std::string& encoding) {
  const std::string name = encoding_name(encoding);
  if (name == "UTF-8") return TextDecoder(name, nullptr);
  const iconv_t handle = iconv_open("UTF-8", name.c_str());
  if (handle == reinterpret_cast<iconv_t>(-1)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The encoding `{}` is unknown.", encoding), "encoding");
  }
  return TextDecoder(name, handle);
}

TextDecoder::~TextDecoder() {
  if (handle_ != nullptr) iconv_close(handle_);
}

TextDecoder::TextDecoder(TextDecoder&& other) noexcept
    : encoding_(std::move(other.encoding_)), handle_(std::exchange(other.handle_, nullptr)) {}

TextDecoder& TextDecoder::operator=(TextDecoder&& other) noexcept {
  std::swap(encoding_, other.encoding_);
  std::swap(handle_, other.handle_);
  return *this;
}

std::optional<std::string> TextDecoder::decode(std::string_view bytes) const {
  if (handle_ == nullptr) return is_utf8(bytes) ? std::optional(std::string(bytes)) : std::nullopt;
  std::string text(bytes.size() * 4, '\0');
  char* from = const_cast<char*>(bytes.data());  // iconv's signature; it only reads.
  std::size_t from_left = bytes.size();
  char* to = text.data();
  std::size_t to_left = text.size();
  iconv(handle_, nullptr, nullptr, nullptr, nullptr);
  if (iconv(handle_, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1)) return std::nullopt;
  text.resize(text.size() - to_left);
  return text;
}

void TextSurvey::add(std::int64_t row, std::string_view field, std::string_view bytes) {
  if (is_ascii(bytes)) return;
  if (is_utf8(bytes)) {
    ++utf8_count;
  } else if (!strange) {
    strange = StrangeText{row, std::string(field), std::string(bytes)};
  }
}

Result<EncodingChoice> choose_encoding(const std::string& file_name, const std::string& wanted, const std::string& claimed,
                                       const TextSurvey& survey) {
  if (!wanted.empty()) {
    const Result<TextDecoder> decoder = TextDecoder::make(wanted);
    if (!decoder) return std::unexpected(decoder.error());
    return EncodingChoice{decoder->encoding(), {}};
  }
  const std::string claim = encoding_name(claimed);
  if (claim.empty() || claim == "UTF-8" || !TextDecoder::make(claim)) {
    if (survey.strange) return strange_failure(file_name, *survey.strange);
    return EncodingChoice{"UTF-8", {}};
  }
  // Text of a one-byte encoding is hardly ever UTF-8 by chance, and never all of it.
  if (survey.utf8_count > 0 && !survey.strange) {
    return EncodingChoice{"UTF-8", fmt::format("{} says its texts are {}, but all of them are UTF-8 and were read so.", file_name, claim)};
  }
  return EncodingChoice{claim, {}};
}

}  // namespace obnova::server
