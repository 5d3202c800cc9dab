#pragma once

#include <cstdio>
#include <cstdlib>

// Ends the program when what only we can get wrong is wrong. Never for input.
#define OBNOVA_CHECK(condition)                                                            \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition);   \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
