// CL.THROTTLE: a limit on how often something may be done, by the generic cell rate algorithm. All
// that is kept is one time: when, at the nominal rate, everything allowed so far would have been
// done. It is kept as redis-cell keeps it: a string of nanoseconds since 1970 that expires once the
// time has come.
#include <optional>
#include <string>

#include "command/spec_check.h"
#include "families/families.h"
#include "families/journal_forms.h"
#include "families/strings.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

struct Limit {
  std::int64_t burst;         // that may be done at once
  std::int64_t interval_ns;   // between two at the nominal rate
  std::int64_t tolerance_ns;  // how far ahead of the nominal rate one may be
  std::int64_t asked_ns;      // of the nominal rate, that the quantity takes up
};

struct Verdict {
  bool is_allowed = false;
  std::int64_t remaining = 0;
  std::int64_t retry_after_ns = -kNsPerSecond;
  std::int64_t reset_after_ns = 0;
};

bool multiply(std::int64_t a, std::int64_t b, std::int64_t& product) noexcept {
  return !__builtin_mul_overflow(a, b, &product);
}

std::optional<std::int64_t> read_number(Context& ctx, std::string_view text, std::int64_t min) {
  const auto number = base::parse_i64(text);
  if (!number) {
    ctx.reply.error("Cell error: Couldn't parse as integer: " + std::string(text));
  } else if (*number < min) {
    ctx.reply.error("Cell error: Out of range: " + std::string(text));
  } else {
    return number;
  }
  return std::nullopt;
}

// Answers where the numbers are none, or too large for nanoseconds.
std::optional<Limit> read_limit(Context& ctx, Args args) {
  const auto burst = read_number(ctx, args[2], 0);
  if (!burst) return std::nullopt;
  const auto count = read_number(ctx, args[3], 0);
  if (!count) return std::nullopt;
  const auto period = read_number(ctx, args[4], 0);
  if (!period) return std::nullopt;
  const auto quantity = args.size() > 5 ? read_number(ctx, args[5], 0) : std::int64_t{1};
  if (!quantity) return std::nullopt;

  Limit limit{.burst = *burst, .interval_ns = 0, .tolerance_ns = 0, .asked_ns = 0};
  std::int64_t period_ns = 0;
  const bool fits = multiply(*period, kNsPerSecond, period_ns);
  limit.interval_ns = *count == 0 ? 0 : period_ns / *count;
  if (fits && limit.interval_ns == 0) {
    ctx.reply.error("Cell error: Zero rates are not supported");
    return std::nullopt;
  }
  if (!fits || *burst == INT64_MAX ||
      !multiply(limit.interval_ns, *burst + 1, limit.tolerance_ns) ||
      !multiply(limit.interval_ns, *quantity, limit.asked_ns)) {
    ctx.reply.error("Cell error: Rate, burst or quantity out of range");
    return std::nullopt;
  }
  return limit;
}

// Judges at `now_ns` what `booked_until_ns` says was allowed before, and books what is allowed now.
Verdict judge(const Limit& limit, std::int64_t now_ns, std::int64_t& booked_until_ns) noexcept {
  Verdict verdict;
  const auto booked_ns = std::max<std::int64_t>(booked_until_ns - now_ns, 0);
  const auto allowed_ns = limit.tolerance_ns - limit.asked_ns;  // may be booked before
  verdict.is_allowed = booked_ns <= allowed_ns;
  verdict.reset_after_ns = booked_ns;
  if (verdict.is_allowed) {
    verdict.reset_after_ns += limit.asked_ns;
    booked_until_ns = now_ns + verdict.reset_after_ns;
  } else if (allowed_ns >= 0) {
    verdict.retry_after_ns = booked_ns - allowed_ns;
  }
  const auto left_ns = limit.tolerance_ns - verdict.reset_after_ns;
  verdict.remaining = left_ns > 0 ? left_ns / limit.interval_ns : 0;
  return verdict;
}

// Rounded up, so that nobody comes back too early; parts of a millisecond do not count.
std::int64_t whole_seconds(std::int64_t ns) noexcept {
  const auto ms = ns / kNsPerMs;
  return ms / 1000 + (ms % 1000 > 0 ? 1 : 0);
}

// Whether a limit can be added to `booked_until_ns` without overflow.
bool is_sane(const Limit& limit, std::int64_t now_ns, std::int64_t booked_until_ns) noexcept {
  std::int64_t latest = 0;
  return booked_until_ns >= 0 &&
         !__builtin_add_overflow(std::max(now_ns, booked_until_ns), limit.tolerance_ns, &latest);
}

void throttle(Context& ctx, Args args) {
  if (args.size() > 6) {
    return ctx.reply.error("ERR wrong number of arguments for 'cl.throttle' command");
  }
  const auto limit = read_limit(ctx, args);
  if (!limit) return;
  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  const auto now_ns = ctx.now() * kNsPerMs;
  const auto kept = entry ? integer_of(entry) : now_ns;
  if (!kept || !is_sane(*limit, now_ns, *kept)) return ctx.reply.error(errors::kNotInteger);

  auto booked_until_ns = *kept;
  const auto verdict = judge(*limit, now_ns, booked_until_ns);
  if (verdict.is_allowed && limit->asked_ns > 0) {
    const auto until = deadline_at(ctx, (booked_until_ns + kNsPerMs - 1) / kNsPerMs);
    ctx.database->set_integer(key, booked_until_ns, until);
    ctx.changed(Event::string, "set", key.name);
    base::IntegerText digits;
    journal_string(ctx, key.name, base::to_text(booked_until_ns, digits), until);
  }
  ctx.reply.array(5);
  ctx.reply.integer(verdict.is_allowed ? 0 : 1);
  ctx.reply.integer(limit->burst + 1);
  ctx.reply.integer(verdict.remaining);
  ctx.reply.integer(whole_seconds(verdict.retry_after_ns));
  ctx.reply.integer(whole_seconds(verdict.reset_after_ns));
}

constexpr Spec kSpecs[] = {
    {.name = "cl.throttle",
     .arity = -5,
     .group = Group::string,
     .since = "0.1.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .complexity = "O(1)",
     .summary = "Says whether something may be done now without exceeding a rate, and counts it.",
     .arguments = "key max-burst:integer count-per-period:integer period:integer "
                  "[quantity:integer]",
     .handler = throttle},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs throttles() noexcept { return kSpecs; }

}  // namespace larder::families
