// OBJECT: how a value is kept and how its key is used.
#include <limits>

#include "command/context.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "families/encodings.h"
#include "families/families.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// Redis shares one object among all uses of a small integer, and answers this for its count.
constexpr std::int64_t kSharedIntegers = 10'000;
constexpr std::int64_t kSharedReferences = std::numeric_limits<std::int32_t>::max();

// Neither use nor a hit or a miss. Answers null where there is none.
keyspace::EntryRef find(Context& ctx, Args args) {
  const auto entry = ctx.database->find(ctx.key(args[2]), keyspace::Touch::no);
  if (!entry) ctx.reply.null();
  return entry;
}

void encoding(Context& ctx, Args args) {
  if (const auto entry = find(ctx, args)) ctx.reply.bulk(encoding_name(entry));
}

void freq(Context& ctx, Args args) {
  if (const auto entry = find(ctx, args)) ctx.reply.integer(entry.frequency());
}

void idletime(Context& ctx, Args args) {
  if (const auto entry = find(ctx, args)) {
    ctx.reply.integer(static_cast<std::int64_t>(entry.idle_seconds()));
  }
}

// Redis does not share objects where it needs to know when each was used.
bool shares_integers(const Context& ctx) {
  using Policy = settings::MaxmemoryPolicy;
  if (ctx.settings.maxmemory == 0) return true;
  switch (ctx.settings.maxmemory_policy) {
    case Policy::noeviction:
    case Policy::allkeys_random:
    case Policy::volatile_random:
    case Policy::volatile_ttl:
      return true;
    default:
      return false;
  }
}

void refcount(Context& ctx, Args args) {
  const auto entry = find(ctx, args);
  if (!entry) return;
  const auto value = entry.integer();
  const bool shared = value && *value >= 0 && *value < kSharedIntegers && shares_integers(ctx);
  ctx.reply.integer(shared ? kSharedReferences : 1);
}

constexpr Spec question(std::string_view name, std::string_view since, std::string_view summary,
                        command::Handler handler) {
  return {.name = name,
          .arity = 3,
          .group = Group::generic,
          .since = since,
          .flags = flag::readonly,
          .categories = category::keyspace,
          .keys = keys::at(2, key_flag::ro),
          .complexity = "O(1)",
          .summary = summary,
          .arguments = "key",
          .tips = "nondeterministic_output",
          .handler = handler};
}

constexpr Spec kSubcommands[] = {
    question("encoding", "2.2.3", "Returns how a key's value is kept.", encoding),
    question("freq", "4.0.0", "Returns how often a key is used, on a logarithmic scale of 255.",
             freq),
    command::help_spec(Group::generic, "6.2.0", category::keyspace),
    question("idletime", "2.2.3", "Returns the seconds since a key was used.", idletime),
    question("refcount", "2.2.3", "Returns how many uses share a key's value.", refcount),
};

constexpr Spec kSpecs[] = {
    {.name = "object",
     .arity = -2,
     .group = Group::generic,
     .since = "2.2.3",
     .complexity = "Depends on subcommand.",
     .summary = "A container for questions about a key's value.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs keys_object() noexcept { return kSpecs; }

}  // namespace larder::families
