// Strings as rows of bits: SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP.
#include "families/bitmaps.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/byte_buffer.h"
#include "command/spec_check.h"
#include "families/bits.h"
#include "families/families.h"
#include "families/strings.h"

namespace larder::families {

std::optional<std::uint64_t> read_bit_offset(command::Context& ctx, std::string_view text,
                                             unsigned field_bits) {
  const bool counts_fields = field_bits != 0 && !text.empty() && text.front() == '#';
  const auto number = base::parse_i64(counts_fields ? text.substr(1) : text);
  std::int64_t offset = number.value_or(-1);
  const bool fits =
      !counts_fields || !__builtin_mul_overflow(offset, std::int64_t{field_bits}, &offset);
  if (!fits || offset < 0 || offset / 8 >= ctx.settings.proto_max_bulk_len) {
    ctx.reply.error("ERR bit offset is not an integer or out of range");
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(offset);
}

std::optional<WritableBits> writable_bits(command::Context& ctx, const keyspace::Key& key,
                                          std::uint64_t last) {
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return std::nullopt;
  const auto needed = static_cast<std::size_t>(last / 8 + 1);
  const auto length = entry ? std::max(entry.length(), needed) : needed;
  const bool grown = !entry || length > entry.length();
  if (!entry) entry = ctx.database->set_string(key, "", deadline_for_new_key(ctx));
  return WritableBits{ctx.database->resize_string(entry, length), length, grown};
}

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

unsigned mask_of(std::uint64_t position) noexcept { return 0x80u >> (position % 8); }

void setbit(Context& ctx, Args args) {
  const auto position = read_bit_offset(ctx, args[2]);
  if (!position) return;
  const bool on = args[3] == "1";
  if (!on && args[3] != "0") return ctx.reply.error("ERR bit is not an integer or out of range");
  const auto key = ctx.key(args[1]);
  const auto target = writable_bits(ctx, key, *position);
  if (!target) return;

  char& byte = target->bytes[*position / 8];
  const auto mask = mask_of(*position);
  const bool was_on = (static_cast<unsigned char>(byte) & mask) != 0;
  if (was_on != on) byte = static_cast<char>(static_cast<unsigned char>(byte) ^ mask);
  if (was_on != on || target->grown) ctx.changed(Event::string, "setbit", key.name);
  ctx.reply.integer(was_on ? 1 : 0);
}

void getbit(Context& ctx, Args args) {
  const auto position = read_bit_offset(ctx, args[2]);
  if (!position) return;
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (!entry) return ctx.reply.integer(0);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  base::IntegerText scratch;
  const auto text = entry.text(scratch);
  const auto index = *position / 8;
  const bool on =
      index < text.size() && (static_cast<unsigned char>(text[index]) & mask_of(*position)) != 0;
  ctx.reply.integer(on ? 1 : 0);
}

// The range of BITCOUNT and BITPOS as written: [start [end [BYTE|BIT]]].
struct Interval {
  std::optional<std::int64_t> first, last;
  bool in_bits = false;
};

// Reads the interval that begins at args[from]; nothing after answering an error.
std::optional<Interval> read_interval(Context& ctx, Args args, std::size_t from) {
  Interval interval;
  const auto given = args.size() - from;
  if (given == 0) return interval;
  const auto fail = [&](std::string_view error) {
    ctx.reply.error(error);
    return std::nullopt;
  };
  if (given > 3) return fail(errors::kSyntax);
  if (!(interval.first = base::parse_i64(args[from]))) return fail(errors::kNotInteger);
  if (given == 3) {
    interval.in_bits = base::equal_ignoring_case(args[from + 2], "bit");
    if (!interval.in_bits && !base::equal_ignoring_case(args[from + 2], "byte")) {
      return fail(errors::kSyntax);
    }
  }
  if (given >= 2 && !(interval.last = base::parse_i64(args[from + 1]))) {
    return fail(errors::kNotInteger);
  }
  return interval;
}

// The bits of a string of `bytes` that `interval` means; nothing where there are none.
std::optional<bits::Range> clip(const Interval& interval, std::size_t bytes) noexcept {
  const auto units = static_cast<std::int64_t>(interval.in_bits ? bytes * 8 : bytes);
  const auto from_start = [units](std::int64_t position) {
    return position < 0 ? std::max<std::int64_t>(position + units, 0) : position;
  };
  const auto first = from_start(interval.first.value_or(0));
  const auto last = std::min(from_start(interval.last.value_or(-1)), units - 1);
  if (first > last) return std::nullopt;
  const auto scale = static_cast<std::uint64_t>(interval.in_bits ? 1 : 8);
  return bits::Range{static_cast<std::uint64_t>(first) * scale,
                     static_cast<std::uint64_t>(last) * scale + scale - 1};
}

void bitcount(Context& ctx, Args args) {
  const auto interval = read_interval(ctx, args, 2);
  if (!interval) return;
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (!entry) return ctx.reply.integer(0);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  // Both ends before the string's beginning would be moved to its first byte.
  const auto last = interval->last.value_or(-1);
  const bool reversed = interval->first.value_or(0) < 0 && last < 0 && *interval->first > last;
  base::IntegerText scratch;
  const auto text = entry.text(scratch);
  const auto range = reversed ? std::nullopt : clip(*interval, text.size());
  ctx.reply.integer(range ? static_cast<std::int64_t>(bits::count_ones(text, *range)) : 0);
}

void bitpos(Context& ctx, Args args) {
  const auto bit = base::parse_i64(args[2]);
  if (!bit) return ctx.reply.error(errors::kNotInteger);
  if (*bit != 0 && *bit != 1) return ctx.reply.error("ERR The bit argument must be 1 or 0.");
  const auto interval = read_interval(ctx, args, 3);
  if (!interval) return;
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (!entry) return ctx.reply.integer(*bit == 1 ? -1 : 0);  // an endless row of zeros
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  base::IntegerText scratch;
  const auto text = entry.text(scratch);
  const auto range = clip(*interval, text.size());
  if (!range) return ctx.reply.integer(-1);
  const auto found = bits::find(text, *bit == 1, *range);
  if (found) return ctx.reply.integer(static_cast<std::int64_t>(*found));
  // Without an end given, zeros follow the string.
  const bool goes_on = *bit == 0 && !interval->last;
  ctx.reply.integer(goes_on ? static_cast<std::int64_t>(text.size() * 8) : -1);
}

struct NamedOperation {
  std::string_view name;
  bits::Operation operation;
};
constexpr NamedOperation kOperations[] = {
    {"AND", bits::Operation::all_of},      {"OR", bits::Operation::any_of},
    {"XOR", bits::Operation::parity},      {"NOT", bits::Operation::inverse},
    {"DIFF", bits::Operation::difference}, {"DIFF1", bits::Operation::opposite},
    {"ANDOR", bits::Operation::both},      {"ONE", bits::Operation::exactly_one},
};

// The operation that args[1] names, with as many sources as it needs; nothing after answering an
// error.
std::optional<bits::Operation> read_operation(Context& ctx, Args args) {
  const auto* named = std::find_if(
      std::begin(kOperations), std::end(kOperations),
      [&](const auto& known) { return base::equal_ignoring_case(known.name, args[1]); });
  if (named == std::end(kOperations)) {
    ctx.reply.error(errors::kSyntax);
    return std::nullopt;
  }
  const auto sources = args.size() - 3;
  if (named->operation == bits::Operation::inverse && sources != 1) {
    ctx.reply.error("ERR BITOP NOT must be called with a single source key.");
    return std::nullopt;
  }
  const bool has_rest = named->operation == bits::Operation::difference ||
                        named->operation == bits::Operation::opposite ||
                        named->operation == bits::Operation::both;
  if (has_rest && sources < 2) {
    std::string text = "ERR BITOP ";
    text += named->name;
    text += " must be called with at least two source keys.";
    ctx.reply.error(text);
    return std::nullopt;
  }
  return named->operation;
}

// BITOP's sources, valid together until the database changes.
class Sources {
 public:
  // False after answering an error. Looking one up may remove an expired key and so end the
  // validity of others: once all were looked up, doing it again removes nothing.
  bool find(Context& ctx, Args names) {
    for (const auto name : names) {
      if (!ctx.expect_type(ctx.find_for_read(ctx.key(name)), keyspace::Type::string)) return false;
    }
    digits_.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto entry = ctx.database->find(ctx.key(names[i]), keyspace::Touch::no);
      texts_.push_back(entry ? entry.text(digits_[i]) : std::string_view{});
      longest_ = std::max(longest_, texts_.back().size());
    }
    return true;
  }

  std::span<const std::string_view> texts() const noexcept { return texts_; }
  std::size_t longest() const noexcept { return longest_; }

 private:
  std::vector<std::string_view> texts_;
  std::vector<base::IntegerText> digits_;
  std::size_t longest_ = 0;
};

void bitop(Context& ctx, Args args) {
  const auto operation = read_operation(ctx, args);
  if (!operation) return;
  Sources sources;
  if (!sources.find(ctx, args.subspan(3))) return;
  const auto length = sources.longest();
  const auto target = ctx.key(args[2]);
  if (length == 0) {
    remove(ctx, target);
    return ctx.reply.integer(0);
  }
  // The target may be one of the sources, and storing it may move the others.
  base::ByteBuffer result(length);
  bits::combine(*operation, sources.texts(), result.data(), length);
  auto entry = ctx.database->set_string(target, "", deadline_for_new_key(ctx));
  std::copy_n(result.data(), length, ctx.database->resize_string(entry, length));
  ctx.changed(Event::string, "set", target.name);
  ctx.reply.integer(static_cast<std::int64_t>(length));
}

constexpr Spec kSpecs[] = {
    {.name = "bitcount",
     .arity = -2,
     .group = Group::bitmap,
     .since = "2.6.0",
     .flags = flag::readonly,
     .categories = category::bitmap,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of bytes counted.",
     .summary = "Counts the ones of a string, or of a part of it.",
     .arguments = "key [start:integer [end:integer [<BYTE|BIT>]]]",
     .handler = bitcount},
    {.name = "bitop",
     .arity = -4,
     .group = Group::bitmap,
     .since = "2.6.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::bitmap,
     .keys = keys::of(keys::range_spec(2, 0, 1, key_flag::ow | key_flag::update),
                      keys::range_spec(3, -1, 1, key_flag::ro | key_flag::access)),
     .complexity = "O(N) where N is the number of bytes of all sources.",
     .summary = "Combines several strings bit by bit and stores the result.",
     .arguments = "<AND|OR|XOR|NOT|DIFF|DIFF1|ANDOR|ONE> destkey (key)+",
     .handler = bitop},
    {.name = "bitpos",
     .arity = -3,
     .group = Group::bitmap,
     .since = "2.8.7",
     .flags = flag::readonly,
     .categories = category::bitmap,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of bytes looked at.",
     .summary = "Finds the first bit of a string, or of a part of it, that is 0 or that is 1.",
     .arguments = "key bit:integer [start:integer [end:integer [<BYTE|BIT>]]]",
     .handler = bitpos},
    {.name = "getbit",
     .arity = 3,
     .group = Group::bitmap,
     .since = "2.2.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::bitmap,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(1)",
     .summary = "Answers with one bit of a string.",
     .arguments = "key offset:integer",
     .handler = getbit},
    {.name = "setbit",
     .arity = 4,
     .group = Group::bitmap,
     .since = "2.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::bitmap,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .complexity = "O(1)",
     .summary = "Sets one bit of a string, which grows with zeros as needed, and answers with the "
                "old one.",
     .arguments = "key offset:integer value:integer",
     .handler = setbit},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs bitmaps() noexcept { return kSpecs; }

}  // namespace larder::families
