#include "geo/index/page_allocator.h"

#include <cstdlib>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace obnova::geo {
namespace {

constexpr std::size_t kSmall = 4096;
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kLargePage = std::size_t{2} << 20;

}  // namespace

void* allocate_pages(std::size_t size_bytes) {
  if (size_bytes < kSmall) {
    void* const few = std::malloc(size_bytes);
    if (few == nullptr) throw std::bad_alloc();
    return few;
  }
  const bool is_large = size_bytes >= 2 * kLargePage;  // Rounding up wastes at most a third.
  const std::size_t alignment = is_large ? kLargePage : kCacheLine;
  const std::size_t rounded = (size_bytes + alignment - 1) / alignment * alignment;
  void* const pages = std::aligned_alloc(alignment, rounded);
  if (pages == nullptr) throw std::bad_alloc();
#ifdef __linux__
  if (is_large) (void)madvise(pages, rounded, MADV_HUGEPAGE);  // A wish: without it everything still works.
#endif
  return pages;
}

void free_pages(void* pages) { std::free(pages); }

}  // namespace obnova::geo
