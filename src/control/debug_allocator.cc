#include "control/debug_allocator.h"

#if defined(LARDER_JEMALLOC)
#include <fmt/format.h>
#include <jemalloc/jemalloc.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "base/numbers.h"
#include "command/context.h"

namespace larder::control {
namespace {

void reply_failure(command::Context& ctx, int error) {
  ctx.reply.error(fmt::format("ERR {}", std::strerror(error)));
}

}  // namespace

// Numbers have one, four or eight bytes: the allocator refuses all sizes but its own.
void debug_mallctl(command::Context& ctx, command::Args args) {
  const std::string name(args[2]);
  std::int64_t old = 0;
  std::size_t old_bytes = sizeof old;
  int error = ::mallctl(name.c_str(), &old, &old_bytes, nullptr, 0);
  for (std::size_t bytes = sizeof old; error == EINVAL && (bytes /= 2) != 0;) {
    old = 0;
    old_bytes = bytes;
    error = ::mallctl(name.c_str(), &old, &old_bytes, nullptr, 0);
  }
  if (error == 0 && args.size() > 3) {
    auto value = base::parse_i64(args[3]);
    if (!value) return ctx.reply.error(command::errors::kNotInteger);
    error = ::mallctl(name.c_str(), nullptr, nullptr, &*value, old_bytes);
  }
  if (error != 0) return reply_failure(ctx, error);
  ctx.reply.integer(old);
}

void debug_mallctl_text(command::Context& ctx, command::Args args) {
  const std::string name(args[2]);
  if (args.size() > 3 && base::equal_ignoring_case(args[3], "void")) {
    const int error = ::mallctl(name.c_str(), nullptr, nullptr, nullptr, 0);
    return error == 0 ? ctx.reply.ok() : reply_failure(ctx, error);
  }
  const char* old = nullptr;
  std::size_t old_bytes = sizeof old;
  if (const int error = ::mallctl(name.c_str(), &old, &old_bytes, nullptr, 0); error != 0) {
    return reply_failure(ctx, error);
  }
  const std::string shown(old == nullptr ? "" : old);
  if (args.size() > 3) {
    const std::string text(args[3]);
    const char* value = text.c_str();
    const int error = ::mallctl(name.c_str(), nullptr, nullptr, &value, sizeof value);
    if (error != 0) return reply_failure(ctx, error);
  }
  ctx.reply.bulk(shown);
}

}  // namespace larder::control
#endif
