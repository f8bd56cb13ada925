// CHECK: a condition whose failure is a bug of ours. Always on; says the values and aborts with a
// report.
#pragma once

#include <string_view>

namespace larder::base {

[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               std::string_view detail) noexcept;

}  // namespace larder::base

// CHECK(condition) or CHECK(condition, string_view): the text is evaluated on failure only.
#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (!(condition)) [[unlikely]] {                                                               \
      ::larder::base::check_failed(__FILE__, __LINE__, #condition, std::string_view{__VA_ARGS__}); \
    }                                                                                              \
  } while (false)
