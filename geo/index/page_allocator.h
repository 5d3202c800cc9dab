#pragma once

#include <cstddef>

namespace obnova::geo {

// Memory for arrays that are read here and there. Large ones ask the system for
// large pages, without which every read of a large array also misses the
// processor's table of pages. All but small ones begin at a cache line. Throws
// std::bad_alloc.
void* allocate_pages(std::size_t size_bytes);
void free_pages(void* pages);

template <typename T>
struct PageAllocator {
  using value_type = T;

  PageAllocator() = default;
  template <typename Other>
  PageAllocator(const PageAllocator<Other>&) {}  // NOLINT: containers convert it.

  T* allocate(std::size_t count) { return static_cast<T*>(allocate_pages(count * sizeof(T))); }
  void deallocate(T* pages, std::size_t) { free_pages(pages); }
  bool operator==(const PageAllocator&) const { return true; }
};

}  // namespace obnova::geo
