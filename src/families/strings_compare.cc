// Removing a key only while it holds what the client believes: DELEX and DELIFEQ, and DIGEST, which
// stands in for a long value in such a comparison.
#include <string>

#include "command/spec_check.h"
#include "families/conditions.h"
#include "families/families.h"
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

void erase_if(Context& ctx, const keyspace::Key& key, const keyspace::EntryRef& entry,
              const Condition& condition) {
  const auto verdict = holds(ctx, condition, entry);
  if (!verdict) return;
  if (!*verdict) return ctx.reply.integer(0);
  ctx.database->erase(entry);
  ctx.changed(Event::generic, "del", key.name);
  ctx.reply.integer(1);
}

void delex(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  if (args.size() == 2) return ctx.reply.integer(remove(ctx, key) ? 1 : 0);
  if (args.size() != 4) {
    return ctx.reply.error("ERR wrong number of arguments for 'delex' command");
  }
  const auto entry = ctx.find_for_write(key);
  if (!entry) return ctx.reply.integer(0);
  if (entry.type() != keyspace::Type::string) {
    return ctx.reply.error("ERR Key should be of string type if conditions are specified");
  }
  const Condition condition{.kind = comparison_named(args[2]), .operand = args[3]};
  if (!condition.compares()) {
    return ctx.reply.error("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
  }
  erase_if(ctx, key, entry, condition);
}

void delifeq(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  const auto entry = ctx.find_for_write(key);
  if (!entry) return ctx.reply.integer(0);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  erase_if(ctx, key, entry, {.kind = ConditionKind::ifeq, .operand = args[2]});
}

void digest(Context& ctx, Args args) {
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (!entry) return ctx.reply.null();
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  base::IntegerText scratch;
  const auto text = digest_of(entry.text(scratch));
  ctx.reply.bulk({text.data(), text.size()});
}

constexpr Spec kSpecs[] = {
    {.name = "delex",
     .arity = -2,
     .group = Group::string,
     .since = "8.4.0",
     .flags = flag::write | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::remove | key_flag::variable_flags),
     .complexity =
         "O(1) for IFEQ and IFNE, O(N) for IFDEQ and IFDNE where N is the length of the string.",
     .summary =
         "Removes a key, or a string only where its value or digest is, or is not, a given one.",
     .arguments = "key [<IFEQ ifeq-value|IFNE ifne-value|IFDEQ ifdeq-digest|IFDNE ifdne-digest>]",
     .handler = delex},
    {.name = "delifeq",
     .arity = 3,
     .group = Group::string,
     .since = "9.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::remove),
     .complexity = "O(1)",
     .summary = "Removes a string where it is a given one, such as a lock that is still one's own.",
     .arguments = "key value",
     .handler = delifeq},
    {.name = "digest",
     .arity = 2,
     .group = Group::string,
     .since = "8.4.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the length of the string.",
     .summary = "Answers with a 64-bit digest (XXH3) of a key's string in hexadecimal.",
     .arguments = "key",
     .handler = digest},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_compare() noexcept { return kSpecs; }

}  // namespace larder::families
