#include "families/timeouts.h"

#include <cmath>
#include <limits>

#include "base/numbers.h"

namespace larder::families {
namespace {

constexpr std::string_view kOutOfRange = "ERR timeout is out of range";
constexpr std::string_view kNegative = "ERR timeout is negative";

// A deadline that far away still has to be a time.
std::optional<std::int64_t> check(command::Context& ctx, std::int64_t timeout_ms) {
  if (timeout_ms < 0) {
    ctx.reply.error(kNegative);
    return std::nullopt;
  }
  if (timeout_ms > std::numeric_limits<std::int64_t>::max() - ctx.now()) {
    ctx.reply.error(kOutOfRange);
    return std::nullopt;
  }
  return timeout_ms;
}

}  // namespace

std::optional<std::int64_t> read_timeout_seconds(command::Context& ctx, std::string_view text) {
  const auto seconds = base::parse_long_double(text);
  if (!seconds) {
    ctx.reply.error("ERR timeout is not a float or out of range");
    return std::nullopt;
  }
  const auto ms = *seconds * 1000;
  if (ms > static_cast<long double>(std::numeric_limits<std::int64_t>::max())) {
    ctx.reply.error(kOutOfRange);
    return std::nullopt;
  }
  if (ms < 0) {
    ctx.reply.error(kNegative);
    return std::nullopt;
  }
  return check(ctx, static_cast<std::int64_t>(std::ceil(ms)));
}

std::optional<std::int64_t> read_timeout_ms(command::Context& ctx, std::string_view text) {
  const auto ms = base::parse_i64(text);
  if (!ms) {
    ctx.reply.error("ERR timeout is not an integer or out of range");
    return std::nullopt;
  }
  return check(ctx, *ms);
}

}  // namespace larder::families
