// The deadlines of fields: HEXPIRE and its relatives give them, HTTL and its relatives tell them,
// HPERSIST takes them away.
#include "command/spec_check.h"
#include "families/families.h"
#include "families/hash_fields.h"
#include "families/hashes.h"
#include "families/journal_forms.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using keyspace::Type;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// What is answered for a field.
constexpr std::int64_t kNoField = -2;
constexpr std::int64_t kWithoutDeadline = -1;
constexpr std::int64_t kRefused = 0;  // the condition does not hold
constexpr std::int64_t kDone = 1;
constexpr std::int64_t kDeleted = 2;  // the deadline had come already

enum class Condition : std::uint8_t { none, without, with, later, earlier };

Condition condition_named(std::string_view word) noexcept {
  if (base::equal_ignoring_case(word, "nx")) return Condition::without;
  if (base::equal_ignoring_case(word, "xx")) return Condition::with;
  if (base::equal_ignoring_case(word, "gt")) return Condition::later;
  if (base::equal_ignoring_case(word, "lt")) return Condition::earlier;
  return Condition::none;
}

// No deadline counts as one that never comes.
bool holds(Condition condition, base::UnixMs current, base::UnixMs wanted) noexcept {
  switch (condition) {
    case Condition::none:
      return true;
    case Condition::without:
      return current == value::kNoDeadline;
    case Condition::with:
      return current != value::kNoDeadline;
    case Condition::later:
      return wanted > current;
    case Condition::earlier:
      return wanted < current;
  }
  return false;
}

void answer_each(Context& ctx, std::size_t count, std::int64_t answer) {
  ctx.reply.array(count);
  for (; count != 0; --count) ctx.reply.integer(answer);
}

void hexpire_generic(Context& ctx, Args args, TimeForm form) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (!entry) return;
  const auto wanted = read_field_deadline(ctx, args[2], form);
  if (!wanted) return;
  const auto condition = condition_named(args[3]);
  const auto names = read_field_names(ctx, args, condition == Condition::none ? 3 : 4,
                                      "ERR Parameter `numFields` should be greater than 0");
  if (!names) return;
  if (!*entry) return answer_each(ctx, names->size(), kNoField);

  ElementsJournal deleted(ctx, "HDEL", key.name);
  bool has_deleted = false;
  std::vector<std::string_view> set;
  bool is_empty = false;
  ctx.reply.array(names->size());
  {
    EditedHash hash(ctx, *entry);
    const auto expire = [&](std::string_view name) {
      const auto field = hash.view().find(name);
      if (!field) return kNoField;
      if (!holds(condition, field->deadline, *wanted)) return kRefused;
      if (*wanted <= ctx.now()) {
        hash.erase(name);
        has_deleted = true;
        deleted.add(name);
        return kDeleted;
      }
      hash.set_deadline(name, *wanted);
      set.push_back(name);
      return kDone;
    };
    for (const auto name : *names) ctx.reply.integer(expire(name));
    is_empty = hash.is_empty();
  }
  if (!set.empty()) ctx.changed(Event::hash, "hexpire", key.name);
  if (has_deleted) ctx.changed(Event::hash, "hdel", key.name);
  if (is_empty) erase_empty(ctx, key, *entry);
  if (!set.empty()) journal_field_deadlines(ctx, key.name, *wanted, set);
  deleted.write();
}

void hexpire(Context& ctx, Args args) { hexpire_generic(ctx, args, kSecondsFromNow); }
void hpexpire(Context& ctx, Args args) { hexpire_generic(ctx, args, kMillisecondsFromNow); }
void hexpireat(Context& ctx, Args args) { hexpire_generic(ctx, args, kUnixSeconds); }
void hpexpireat(Context& ctx, Args args) { hexpire_generic(ctx, args, kUnixMilliseconds); }

// Seconds are rounded up: a field is there as long as its answer is not 0.
void httl_generic(Context& ctx, Args args, TimeForm form) {
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  const auto names = read_field_names(ctx, args, 2);
  if (!names) return;
  const auto start = form.from_now ? ctx.now() : 0;
  ctx.reply.array(names->size());
  for (const auto name : *names) {
    const auto field = hash->find(name);
    if (!field) {
      ctx.reply.integer(kNoField);
    } else if (field->deadline == value::kNoDeadline) {
      ctx.reply.integer(kWithoutDeadline);
    } else {
      ctx.reply.integer((field->deadline - start + form.unit_ms - 1) / form.unit_ms);
    }
  }
}

void httl(Context& ctx, Args args) { httl_generic(ctx, args, kSecondsFromNow); }
void hpttl(Context& ctx, Args args) { httl_generic(ctx, args, kMillisecondsFromNow); }
void hexpiretime(Context& ctx, Args args) { httl_generic(ctx, args, kUnixSeconds); }
void hpexpiretime(Context& ctx, Args args) { httl_generic(ctx, args, kUnixMilliseconds); }

void hpersist(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (!entry) return;
  const auto names = read_field_names(ctx, args, 2);
  if (!names) return;
  if (!*entry) return answer_each(ctx, names->size(), kNoField);
  bool has_changed = false;
  ctx.reply.array(names->size());
  EditedHash hash(ctx, *entry);
  for (const auto name : *names) {
    const auto field = hash.view().find(name);
    if (!field) {
      ctx.reply.integer(kNoField);
    } else if (field->deadline == value::kNoDeadline) {
      ctx.reply.integer(kWithoutDeadline);
    } else {
      hash.set_deadline(name, value::kNoDeadline);
      has_changed = true;
      ctx.reply.integer(kDone);
    }
  }
  if (has_changed) ctx.changed(Event::hash, "hpersist", key.name);
}

constexpr std::string_view kComplexity = "O(N) where N is the number of fields named";

constexpr Spec setter(std::string_view name, std::string_view summary, std::string_view arguments,
                      command::Handler handler) {
  return {.name = name,
          .arity = -6,
          .group = Group::hash,
          .since = "7.4.0",
          .flags = flag::write | flag::denyoom | flag::fast,
          .categories = category::hash,
          .keys = keys::at(1, key_flag::rw | key_flag::update),
          .complexity = kComplexity,
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec getter(std::string_view name, std::string_view summary, std::string_view tips,
                      command::Handler handler) {
  return {.name = name,
          .arity = -5,
          .group = Group::hash,
          .since = "7.4.0",
          .flags = flag::readonly | flag::fast,
          .categories = category::hash,
          .keys = keys::at(1, key_flag::ro | key_flag::access),
          .complexity = kComplexity,
          .summary = summary,
          .arguments = "key FIELDS numfields:integer (field)+",
          .tips = tips,
          .handler = handler};
}

constexpr std::string_view kChanging = "nondeterministic_output";

constexpr Spec kSpecs[] = {
    setter("hexpire", "Lets fields of a hash expire after some seconds.",
           "key seconds:integer [<NX|XX|GT|LT>] FIELDS numfields:integer (field)+", hexpire),
    setter("hexpireat", "Lets fields of a hash expire at a Unix time in seconds.",
           "key unix-time-seconds:unix-time [<NX|XX|GT|LT>] FIELDS numfields:integer (field)+",
           hexpireat),
    getter("hexpiretime", "Returns when fields expire, as Unix times in seconds.", "", hexpiretime),
    {.name = "hpersist",
     .arity = -5,
     .group = Group::hash,
     .since = "7.4.0",
     .flags = flag::write | flag::fast,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = kComplexity,
     .summary = "Lets fields of a hash live until they are removed.",
     .arguments = "key FIELDS numfields:integer (field)+",
     .handler = hpersist},
    setter("hpexpire", "Lets fields of a hash expire after some milliseconds.",
           "key milliseconds:integer [<NX|XX|GT|LT>] FIELDS numfields:integer (field)+", hpexpire),
    setter("hpexpireat", "Lets fields of a hash expire at a Unix time in milliseconds.",
           "key unix-time-milliseconds:unix-time [<NX|XX|GT|LT>] FIELDS numfields:integer "
           "(field)+",
           hpexpireat),
    getter("hpexpiretime", "Returns when fields expire, as Unix times in milliseconds.", "",
           hpexpiretime),
    getter("hpttl", "Returns how many milliseconds fields have left.", kChanging, hpttl),
    getter("httl", "Returns how many seconds fields have left.", kChanging, httl),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs hashes_expire() noexcept { return kSpecs; }

}  // namespace larder::families
