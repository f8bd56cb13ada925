// DEL and the questions whether and as what a key is there.
#include "command/context.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/keys.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void remove(Context& ctx, Args args, bool frees_in_background) {
  const keyspace::Keyspace::FreeingScope scope(ctx.keyspace, frees_in_background);
  std::int64_t removed = 0;
  for (const auto name : args.subspan(1)) {
    if (!ctx.database->erase(ctx.key(name))) continue;
    ctx.changed(Event::generic, "del", name);
    ++removed;
  }
  ctx.reply.integer(removed);
}

void del(Context& ctx, Args args) { remove(ctx, args, ctx.settings.lazyfree_lazy_user_del); }
void unlink(Context& ctx, Args args) { remove(ctx, args, true); }

void exists(Context& ctx, Args args) {
  std::int64_t found = 0;
  for (const auto name : args.subspan(1)) found += ctx.find_untouched(ctx.key(name)) ? 1 : 0;
  ctx.reply.integer(found);
}

void touch(Context& ctx, Args args) {
  std::int64_t found = 0;
  for (const auto name : args.subspan(1)) found += ctx.find_for_read(ctx.key(name)) ? 1 : 0;
  ctx.reply.integer(found);
}

void type(Context& ctx, Args args) {
  const auto entry = ctx.find_untouched(ctx.key(args[1]));
  ctx.reply.simple(entry ? type_name(entry.type()) : "none");
}

constexpr auto kEveryRemoved = keys::range(1, -1, 1, key_flag::rm | key_flag::remove);
constexpr auto kEveryAsked = keys::range(1, -1, 1, key_flag::ro);
constexpr std::string_view kTips = "request_policy:multi_shard response_policy:agg_sum";

constexpr Spec kSpecs[] = {
    {.name = "del",
     .arity = -2,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::write,
     .categories = category::keyspace,
     .keys = kEveryRemoved,
     .complexity = "O(N) where N is the number of keys, and of the elements of large values",
     .summary = "Removes keys.",
     .arguments = "(key)+",
     .tips = kTips,
     .handler = del},
    {.name = "exists",
     .arity = -2,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::keyspace,
     .keys = kEveryAsked,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Counts how many of the keys exist, each as often as it is named.",
     .arguments = "(key)+",
     .tips = kTips,
     .handler = exists},
    {.name = "touch",
     .arity = -2,
     .group = Group::generic,
     .since = "3.2.1",
     .flags = flag::readonly | flag::fast,
     .categories = category::keyspace,
     .keys = kEveryAsked,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Counts keys that exist, and marks them as used now.",
     .arguments = "(key)+",
     .tips = kTips,
     .handler = touch},
    {.name = "type",
     .arity = 2,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::keyspace,
     .keys = keys::at(1, key_flag::ro),
     .complexity = "O(1)",
     .summary = "Returns the type of a key's value.",
     .arguments = "key",
     .handler = type},
    {.name = "unlink",
     .arity = -2,
     .group = Group::generic,
     .since = "4.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::keyspace,
     .keys = kEveryRemoved,
     .complexity = "O(N) where N is the number of keys; memory is freed in the background",
     .summary = "Removes keys, and frees large values later.",
     .arguments = "(key)+",
     .tips = kTips,
     .handler = unlink},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::string_view type_name(keyspace::Type type) noexcept {
  using keyspace::Type;
  switch (type) {
    case Type::string:
      return "string";
    case Type::list:
      return "list";
    case Type::set:
      return "set";
    case Type::sorted_set:
      return "zset";
    case Type::hash:
      return "hash";
    case Type::stream:
      return "stream";
    case Type::bloom_filter:
      return "MBbloom--";  // what the module's type is called
  }
  return "unknown";
}

Specs keys_delete() noexcept { return kSpecs; }

}  // namespace larder::families
