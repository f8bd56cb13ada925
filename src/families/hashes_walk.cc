// Commands that go through a hash without a field's name: HRANDFIELD and HSCAN.
#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/hashes.h"
#include "families/scanning.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// Answers fields drawn by chance, with their values or without.
class RandomFields {
 public:
  RandomFields(Context& ctx, const value::HashView& hash, bool with_values) noexcept
      : ctx_(ctx), hash_(hash), with_values_(with_values) {}

  // The same field may come again.
  void answer_any(std::size_t count) {
    start(count);
    for (; count != 0; --count) answer(hash_.random(ctx_.random));
  }

  // All of them are different; no more than there are.
  void answer_distinct(std::size_t count) {
    const auto size = hash_.size();
    const auto chosen = std::min(count, size);
    start(chosen);
    // Drawing again what was drawn before is rare while few are drawn.
    constexpr std::size_t kFewSize = 64;
    if (size > kFewSize && chosen < size / 4) {
      draw_distinct(chosen);
    } else {
      select(chosen, size);
    }
  }

 private:
  void start(std::size_t count) {
    const bool is_flat = with_values_ && !ctx_.reply.is_resp3();
    ctx_.reply.array(is_flat ? count * 2 : count);
  }

  void answer(const value::HashField& field) {
    if (with_values_ && ctx_.reply.is_resp3()) ctx_.reply.array(2);
    answer_item(ctx_, field.name);
    if (with_values_) answer_item(ctx_, field.value);
  }

  void draw_distinct(std::size_t chosen) {
    std::unordered_set<std::string> drawn;
    while (drawn.size() < chosen) {
      const auto field = hash_.random(ctx_.random);
      base::IntegerText digits;
      if (drawn.emplace(field.name.text(digits)).second) answer(field);
    }
  }

  // Goes through all fields once and takes each with the chance that leaves `chosen` in the end
  // (selection sampling: Knuth, volume 2, algorithm 3.4.2 S).
  void select(std::size_t chosen, std::size_t size) {
    hash_.for_each([&](const value::HashField& field) {
      if (ctx_.random.below(size--) >= chosen) return;
      --chosen;
      answer(field);
    });
  }

  Context& ctx_;
  const value::HashView& hash_;
  bool with_values_;
};

constexpr std::int64_t kLongMax = INT64_MAX;

// Reads count and WITHVALUES, and answers an error where they are wrong.
std::optional<std::int64_t> read_count(Context& ctx, Args args) {
  const auto count = base::parse_i64(args[2]);
  if (!count) {
    ctx.reply.error(errors::kNotInteger);
  } else if (*count < -kLongMax) {
    ctx.reply.error(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
  } else if (args.size() > 4 ||
             (args.size() == 4 && !base::equal_ignoring_case(args[3], "withvalues"))) {
    ctx.reply.error(errors::kSyntax);
  } else if (args.size() == 4 && (*count < -kLongMax / 2 || *count > kLongMax / 2)) {
    ctx.reply.error(errors::kOutOfRange);
  } else {
    return count;
  }
  return std::nullopt;
}

void hrandfield_with_count(Context& ctx, Args args) {
  // No reply holds more: repeating fields for ever would only fill the memory.
  constexpr std::int64_t kRepeatedMax = 1LL << 30;
  const auto count = read_count(ctx, args);
  if (!count) return;
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  if (*count == 0 || hash->size() == 0) return ctx.reply.array(0);
  RandomFields fields(ctx, *hash, args.size() == 4);
  if (*count > 0) return fields.answer_distinct(static_cast<std::size_t>(*count));
  if (*count < -kRepeatedMax) return ctx.reply.error(errors::kOutOfRange);
  fields.answer_any(static_cast<std::size_t>(-*count));
}

void hrandfield(Context& ctx, Args args) {
  if (args.size() > 2) return hrandfield_with_count(ctx, args);
  const auto hash = read_hash(ctx, args[1]);
  if (!hash) return;
  if (hash->size() == 0) return ctx.reply.null();
  answer_item(ctx, hash->random(ctx.random).name);
}

void hscan(Context& ctx, Args args) {
  const auto cursor = read_cursor(ctx, args[2]);
  if (!cursor) return;
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), keyspace::Type::hash);
  if (!entry) return;
  if (!*entry) return answer_empty_scan(ctx);
  const auto options = read_scan_options(ctx, args, 3, Scanned::hash);
  if (!options) return;
  const auto hash = hash_of(ctx, *entry);
  const auto step = scan_step(*cursor, *options, !hash.is_converted());
  std::vector<value::HashField> found;
  const auto next = hash.scan(step.cursor, step.count, [&](const value::HashField& field) {
    base::IntegerText digits;
    if (!options->pattern || options->matches(field.name.text(digits))) found.push_back(field);
  });
  answer_cursor(ctx, next);
  ctx.reply.array(options->only_names ? found.size() : found.size() * 2);
  for (const auto& field : found) {
    answer_item(ctx, field.name);
    if (!options->only_names) answer_item(ctx, field.value);
  }
}

constexpr Spec kSpecs[] = {
    {.name = "hrandfield",
     .arity = -2,
     .group = Group::hash,
     .since = "6.2.0",
     .flags = flag::readonly,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of fields returned",
     .summary = "Returns fields drawn by chance: one, or some that differ, or (with a negative "
                "count) any.",
     .arguments = "key [count:integer [WITHVALUES]]",
     .tips = "nondeterministic_output",
     .handler = hrandfield},
    {.name = "hscan",
     .arity = -3,
     .group = Group::hash,
     .since = "2.8.0",
     .flags = flag::readonly,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(1) a call; O(N) for a whole walk where N is the number of fields",
     .summary = "Returns some fields, and where to go on. Fields that stay are returned exactly "
                "once.",
     .arguments = "key cursor:integer [MATCH pattern:pattern] [COUNT count:integer] [NOVALUES]",
     .tips = "nondeterministic_output",
     .handler = hscan},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs hashes_walk() noexcept { return kSpecs; }

}  // namespace larder::families
