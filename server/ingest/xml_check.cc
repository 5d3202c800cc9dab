#include "server/ingest/xml_check.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

namespace obnova::server {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 16;

// What one pass over a document found.
class XmlPass {
 public:
  explicit XmlPass(const std::string& file_name) : file_name_(file_name), parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), begin_element, end_element);
    XML_SetStartDoctypeDeclHandler(parser_.get(), begin_doctype);
  }

  Result<void> take(const char* bytes, std::size_t size, bool is_last) {
    if (XML_Parse(parser_.get(), bytes, static_cast<int>(size), is_last ? 1 : 0) == XML_STATUS_OK) return {};
    const auto line = XML_GetCurrentLineNumber(parser_.get());
    const XML_Error error = XML_GetErrorCode(parser_.get());
    if (error == XML_ERROR_UNKNOWN_ENCODING) {
      return failure(ErrorCode::kBadData, fmt::format("{} is in an encoding that is not read; save it as UTF-8.", file_name_));
    }
    const std::string why = refusal_.empty() ? XML_ErrorString(error) : refusal_;
    return failure(ErrorCode::kBadData, fmt::format("{} is damaged at line {}: {}.", file_name_, line, why));
  }

 private:
  struct FreeParser {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  void refuse(const std::string& why) {
    refusal_ = why;
    XML_StopParser(parser_.get(), XML_FALSE);
  }
  static void begin_element(void* pass, const char*, const char**) {
    auto& self = *static_cast<XmlPass*>(pass);
    if (++self.depth_ > kMaxXmlDepth) self.refuse(fmt::format("elements stand in each other more than {} deep", kMaxXmlDepth));
  }
  static void end_element(void* pass, const char*) { --static_cast<XmlPass*>(pass)->depth_; }
  static void begin_doctype(void* pass, const char*, const char*, const char*, int) {
    static_cast<XmlPass*>(pass)->refuse("a document type (DOCTYPE) is declared, which is not read");
  }

  const std::string& file_name_;
  std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
  std::size_t depth_ = 0;
  std::string refusal_;
};

}  // namespace

Result<void> check_xml(std::string_view bytes, const std::string& file_name) {
  XmlPass pass(file_name);
  while (true) {
    const std::size_t size = std::min(bytes.size(), kPieceBytes);
    const Result<void> taken = pass.take(bytes.data(), size, size == bytes.size());
    if (!taken || size == bytes.size()) return taken;
    bytes.remove_prefix(size);
  }
}

Result<void> check_xml_file(const std::string& path, const std::string& file_name) {
  std::ifstream stream(path, std::ios::binary);
  XmlPass pass(file_name);
  std::array<char, kPieceBytes> piece;
  while (true) {
    stream.read(piece.data(), piece.size());
    const Result<void> taken = pass.take(piece.data(), static_cast<std::size_t>(stream.gcount()), stream.eof());
    if (!taken || !stream) return taken;
  }
}

}  // namespace obnova::server
