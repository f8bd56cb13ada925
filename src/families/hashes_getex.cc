// Commands that do two things to fields at once: HSETEX sets them with a deadline, HGETEX and
// HGETDEL read them and change their deadlines or remove them.
#include <fmt/format.h>

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

enum class Need : std::uint8_t { none, absent, present };

struct Options {
  Need key = Need::none;     // NX, XX: the hash
  Need fields = Need::none;  // FNX, FXX: all of the fields
  std::optional<base::UnixMs> deadline;
  bool keeps = false;     // KEEPTTL
  bool persists = false;  // PERSIST
  Args fields_args;       // names, or names and values

  bool has_expiry() const noexcept { return deadline || keeps || persists; }
};

// The options before FIELDS, for HSETEX or HGETEX, and what follows it. Errors are answered.
class OptionReader {
 public:
  OptionReader(Context& ctx, Args args, bool sets) noexcept : ctx_(ctx), args_(args), sets_(sets) {}

  std::optional<Options> read() {
    for (at_ = 2; at_ < args_.size(); ++at_) {
      if (is("fields")) return read_fields() ? std::optional(options_) : std::nullopt;
      if (!read_option()) return std::nullopt;
    }
    fail_arity();
    return std::nullopt;
  }

 private:
  bool is(std::string_view word) const noexcept {
    return base::equal_ignoring_case(args_[at_], word);
  }
  bool fail(std::string_view error) {
    ctx_.reply.error(error);
    return false;
  }
  bool fail_arity() {
    return fail(fmt::format("ERR wrong number of arguments for '{}' command", ctx_.spec->name));
  }

  bool read_option() {
    if (is("ex")) return read_time(kSecondsFromNow);
    if (is("px")) return read_time(kMillisecondsFromNow);
    if (is("exat")) return read_time(kUnixSeconds);
    if (is("pxat")) return read_time(kUnixMilliseconds);
    if (is(sets_ ? "keepttl" : "persist")) {
      if (options_.has_expiry()) return fail_expiry();
      (sets_ ? options_.keeps : options_.persists) = true;
      return true;
    }
    if (sets_ && (is("fnx") || is("fxx"))) {
      return read_need(options_.fields, "ERR Only one of FXX or FNX arguments can be specified");
    }
    if (sets_ && (is("nx") || is("xx"))) {
      return read_need(options_.key, "ERR Only one of XX or NX arguments can be specified");
    }
    return fail(fmt::format("ERR unknown argument: {}", args_[at_]));
  }

  bool read_need(Need& need, std::string_view error) {
    if (need != Need::none) return fail(error);
    need = is("nx") || is("fnx") ? Need::absent : Need::present;
    return true;
  }

  bool fail_expiry() {
    return fail(fmt::format("ERR Only one of EX, PX, EXAT, PXAT or {} arguments can be specified",
                            sets_ ? "KEEPTTL" : "PERSIST"));
  }

  bool read_time(TimeForm form) {
    if (options_.has_expiry()) return fail_expiry();
    if (++at_ == args_.size()) return fail("ERR missing expire time");
    options_.deadline = read_field_deadline(ctx_, args_[at_], form);
    return options_.deadline.has_value();
  }

  bool read_fields() {
    const std::size_t each = sets_ ? 2 : 1;
    if (args_.size() - at_ < 2 + each) return fail_arity();
    const auto count = base::parse_i64(args_[at_ + 1]);
    if (!count || *count < 1 || *count > INT32_MAX) return fail("ERR invalid number of fields");
    options_.fields_args = args_.subspan(at_ + 2);
    if (options_.fields_args.size() != static_cast<std::size_t>(*count) * each) {
      return fail_arity();
    }
    return true;
  }

  Context& ctx_;
  Args args_;
  bool sets_;
  std::size_t at_ = 0;
  Options options_;
};

bool meets(Need need, bool is_there) noexcept {
  return need == Need::none || (need == Need::present) == is_there;
}

bool are_met(const Options& options, const value::HashView& hash) noexcept {
  if (options.fields == Need::none) return true;
  for (std::size_t i = 0; i < options.fields_args.size(); i += 2) {
    if (!meets(options.fields, hash.contains(options.fields_args[i]))) return false;
  }
  return true;
}

// A deadline that has come already removes fields instead of setting them.
void set_fields(const Context& ctx, EditedHash& hash, const Options& options) {
  const bool is_past = options.deadline && *options.deadline <= ctx.now();
  const auto& args = options.fields_args;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    if (is_past) {
      hash.erase(args[i]);
      continue;
    }
    auto deadline = options.deadline.value_or(value::kNoDeadline);
    if (options.keeps) {
      if (const auto old = hash.view().find(args[i])) deadline = old->deadline;
    }
    hash.set(args[i], args[i + 1], deadline);
  }
}

void journal_set(Context& ctx, std::string_view name, const Options& options) {
  if (!ctx.is_journaled()) return;
  const auto& args = options.fields_args;
  if (options.deadline && *options.deadline <= ctx.now()) {
    ElementsJournal removed(ctx, "HDEL", name);
    for (std::size_t i = 0; i < args.size(); i += 2) removed.add(args[i]);
    return removed.write();
  }
  const auto count = std::to_string(args.size() / 2);
  const auto deadline = std::to_string(options.deadline.value_or(0));
  std::vector<std::string_view> words{"HSETEX", name};
  if (options.deadline) words.insert(words.end(), {"PXAT", deadline});
  if (options.keeps) words.push_back("KEEPTTL");
  append_fields(words, args, count);
  ctx.journal_words(words);
}

void hsetex(Context& ctx, Args args) {
  const auto options = OptionReader(ctx, args, true).read();
  if (!options) return;
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (!entry) return;
  if (!meets(options->key, static_cast<bool>(*entry)) || !are_met(*options, hash_of(ctx, *entry))) {
    return ctx.reply.integer(0);
  }
  ctx.reply.integer(1);
  const bool is_past = options->deadline && *options->deadline <= ctx.now();
  if (!*entry && is_past) return;
  if (!*entry) entry = create(ctx, key, Type::hash);
  bool is_empty = false;
  {
    EditedHash hash(ctx, *entry);
    set_fields(ctx, hash, *options);
    is_empty = hash.is_empty();
  }
  ctx.changed(Event::hash, is_past ? "hdel" : "hset", key.name);
  if (options->deadline && !is_past) ctx.changed(Event::hash, "hexpire", key.name);
  if (is_empty) erase_empty(ctx, key, *entry);
  journal_set(ctx, key.name, *options);
}

// Answers the values of fields, and nulls for those that are not there.
void answer_values(Context& ctx, const value::HashView& hash, Args names) {
  ctx.reply.array(names.size());
  for (const auto name : names) answer_value_or_null(ctx, hash.find(name));
}

// Removes fields after they were answered.
void remove_fields(Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry, Args names) {
  bool has_removed = false;
  bool is_empty = false;
  {
    EditedHash hash(ctx, entry);
    for (const auto name : names) has_removed |= hash.erase(name);
    is_empty = hash.is_empty();
  }
  if (has_removed) ctx.changed(Event::hash, "hdel", key.name);
  if (is_empty) erase_empty(ctx, key, entry);
  ElementsJournal removed(ctx, "HDEL", key.name);
  for (const auto name : names) removed.add(name);
  if (has_removed) removed.write();
}

void hgetex(Context& ctx, Args args) {
  const auto options = OptionReader(ctx, args, false).read();
  if (!options) return;
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_read(ctx, key, Type::hash);
  if (!entry) return;
  const auto names = options->fields_args;
  answer_values(ctx, hash_of(ctx, *entry), names);
  if (!*entry || !options->has_expiry()) return;
  if (options->deadline && *options->deadline <= ctx.now()) {
    return remove_fields(ctx, key, *entry, names);
  }
  const auto wanted = options->deadline.value_or(value::kNoDeadline);
  bool has_changed = false;
  {
    EditedHash hash(ctx, *entry);
    for (const auto name : names) {
      const auto field = hash.view().find(name);
      if (!field || (options->persists && field->deadline == value::kNoDeadline)) continue;
      hash.set_deadline(name, wanted);
      has_changed = true;
    }
  }
  if (has_changed) {
    ctx.changed(Event::hash, options->persists ? "hpersist" : "hexpire", key.name);
    journal_field_deadlines(ctx, key.name, wanted, names);
  }
}

void hgetdel(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_read(ctx, key, Type::hash);
  if (!entry) return;
  const auto names = read_field_names(ctx, args, 2);
  if (!names) return;
  ctx.reply.array(names->size());
  if (!*entry) {
    for (std::size_t i = 0; i < names->size(); ++i) ctx.reply.null();
    return;
  }
  bool has_removed = false;
  bool is_empty = false;
  {
    EditedHash hash(ctx, *entry);
    for (const auto name : *names) {  // one named twice is gone the second time
      answer_value_or_null(ctx, hash.view().find(name));
      has_removed |= hash.erase(name);
    }
    is_empty = hash.is_empty();
  }
  if (has_removed) ctx.changed(Event::hash, "hdel", key.name);
  if (is_empty) erase_empty(ctx, key, *entry);
  ElementsJournal removed(ctx, "HDEL", key.name);
  for (const auto name : *names) removed.add(name);
  if (has_removed) removed.write();
}

constexpr std::string_view kComplexity = "O(N) where N is the number of fields named";

constexpr Spec kSpecs[] = {
    {.name = "hgetdel",
     .arity = -5,
     .group = Group::hash,
     .since = "8.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::remove),
     .complexity = kComplexity,
     .summary = "Returns the values of fields, and removes them.",
     .arguments = "key FIELDS numfields:integer (field)+",
     .handler = hgetdel},
    {.name = "hgetex",
     .arity = -5,
     .group = Group::hash,
     .since = "8.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .complexity = kComplexity,
     .summary = "Returns the values of fields, and lets them expire or live on.",
     .arguments = "key [<EX seconds:integer|PX milliseconds:integer|"
                  "EXAT unix-time-seconds:unix-time|PXAT unix-time-milliseconds:unix-time|"
                  "PERSIST>] FIELDS numfields:integer (field)+",
     .handler = hgetex},
    {.name = "hsetex",
     .arity = -6,
     .group = Group::hash,
     .since = "8.0.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = kComplexity,
     .summary = "Sets fields that expire; options add conditions on the hash or its fields.",
     .arguments = "key [<NX|XX>] [<FNX|FXX>] [<EX seconds:integer|PX milliseconds:integer|"
                  "EXAT unix-time-seconds:unix-time|PXAT unix-time-milliseconds:unix-time|"
                  "KEEPTTL>] FIELDS numfields:integer (field value)+",
     .handler = hsetex},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs hashes_getex() noexcept { return kSpecs; }

}  // namespace larder::families
