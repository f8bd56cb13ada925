// Several strings at once: MGET, MSET, MSETNX, MSETEX. Each is one step: all keys or none.
#include <algorithm>
#include <array>
#include <limits>

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
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// So many keys are asked for together before the first is looked at: enough to hide the memory's
// latency.
constexpr std::size_t kWindow = 16;

// Calls visit(key, position) for each key of `args`, which stand `step` apart, while it returns
// true. Fetches the memory of a window of keys ahead.
template <class Visit>
bool for_each_key(Context& ctx, Args args, std::size_t step, Visit visit) {
  std::array<keyspace::Key, kWindow> window;
  for (std::size_t from = 0; from < args.size(); from += kWindow * step) {
    const auto count = std::min(kWindow, (args.size() - from + step - 1) / step);
    for (std::size_t i = 0; i < count; ++i) {
      window[i] = ctx.key(args[from + i * step]);
      ctx.database->prefetch_bucket(window[i].hash);
    }
    for (std::size_t i = 0; i < count; ++i) ctx.database->prefetch_entry(window[i].hash);
    for (std::size_t i = 0; i < count; ++i) {
      if (!visit(window[i], from + i * step)) return false;
    }
  }
  return true;
}

void mget(Context& ctx, Args args) {
  const auto names = args.subspan(1);
  ctx.reply.array(names.size());
  for_each_key(ctx, names, 1, [&](const keyspace::Key& key, std::size_t) {
    const auto entry = ctx.find_for_read(key);
    const bool answers = entry && entry.type() == keyspace::Type::string;
    answer_text_or_null(ctx, answers ? entry : keyspace::EntryRef{});
    return true;
  });
}

// `pairs` are keys and values in turn.
void store_all(Context& ctx, Args pairs) {
  for_each_key(ctx, pairs, 2, [&](const keyspace::Key& key, std::size_t at) {
    store(ctx, key, pairs[at + 1], deadline_for_new_key(ctx));
    return true;
  });
}

// Whether every key of `pairs` exists (`wanted` true) or none does.
bool all_exist(Context& ctx, Args pairs, bool wanted) {
  return for_each_key(ctx, pairs, 2, [&](const keyspace::Key& key, std::size_t) {
    return static_cast<bool>(ctx.find_for_write(key)) == wanted;
  });
}

// Keys and values in turn after the command's name; answers an error where one is left over.
bool expect_pairs(Context& ctx, Args args) {
  if (args.size() % 2 == 1) return true;
  std::string text = "ERR wrong number of arguments for '";
  text += ctx.spec->name;
  text += "' command";
  ctx.reply.error(text);
  return false;
}

void mset(Context& ctx, Args args) {
  if (!expect_pairs(ctx, args)) return;
  store_all(ctx, args.subspan(1));
  ctx.reply.ok();
}

void msetnx(Context& ctx, Args args) {
  if (!expect_pairs(ctx, args)) return;
  const auto pairs = args.subspan(1);
  if (!all_exist(ctx, pairs, false)) return ctx.reply.integer(0);
  store_all(ctx, pairs);
  ctx.reply.integer(1);
}

struct MsetexOptions {
  Args pairs;
  Expiry expiry;
  bool only_absent = false;
  bool only_present = false;
};

// Where the pairs of MSETEX stand, by the count before them.
std::optional<Args> read_pairs(Context& ctx, Args args) {
  const auto count = base::parse_i64(args[1]);
  if (!count || *count < 1 || *count > std::numeric_limits<std::int32_t>::max()) {
    ctx.reply.error("ERR invalid numkeys value");
    return std::nullopt;
  }
  const auto length = static_cast<std::size_t>(*count) * 2;
  if (args.size() - 2 < length) {
    ctx.reply.error("ERR wrong number of key-value pairs");
    return std::nullopt;
  }
  return args.subspan(2, length);
}

std::optional<MsetexOptions> read_msetex(Context& ctx, Args args) {
  MsetexOptions options;
  const auto pairs = read_pairs(ctx, args);
  if (!pairs) return std::nullopt;
  options.pairs = *pairs;
  ArgReader reader(args, 2 + pairs->size());
  while (reader.has_more()) {
    if (reader.take("nx")) {
      options.only_absent = true;
    } else if (reader.take("xx")) {
      options.only_present = true;
    } else if (!take_expiry(reader, ExpiryKind::keep, options.expiry)) {
      reader.fail(errors::kSyntax);
    }
  }
  if (options.only_absent && options.only_present) reader.fail(errors::kSyntax);
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// Stores a pair under the deadline it has: KEEPTTL.
void store_keeping(Context& ctx, const keyspace::Key& key, std::string_view value) {
  const auto entry = ctx.find_for_write(key);
  store(ctx, key, value, entry ? entry.deadline() : deadline_for_new_key(ctx));
  ctx.journal("SET", key.name, value, "KEEPTTL");
}

void msetex(Context& ctx, Args args) {
  const auto options = read_msetex(ctx, args);
  if (!options) return;
  std::optional<Deadline> asked;
  if (options->expiry.has_number() && !(asked = resolve(ctx, options->expiry))) return;

  const auto& pairs = options->pairs;
  if ((options->only_absent && !all_exist(ctx, pairs, false)) ||
      (options->only_present && !all_exist(ctx, pairs, true))) {
    return ctx.reply.integer(0);
  }
  for_each_key(ctx, pairs, 2, [&](const keyspace::Key& key, std::size_t at) {
    if (asked) {
      store_until(ctx, key, pairs[at + 1], *asked);
    } else if (options->expiry.kind == ExpiryKind::keep) {
      store_keeping(ctx, key, pairs[at + 1]);
    } else {
      store(ctx, key, pairs[at + 1], deadline_for_new_key(ctx));
      journal_string(ctx, key.name, pairs[at + 1], kNever);
    }
    return true;
  });
  ctx.reply.integer(1);
}

constexpr auto kWrite = flag::write | flag::denyoom;

constexpr Spec kSpecs[] = {
    {.name = "mget",
     .arity = -2,
     .group = Group::string,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::string,
     .keys = keys::range(1, -1, 1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of keys.",
     .summary = "Answers with the strings of several keys.",
     .arguments = "(key)+",
     .tips = "request_policy:multi_shard",
     .handler = mget},
    {.name = "mset",
     .arity = -3,
     .group = Group::string,
     .since = "1.0.1",
     .flags = kWrite,
     .categories = category::string,
     .keys = keys::range(1, -1, 2, key_flag::ow | key_flag::update),
     .complexity = "O(N) where N is the number of keys.",
     .summary = "Stores strings under several keys in one step.",
     .arguments = "(key value)+",
     .tips = "request_policy:multi_shard response_policy:all_succeeded",
     .handler = mset},
    {.name = "msetex",
     .arity = -4,
     .group = Group::string,
     .since = "8.4.0",
     .flags = kWrite | flag::movablekeys,
     .categories = category::string,
     .keys = keys::of(command::KeySpec{.flags = key_flag::ow | key_flag::update,
                                       .begin = command::KeySpec::Begin::index,
                                       .index = 1,
                                       .find = command::KeySpec::Find::keynum,
                                       .step = 2,
                                       .keynum_index = 0,
                                       .first_key = 1}),
     .complexity = "O(N) where N is the number of keys.",
     .summary =
         "Stores strings under several keys in one step, with a condition on all and one TTL.",
     .arguments = "numkeys:integer (key value)+ [<NX|XX>] "
                  "[<EX seconds:integer|PX milliseconds:integer|EXAT unix-time-seconds:unix-time|"
                  "PXAT unix-time-milliseconds:unix-time|KEEPTTL>]",
     .tips = "request_policy:multi_shard response_policy:all_succeeded",
     .handler = msetex},
    {.name = "msetnx",
     .arity = -3,
     .group = Group::string,
     .since = "1.0.1",
     .flags = kWrite,
     .categories = category::string,
     .keys = keys::range(1, -1, 2, key_flag::ow | key_flag::insert),
     .complexity = "O(N) where N is the number of keys.",
     .summary = "Stores strings under several keys where all of them are free.",
     .arguments = "(key value)+",
     .handler = msetnx},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_many() noexcept { return kSpecs; }

}  // namespace larder::families
