#include "tests/geo/base/jts_suite.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <type_traits>

namespace obnova {
namespace {

std::string trimmed(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool is_space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!is_space) result.push_back(c);
    if (is_space && !result.empty() && result.back() != ' ') result.push_back(' ');
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// What expat's callbacks fill while one file is read.
class FileReader {
 public:
  FileReader(std::string file, std::vector<JtsTest>& tests) : tests_(tests) { run_.file = std::move(file); }

  bool read(const std::string& text) {
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr), XML_ParserFree);
    XML_SetUserData(parser.get(), this);
    XML_SetElementHandler(
        parser.get(), [](void* self, const XML_Char* name, const XML_Char** pairs) { static_cast<FileReader*>(self)->begin(name, pairs); },
        [](void* self, const XML_Char* name) { static_cast<FileReader*>(self)->end(name); });
    XML_SetCharacterDataHandler(parser.get(),
                                [](void* self, const XML_Char* bytes, int size) { static_cast<FileReader*>(self)->add(bytes, size); });
    return XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_OK;
  }

 private:
  void begin(std::string_view name, const XML_Char** pairs) {
    text_.clear();
    if (name == "case") {
      current_ = run_;
      current_.case_number = ++case_count_;
    }
    if (name == "op") current_.arguments.clear();
    for (; *pairs != nullptr; pairs += 2) attribute(name, pairs[0], pairs[1]);
  }

  void attribute(std::string_view element, std::string_view key, const std::string& value) {
    if (element == "precisionModel" && key == "scale") run_.has_fixed_precision = true;
    if (element != "op") return;
    if (key == "name") current_.operation = lower(value);
    if (key.size() != 4 || !key.starts_with("arg")) return;
    const auto index = static_cast<std::size_t>(key[3] - '1');
    if (current_.arguments.size() <= index) current_.arguments.resize(index + 1);
    current_.arguments[index] =
        index < 2 && lower(value).size() == 1 && std::isalpha(static_cast<unsigned char>(value[0])) != 0 ? lower(value) : value;
  }

  void end(std::string_view name) {
    if (name == "desc") current_.description = trimmed(text_);
    if (name == "geometryOperation") run_.is_prepared = text_.find("Prepared") != std::string::npos;
    if (name == "a") current_.a = trimmed(text_);
    if (name == "b") current_.b = trimmed(text_);
    if (name == "op") {
      current_.expected = trimmed(text_);
      tests_.push_back(current_);
    }
  }

  void add(const XML_Char* bytes, int size) { text_.append(bytes, static_cast<std::size_t>(size)); }

  std::vector<JtsTest>& tests_;
  JtsTest run_;
  JtsTest current_;
  int case_count_ = 0;
  std::string text_;
};

}  // namespace

std::string JtsTest::name() const {
  std::string result = fmt::format("{}#{} {}", file, case_number, operation);
  for (const std::string& argument : arguments) result += " " + argument;
  return result;
}

std::vector<JtsTest> read_jts_suite(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".xml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<JtsTest> tests;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    if (!FileReader(file.filename().string(), tests).read(text)) return {};
  }
  return tests;
}

}  // namespace obnova
