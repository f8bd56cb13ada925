// Keys that get another name or another database.
#include <optional>

#include "command/arguments.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "families/families.h"

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

// The index that `text` is; answers `not_a_number`, or Redis's own texts, where it is none.
std::optional<std::int64_t> read_index(Context& ctx, std::string_view text,
                                       std::string_view not_a_number = {}) {
  const auto index = base::parse_i64(text);
  if (index && *index >= INT32_MIN && *index <= INT32_MAX) return index;
  const auto why = index ? errors::kNotInt32 : errors::kNotInteger;
  ctx.reply.error(not_a_number.empty() ? why : not_a_number);
  return std::nullopt;
}

// Answers the error where there is no such database.
keyspace::Database* database_at(Context& ctx, std::int64_t index) {
  if (index >= 0 && index < ctx.keyspace.database_count()) {
    return &ctx.keyspace.database(static_cast<int>(index));
  }
  ctx.reply.error(errors::kDbIndexOutOfRange);
  return nullptr;
}

keyspace::Database* read_database(Context& ctx, std::string_view text) {
  const auto index = read_index(ctx, text);
  return index ? database_at(ctx, *index) : nullptr;
}

enum class IfTaken { replace, leave };

void rename_generic(Context& ctx, Args args, IfTaken if_taken) {
  const auto from = ctx.key(args[1]);
  const auto to = ctx.key(args[2]);
  const auto entry = ctx.find_for_write(from);
  if (!entry) return ctx.reply.error(errors::kNoSuchKey);
  const bool conditional = if_taken == IfTaken::leave;
  if (from.name == to.name || (conditional && ctx.database->contains(to))) {
    return conditional ? ctx.reply.integer(0) : ctx.reply.ok();
  }
  // Looked up again: asking for the target may have removed what was past its deadline.
  ctx.database->move_to(ctx.database->find(from, keyspace::Touch::no), *ctx.database, to);
  ctx.changed(Event::generic, "rename_from", from.name);
  ctx.changed(Event::generic, "rename_to", to.name);
  conditional ? ctx.reply.integer(1) : ctx.reply.ok();
}

void rename(Context& ctx, Args args) { rename_generic(ctx, args, IfTaken::replace); }
void renamenx(Context& ctx, Args args) { rename_generic(ctx, args, IfTaken::leave); }

void copy(Context& ctx, Args args) {
  auto* target_database = ctx.database;
  bool replace = false;
  command::ArgReader reader(args, 3);
  while (reader.has_more()) {
    if (reader.take("replace")) {
      replace = true;
    } else if (reader.remaining() > 1 && reader.take("db")) {
      target_database = read_database(ctx, reader.next());
      if (target_database == nullptr) return;
    } else {
      return ctx.reply.error(errors::kSyntax);
    }
  }
  const auto from = ctx.key(args[1]);
  const auto to = ctx.key(args[2]);
  if (target_database == ctx.database && from.name == to.name) {
    return ctx.reply.error(errors::kSameObject);
  }
  if (!ctx.find_for_read(from)) return ctx.reply.integer(0);
  if (!replace && target_database->contains(to)) return ctx.reply.integer(0);
  ctx.database->copy_to(ctx.database->find(from, keyspace::Touch::no), *target_database, to);
  ctx.changed(Event::generic, "copy_to", to.name, *target_database);
  ctx.reply.integer(1);
}

void move(Context& ctx, Args args) {
  auto* target_database = read_database(ctx, args[2]);
  if (target_database == nullptr) return;
  if (target_database == ctx.database) return ctx.reply.error(errors::kSameObject);
  const auto key = ctx.key(args[1]);
  if (!ctx.find_for_write(key) || target_database->contains(key)) return ctx.reply.integer(0);
  ctx.database->move_to(ctx.database->find(key, keyspace::Touch::no), *target_database, key);
  ctx.changed(Event::generic, "move_from", key.name);
  ctx.changed(Event::generic, "move_to", key.name, *target_database);
  ctx.reply.integer(1);
}

void swapdb(Context& ctx, Args args) {
  const auto first = read_index(ctx, args[1], "ERR invalid first DB index");
  if (!first) return;
  const auto second = read_index(ctx, args[2], "ERR invalid second DB index");
  if (!second) return;
  auto* one = database_at(ctx, *first);
  auto* other = one == nullptr ? nullptr : database_at(ctx, *second);
  if (other == nullptr) return;
  ctx.keyspace.swap(one->index(), other->index());
  ctx.swapped(*one, *other);
  ctx.reply.ok();
}

constexpr auto kFromTo =
    keys::of(keys::range_spec(1, 0, 1, key_flag::rw | key_flag::access | key_flag::remove),
             keys::range_spec(2, 0, 1, key_flag::ow | key_flag::update));

constexpr Spec kSpecs[] = {
    {.name = "copy",
     .arity = -3,
     .group = Group::generic,
     .since = "6.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::keyspace,
     .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::ro | key_flag::access),
                      keys::range_spec(2, 0, 1, key_flag::ow | key_flag::update)),
     .complexity = "O(N) where N is the size of the value",
     .summary = "Copies a key's value and deadline to another key.",
     .arguments = "source:key destination:key [DB destination-db:integer] [REPLACE]",
     .handler = copy},
    {.name = "move",
     .arity = 3,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::keyspace,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .complexity = "O(1)",
     .summary = "Moves a key to another database.",
     .arguments = "key db:integer",
     .handler = move},
    {.name = "rename",
     .arity = 3,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::write,
     .categories = category::keyspace,
     .keys = kFromTo,
     .complexity = "O(1), and the freeing of what the new name held",
     .summary = "Gives a key another name.",
     .arguments = "key newkey:key",
     .handler = rename},
    {.name = "renamenx",
     .arity = 3,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::keyspace,
     .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::rw | key_flag::access | key_flag::remove),
                      keys::range_spec(2, 0, 1, key_flag::ow | key_flag::insert)),
     .complexity = "O(1)",
     .summary = "Gives a key another name that is free.",
     .arguments = "key newkey:key",
     .handler = renamenx},
    {.name = "swapdb",
     .arity = 3,
     .group = Group::server,
     .since = "4.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::keyspace | category::dangerous,
     .complexity = "O(N) where N is the number of clients that watch or wait for keys of both",
     .summary = "Exchanges two databases.",
     .arguments = "index1:integer index2:integer",
     .handler = swapdb},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs keys_move() noexcept { return kSpecs; }

}  // namespace larder::families
