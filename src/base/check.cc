#include "base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "base/check_handler.h"

namespace larder::base {
namespace {

std::atomic<CheckHandler> g_handler{nullptr};

}  // namespace

void set_check_handler(CheckHandler handler) noexcept { g_handler = handler; }

void check_failed(const char* file, int line, const char* condition,
                  std::string_view detail) noexcept {
  std::fprintf(stderr, "=== LARDER BUG: %s:%d: CHECK(%s) failed%s%.*s\n", file, line, condition,
               detail.empty() ? "" : ": ", static_cast<int>(detail.size()), detail.data());
  std::fflush(stderr);
  if (const auto handler = g_handler.load()) handler(file, line, condition, detail);
  std::abort();
}

}  // namespace larder::base
