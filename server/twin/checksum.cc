#include "server/twin/checksum.h"

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "geo/base/check.h"

namespace obnova::server {

Result<FileChecksum> checksum_of(const std::filesystem::path& file, const Limits& limits) {
  std::ifstream input(file, std::ios::binary);
  if (!input) return failure(ErrorCode::kNotFound, fmt::format("The file {} cannot be read.", file.filename().string()));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  OBNOVA_CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  FileChecksum result;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (input) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The import was cancelled.");
    input.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const std::streamsize count = input.gcount();
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(count));
    result.size_bytes += count;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &length);
  for (unsigned int i = 0; i < length; ++i) result.sha256 += fmt::format("{:02x}", digest[i]);
  return result;
}

}  // namespace obnova::server
