#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace larder::base {

void check_failed(const char* file, int line, const char* condition,
                  std::string_view detail) noexcept {
  std::fprintf(stderr, "=== LARDER BUG: %s:%d: CHECK(%s) failed%s%.*s\n", file, line, condition,
               detail.empty() ? "" : ": ", static_cast<int>(detail.size()), detail.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace larder::base
