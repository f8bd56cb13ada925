// GET, and the commands that read a whole string and then do something to its key.
#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/expiry.h"
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
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// The entry of a string, already answered with; empty where the answer was null or an error.
keyspace::EntryRef answer_get(Context& ctx, const keyspace::Key& key) {
  const auto entry = ctx.find_for_read(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return {};
  answer_text_or_null(ctx, entry);
  return entry;
}

void get(Context& ctx, Args args) { answer_get(ctx, ctx.key(args[1])); }

void getdel(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  const auto entry = answer_get(ctx, key);
  if (!entry) return;
  ctx.database->erase(entry);
  ctx.changed(Event::generic, "del", key.name);
  ctx.journal("DEL", key.name);
}

void change_deadline(Context& ctx, keyspace::EntryRef& entry, std::string_view name,
                     Deadline deadline) {
  if (deadline <= ctx.now()) {
    ctx.database->erase(entry);
    ctx.changed(Event::generic, "del", name);
    return journal_removal(ctx, name);
  }
  ctx.database->set_deadline(entry, deadline);
  ctx.changed(Event::generic, "expire", name);
  ctx.journal("PEXPIREAT", name, deadline);
}

void getex(Context& ctx, Args args) {
  Expiry expiry;
  command::ArgReader reader(args, 2);
  while (reader.has_more()) {
    if (!take_expiry(reader, ExpiryKind::persist, expiry)) reader.fail(command::errors::kSyntax);
  }
  if (!reader.ok()) return ctx.reply.error(reader.error());

  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_read(key);
  if (!entry) return ctx.reply.null();
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  std::optional<Deadline> deadline;
  if (expiry.has_number()) {
    deadline = resolve(ctx, expiry);
    if (!deadline) return;
  }
  answer_text(ctx, entry);
  if (deadline) {
    change_deadline(ctx, entry, key.name, *deadline);
  } else if (expiry.kind == ExpiryKind::persist && entry.has_deadline()) {
    ctx.database->set_deadline(entry, kNever);
    ctx.changed(Event::generic, "persist", key.name);
    ctx.journal("PERSIST", key.name);
  }
}

void strlen(Context& ctx, Args args) {
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  ctx.reply.integer(entry ? static_cast<std::int64_t>(entry.length()) : 0);
}

constexpr Spec kSpecs[] = {
    {.name = "get",
     .arity = 2,
     .group = Group::string,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(1)",
     .summary = "Answers with the string of a key.",
     .arguments = "key",
     .handler = get},
    {.name = "getdel",
     .arity = 2,
     .group = Group::string,
     .since = "6.2.0",
     .flags = flag::write | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::remove),
     .complexity = "O(1)",
     .summary = "Answers with the string of a key and removes the key.",
     .arguments = "key",
     .handler = getdel},
    {.name = "getex",
     .arity = -2,
     .group = Group::string,
     .since = "6.2.0",
     .flags = flag::write | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .complexity = "O(1)",
     .summary = "Answers with the string of a key and changes when the key expires.",
     .arguments =
         "key [<EX seconds:integer|PX milliseconds:integer|"
         "EXAT unix-time-seconds:unix-time|PXAT unix-time-milliseconds:unix-time|PERSIST>]",
     .handler = getex},
    {.name = "strlen",
     .arity = 2,
     .group = Group::string,
     .since = "2.2.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ro),
     .complexity = "O(1)",
     .summary = "Answers with the length of a key's string in bytes.",
     .arguments = "key",
     .handler = strlen},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_get() noexcept { return kSpecs; }

}  // namespace larder::families
