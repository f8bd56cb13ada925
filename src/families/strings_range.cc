// Parts of a string: GETRANGE and its old name SUBSTR, SETRANGE, APPEND.
#include <algorithm>
#include <cstring>

#include "command/spec_check.h"
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

// The bytes from `first` to `last` inclusive; negative positions count from the end.
std::string_view slice(std::string_view text, std::int64_t first, std::int64_t last) noexcept {
  if (first < 0 && last < 0 && first > last) return "";
  const auto length = static_cast<std::int64_t>(text.size());
  if (first < 0) first = std::max<std::int64_t>(first + length, 0);
  if (last < 0) last = std::max<std::int64_t>(last + length, 0);
  last = std::min(last, length - 1);
  if (first > last) return "";
  return text.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1));
}

void getrange(Context& ctx, Args args) {
  const auto first = base::parse_i64(args[2]);
  const auto last = base::parse_i64(args[3]);
  if (!first || !last) return ctx.reply.error(errors::kNotInteger);
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (!entry) return ctx.reply.bulk("");
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  base::IntegerText scratch;
  ctx.reply.bulk(slice(entry.text(scratch), *first, *last));
}

void setrange(Context& ctx, Args args) {
  const auto parsed = base::parse_i64(args[2]);
  if (!parsed) return ctx.reply.error(errors::kNotInteger);
  if (*parsed < 0) return ctx.reply.error("ERR offset is out of range");
  const auto offset = static_cast<std::size_t>(*parsed);
  const auto value = args[3];

  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  const auto length = entry ? entry.length() : 0;
  if (value.empty()) return ctx.reply.integer(static_cast<std::int64_t>(length));
  if (!expect_length(ctx, offset, value.size())) return;

  if (!entry) entry = ctx.database->set_string(key, "", deadline_for_new_key(ctx));
  const auto grown = std::max(length, offset + value.size());
  std::memcpy(ctx.database->resize_string(entry, grown) + offset, value.data(), value.size());
  ctx.changed(Event::string, "setrange", key.name);
  ctx.reply.integer(static_cast<std::int64_t>(grown));
}

void append(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  const auto value = args[2];
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  const auto length = entry ? entry.length() : 0;
  if (entry) {
    if (!expect_length(ctx, length, value.size())) return;
    char* const bytes = ctx.database->resize_string(entry, length + value.size());
    if (!value.empty()) std::memcpy(bytes + length, value.data(), value.size());
  } else {
    ctx.database->set_string(key, value, deadline_for_new_key(ctx));
  }
  ctx.changed(Event::string, "append", key.name);
  ctx.reply.integer(static_cast<std::int64_t>(length + value.size()));
}

constexpr Spec kSpecs[] = {
    {.name = "append",
     .arity = 3,
     .group = Group::string,
     .since = "2.0.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::insert),
     .complexity = "O(1) amortised over the bytes appended.",
     .summary = "Adds text at the end of a key's string, which starts empty.",
     .arguments = "key value",
     .handler = append},
    {.name = "getrange",
     .arity = 4,
     .group = Group::string,
     .since = "2.4.0",
     .flags = flag::readonly,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of bytes answered.",
     .summary = "Answers with the bytes of a key's string between two positions.",
     .arguments = "key start:integer end:integer",
     .handler = getrange},
    {.name = "setrange",
     .arity = 4,
     .group = Group::string,
     .since = "2.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity =
         "O(M) where M is the length of the value, and of the gap before it where there is one.",
     .summary = "Writes over a part of a key's string, which grows with zero bytes as needed.",
     .arguments = "key offset:integer value",
     .handler = setrange},
    {.name = "substr",
     .arity = 4,
     .group = Group::string,
     .since = "1.0.0",
     .flags = flag::readonly,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of bytes answered.",
     .summary = "The former name of GETRANGE.",
     .arguments = "key start:integer end:integer",
     .deprecated_since = "2.0.0",
     .replaced_by = "`GETRANGE`",
     .handler = getrange},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_range() noexcept { return kSpecs; }

}  // namespace larder::families
