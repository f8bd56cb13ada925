// INCREX: a counter with bounds and a TTL in one step, for rate limits. Out of its bounds it does
// nothing and answers [value, 0]; with SATURATE it stops at the bound.
#include <cfloat>
#include <cmath>
#include <limits>
#include <string>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/expiry.h"
#include "families/families.h"
#include "families/journal_forms.h"
#include "families/strings.h"

namespace larder::families {
namespace {

using command::ArgReader;
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

// The options as written; numbers are judged once it is known whether they are integers.
struct Options {
  std::optional<std::string_view> by_int, by_float, lower, upper;
  Expiry expiry;
  bool saturate = false;
  bool only_without_deadline = false;  // ENX
  bool only_absent = false;            // NX
  bool only_present = false;           // XX
};

// Each option once at most.
void take_once(ArgReader& reader, bool& option) {
  if (option) reader.fail(errors::kSyntax);
  option = true;
}
void take_once(ArgReader& reader, std::optional<std::string_view>& option) {
  if (option) reader.fail(errors::kSyntax);
  option = reader.next();
}
void take_expiry_once(ArgReader& reader, Expiry& expiry) {
  Expiry taken;
  if (!take_expiry(reader, ExpiryKind::persist, taken) || expiry.kind != ExpiryKind::none) {
    reader.fail(errors::kSyntax);
  }
  expiry = taken;
}

std::optional<Options> read_options(Context& ctx, Args args) {
  Options options;
  ArgReader reader(args, 2);
  while (reader.has_more()) {
    if (reader.take("byint")) {
      take_once(reader, options.by_int);
    } else if (reader.take("byfloat")) {
      take_once(reader, options.by_float);
    } else if (reader.take("lbound")) {
      take_once(reader, options.lower);
    } else if (reader.take("ubound")) {
      take_once(reader, options.upper);
    } else if (reader.take("saturate")) {
      take_once(reader, options.saturate);
    } else if (reader.take("enx")) {
      take_once(reader, options.only_without_deadline);
    } else if (reader.take("nx")) {
      take_once(reader, options.only_absent);
    } else if (reader.take("xx")) {
      take_once(reader, options.only_present);
    } else {
      take_expiry_once(reader, options.expiry);
    }
  }
  const bool persists = options.expiry.kind == ExpiryKind::persist;
  if ((options.by_int && options.by_float) || (options.only_absent && options.only_present) ||
      (options.only_without_deadline && persists)) {
    reader.fail(errors::kSyntax);
  }
  if (options.only_without_deadline && !options.expiry.has_number()) {
    reader.fail("ERR ENX flag requires an expiration");
  }
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// How the two kinds of number differ: in text, in limits, and in when adding fails.
struct Integers {
  using Number = std::int64_t;
  static constexpr Number kMin = std::numeric_limits<Number>::min();
  static constexpr Number kMax = std::numeric_limits<Number>::max();
  static constexpr std::string_view kBadStored = errors::kNotInteger;
  static constexpr std::string_view kBadIncrement =
      "ERR Increment is not an integer or out of range";
  static constexpr std::string_view kBadLower = "ERR LBOUND is not an integer or out of range";
  static constexpr std::string_view kBadUpper = "ERR UBOUND is not an integer or out of range";
  static constexpr std::string_view kBadApplied = "ERR applied increment would overflow";
  static constexpr std::string_view kEvent = "incrby";

  static std::optional<Number> parse(std::string_view text) { return base::parse_i64(text); }

  // The sum, cut off at the limits of the type; `exact` says whether it was.
  static Number add(Number value, Number delta, bool& exact) {
    Number sum = 0;
    exact = !__builtin_add_overflow(value, delta, &sum);
    return exact ? sum : (delta < 0 ? kMin : kMax);
  }
  static std::optional<Number> difference(Number to, Number from) {
    Number result = 0;
    if (__builtin_sub_overflow(to, from, &result)) return std::nullopt;
    return result;
  }
  static void put(Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry, Number value,
                  Deadline deadline_if_new) {
    if (entry) {
      ctx.database->update_integer(entry, value);
    } else {
      entry = ctx.database->set_integer(key, value, deadline_if_new);
    }
  }
  static void answer(Context& ctx, Number value) { ctx.reply.integer(value); }
};

struct Floats {
  using Number = long double;
  static constexpr Number kMin = -LDBL_MAX;
  static constexpr Number kMax = LDBL_MAX;
  static constexpr std::string_view kBadStored = errors::kNotFloat;
  static constexpr std::string_view kBadIncrement = "ERR Increment is not a valid float";
  static constexpr std::string_view kBadLower = "ERR LBOUND is not a valid float";
  static constexpr std::string_view kBadUpper = "ERR UBOUND is not a valid float";
  static constexpr std::string_view kBadApplied = "ERR applied increment would be Infinity";
  static constexpr std::string_view kEvent = "incrbyfloat";

  static std::optional<Number> parse(std::string_view text) {
    return base::parse_long_double(text);
  }

  static Number add(Number value, Number delta, bool& exact) {
    const Number sum = value + delta;
    exact = std::isfinite(sum);
    return exact ? sum : (delta < 0 ? kMin : kMax);
  }
  static std::optional<Number> difference(Number to, Number from) {
    const Number result = to - from;
    if (!std::isfinite(result)) return std::nullopt;
    return result;
  }
  static void put(Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry, Number value,
                  Deadline deadline_if_new) {
    put_text(ctx, key, entry, base::human_long_double(value), deadline_if_new);
  }
  // A long double has more digits than the writer's doubles.
  static void answer(Context& ctx, Number value) {
    const auto text = base::human_long_double(value);
    if (ctx.reply.is_resp3()) {
      ctx.reply.raw("," + text + "\r\n");
    } else {
      ctx.reply.bulk(text);
    }
  }
};

template <class Kind>
struct Step {
  typename Kind::Number delta = 1;
  typename Kind::Number lower = Kind::kMin;
  typename Kind::Number upper = Kind::kMax;
};

// Reads `text` into `number` where it is given; returns false after answering the error.
template <class Kind>
bool read_number(Context& ctx, const std::optional<std::string_view>& text, std::string_view error,
                 typename Kind::Number& number) {
  if (!text) return true;
  const auto parsed = Kind::parse(*text);
  if (!parsed) {
    ctx.reply.error(error);
    return false;
  }
  number = *parsed;
  return true;
}

template <class Kind>
std::optional<Step<Kind>> read_step(Context& ctx, const Options& options) {
  Step<Kind> step;
  const auto& delta = options.by_float ? options.by_float : options.by_int;
  if (!read_number<Kind>(ctx, delta, Kind::kBadIncrement, step.delta)) return std::nullopt;
  if constexpr (std::is_same_v<Kind, Floats>) {
    if (std::isinf(step.delta)) {
      ctx.reply.error("ERR BYFLOAT increment cannot be Infinity");
      return std::nullopt;
    }
  }
  if (!read_number<Kind>(ctx, options.lower, Kind::kBadLower, step.lower) ||
      !read_number<Kind>(ctx, options.upper, Kind::kBadUpper, step.upper)) {
    return std::nullopt;
  }
  if (step.lower > step.upper) {
    ctx.reply.error("ERR LBOUND can't be greater than UBOUND");
    return std::nullopt;
  }
  return step;
}

// The value that `entry` holds, 0 where it is absent; nothing after answering an error.
template <class Kind>
std::optional<typename Kind::Number> read_value(Context& ctx, const keyspace::EntryRef& entry) {
  if (!entry) return typename Kind::Number{0};
  base::IntegerText scratch;
  const auto value = Kind::parse(entry.text(scratch));
  if (!value) {
    ctx.reply.error(Kind::kBadStored);
    return std::nullopt;
  }
  if constexpr (std::is_same_v<Kind, Floats>) {
    if (std::isinf(*value)) {
      ctx.reply.error("ERR value cannot be Infinity");
      return std::nullopt;
    }
  }
  return value;
}

template <class Kind>
void answer_pair(Context& ctx, typename Kind::Number value, typename Kind::Number applied) {
  ctx.reply.array(2);
  Kind::answer(ctx, value);
  Kind::answer(ctx, applied);
}

// Puts `value` and what the options say of the deadline into the keyspace. `asked`: of EX, PX, EXAT
// and PXAT.
template <class Kind>
void apply(Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry,
           const Options& options, std::optional<Deadline> asked, typename Kind::Number value) {
  if (options.only_without_deadline && entry && entry.has_deadline()) asked.reset();
  if (asked && *asked <= ctx.now()) {
    if (remove(ctx, key)) journal_removal(ctx, key.name);
    return;
  }
  const bool persists = options.expiry.kind == ExpiryKind::persist;
  const bool had_deadline = entry && entry.has_deadline();
  Kind::put(ctx, key, entry, value, persists ? kNever : deadline_for_new_key(ctx));
  if (asked) ctx.database->set_deadline(entry, *asked);
  if (persists && had_deadline) ctx.database->set_deadline(entry, kNever);
  ctx.changed(Event::string, Kind::kEvent, key.name);
  if (asked) ctx.changed(Event::generic, "expire", key.name);
  if (persists && had_deadline) ctx.changed(Event::generic, "persist", key.name);
  base::IntegerText digits;
  journal_string(ctx, key.name, entry.text(digits), entry.deadline());
}

template <class Kind>
void run(Context& ctx, std::string_view name, const Options& options) {
  const auto step = read_step<Kind>(ctx, options);
  if (!step) return;
  std::optional<Deadline> asked;
  if (options.expiry.has_number()) {
    asked = resolve(ctx, options.expiry);
    if (!asked) return;
  }
  const auto key = ctx.key(name);
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  const auto current = read_value<Kind>(ctx, entry);
  if (!current) return;

  bool exact = true;
  auto value = Kind::add(*current, step->delta, exact);
  const bool within = exact && value >= step->lower && value <= step->upper;
  const bool wanted = entry ? !options.only_absent : !options.only_present;
  if (!wanted || (!within && !options.saturate)) return answer_pair<Kind>(ctx, *current, 0);
  if (value > step->upper) value = step->upper;
  if (value < step->lower) value = step->lower;
  const auto applied = Kind::difference(value, *current);
  if (!applied) return ctx.reply.error(Kind::kBadApplied);
  apply<Kind>(ctx, key, entry, options, asked, value);
  answer_pair<Kind>(ctx, value, *applied);
}

void increx(Context& ctx, Args args) {
  const auto options = read_options(ctx, args);
  if (!options) return;
  if (options->by_float) {
    run<Floats>(ctx, args[1], *options);
  } else {
    run<Integers>(ctx, args[1], *options);
  }
}

constexpr Spec kSpecs[] = {
    {.name = "increx",
     .arity = -2,
     .group = Group::string,
     .since = "8.8.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .complexity = "O(1)",
     .summary = "Adds to the number of a key within bounds, and changes when the key expires.",
     .arguments = "key [<NX|XX>] [<BYFLOAT increment:double|BYINT increment:integer>] "
                  "[LBOUND lowerbound] [UBOUND upperbound] [SATURATE] "
                  "[<EX seconds:integer|PX milliseconds:integer|EXAT unix-time-seconds:unix-time|"
                  "PXAT unix-time-milliseconds:unix-time|PERSIST>] [ENX]",
     .handler = increx},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_increx() noexcept { return kSpecs; }

}  // namespace larder::families
