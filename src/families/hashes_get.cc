// Commands that read single fields or all of them: HGET, HMGET, HEXISTS, HSTRLEN, HLEN, HGETALL,
// HKEYS and HVALS.
#include "command/spec_check.h"
#include "families/families.h"
#include "families/hashes.h"

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

void hget(Context& ctx, Args args) {
  if (const auto hash = read_hash(ctx, args[1])) answer_value_or_null(ctx, hash->find(args[2]));
}

void hmget(Context& ctx, Args args) {
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  ctx.reply.array(args.size() - 2);
  for (const auto name : args.subspan(2)) answer_value_or_null(ctx, hash->find(name));
}

void hexists(Context& ctx, Args args) {
  if (const auto hash = read_hash(ctx, args[1])) {
    ctx.reply.integer(hash->contains(args[2]) ? 1 : 0);
  }
}

void hstrlen(Context& ctx, Args args) {
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  const auto field = hash->find(args[2]);
  base::IntegerText digits;
  ctx.reply.integer(field ? static_cast<std::int64_t>(field->value.text(digits).size()) : 0);
}

void hlen(Context& ctx, Args args) {
  if (const auto hash = read_hash(ctx, args[1])) {
    ctx.reply.integer(static_cast<std::int64_t>(hash->size()));
  }
}

void hgetall(Context& ctx, Args args) {
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  ctx.reply.map(hash->size());
  hash->for_each([&](const value::HashField& field) {
    answer_item(ctx, field.name);
    answer_item(ctx, field.value);
  });
}

void hkeys(Context& ctx, Args args) {
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  ctx.reply.array(hash->size());
  hash->for_each([&](const value::HashField& field) { answer_item(ctx, field.name); });
}

void hvals(Context& ctx, Args args) {
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  ctx.reply.array(hash->size());
  hash->for_each([&](const value::HashField& field) { answer_item(ctx, field.value); });
}

constexpr auto kRead = keys::at(1, key_flag::ro | key_flag::access);
constexpr auto kAsk = keys::at(1, key_flag::ro);

constexpr Spec of_one(std::string_view name, std::string_view since, command::KeySpecs key_specs,
                      std::string_view summary, command::Handler handler) {
  return {.name = name,
          .arity = 3,
          .group = Group::hash,
          .since = since,
          .flags = flag::readonly | flag::fast,
          .categories = category::hash,
          .keys = key_specs,
          .element = 2,
          .complexity = "O(1)",
          .summary = summary,
          .arguments = "key field",
          .handler = handler};
}

constexpr Spec of_all(std::string_view name, std::string_view summary, command::Handler handler) {
  return {.name = name,
          .arity = 2,
          .group = Group::hash,
          .since = "2.0.0",
          .flags = flag::readonly,
          .categories = category::hash,
          .keys = kRead,
          .complexity = "O(N) where N is the number of fields",
          .summary = summary,
          .arguments = "key",
          .tips = "nondeterministic_output_order",
          .handler = handler};
}

constexpr Spec kSpecs[] = {
    of_one("hexists", "2.0.0", kAsk, "Returns whether a hash has a field.", hexists),
    of_one("hget", "2.0.0", kRead, "Returns the value of a field.", hget),
    of_all("hgetall", "Returns all fields of a hash with their values.", hgetall),
    of_all("hkeys", "Returns the names of all fields of a hash.", hkeys),
    {.name = "hlen",
     .arity = 2,
     .group = Group::hash,
     .since = "2.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::hash,
     .keys = kAsk,
     .complexity = "O(1)",
     .summary = "Returns the number of fields of a hash.",
     .arguments = "key",
     .handler = hlen},
    {.name = "hmget",
     .arity = -3,
     .group = Group::hash,
     .since = "2.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::hash,
     .keys = kRead,
     .element = 2,
     .complexity = "O(N) where N is the number of fields asked for",
     .summary = "Returns the values of fields.",
     .arguments = "key (field)+",
     .handler = hmget},
    of_one("hstrlen", "3.2.0", kAsk, "Returns the length of the value of a field.", hstrlen),
    of_all("hvals", "Returns the values of all fields of a hash.", hvals),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs hashes_get() noexcept { return kSpecs; }

}  // namespace larder::families
