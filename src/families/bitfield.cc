// BITFIELD and BITFIELD_RO: integers of any width from 1 to 64 bits at any position of a string.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "command/spec_check.h"
#include "families/bitmaps.h"
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

// Holds every value of every field and every sum of two.
using Wide = __int128;

// An integer's place and kind. Unsigned ones have up to 63 bits, so that all fit a reply.
struct Field {
  bool is_signed = false;
  unsigned width = 0;        // bits
  std::uint64_t offset = 0;  // of its first, highest bit

  std::uint64_t last_bit() const noexcept { return offset + width - 1; }
  Wide min() const noexcept { return is_signed ? -(Wide{1} << (width - 1)) : Wide{0}; }
  Wide max() const noexcept { return (Wide{1} << (is_signed ? width - 1 : width)) - 1; }
  // The value of the field's lowest `width` bits of `bits`.
  std::int64_t wrap(std::uint64_t bits) const noexcept {
    const auto unused = 64 - width;
    const auto shifted = bits << unused;
    return is_signed ? static_cast<std::int64_t>(shifted) >> unused
                     : static_cast<std::int64_t>(shifted >> unused);
  }
};

enum class Action : std::uint8_t { get, set, incrby };
enum class Overflow : std::uint8_t { wrap, saturate, fail };

struct Operation {
  Action action = Action::get;
  Overflow overflow = Overflow::wrap;
  Field field;
  std::int64_t operand = 0;
};

// The bytes that a field touches, as one number of up to 9 bytes; what lies behind the string's end
// is zero.
struct Window {
  std::size_t first = 0;
  std::size_t count = 0;
  unsigned below = 0;  // bits of the last byte that follow the field

  explicit Window(const Field& field) noexcept
      : first(static_cast<std::size_t>(field.offset / 8)),
        count(static_cast<std::size_t>(field.last_bit() / 8) - first + 1),
        below(7 - static_cast<unsigned>(field.last_bit() % 8)) {}
};

std::int64_t read_field(std::string_view bytes, const Field& field) noexcept {
  const Window window(field);
  unsigned __int128 gathered = 0;
  for (std::size_t i = window.first; i < window.first + window.count; ++i) {
    gathered = gathered << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
  }
  return field.wrap(static_cast<std::uint64_t>(gathered >> window.below));
}

// REQUIRES: the field lies within the string that begins at `bytes`.
void write_field(char* bytes, const Field& field, std::int64_t value) noexcept {
  const Window window(field);
  const auto ones = (static_cast<unsigned __int128>(1) << field.width) - 1;
  auto mask = ones << window.below;
  auto placed = (static_cast<std::uint64_t>(value) & ones) << window.below;
  for (std::size_t i = window.first + window.count; i-- > window.first;) {
    const auto kept = static_cast<unsigned char>(bytes[i]) & ~static_cast<unsigned>(mask & 0xFF);
    bytes[i] = static_cast<char>(kept | static_cast<unsigned>(placed & 0xFF));
    mask >>= 8;
    placed >>= 8;
  }
}

// What the field holds once `value` is put into it; nothing where it does not fit and the operation
// is to fail.
std::optional<std::int64_t> fit(const Operation& operation, Wide value) noexcept {
  const auto& field = operation.field;
  if (value >= field.min() && value <= field.max()) return static_cast<std::int64_t>(value);
  switch (operation.overflow) {
    case Overflow::wrap:
      return field.wrap(static_cast<std::uint64_t>(value));
    case Overflow::saturate:
      return static_cast<std::int64_t>(std::clamp(value, field.min(), field.max()));
    case Overflow::fail:
      break;
  }
  return std::nullopt;
}

// The operation's new value, from the old one.
std::optional<std::int64_t> result_of(const Operation& operation, std::int64_t old) noexcept {
  if (operation.action == Action::incrby) return fit(operation, Wide{old} + operation.operand);
  // A negative number for an unsigned field is the large one of the same bits.
  const Wide value = operation.field.is_signed
                         ? Wide{operation.operand}
                         : static_cast<Wide>(static_cast<std::uint64_t>(operation.operand));
  return fit(operation, value);
}

class Reader {
 public:
  Reader(Context& ctx, Args args) noexcept : ctx_(ctx), args_(args) {}

  // False after answering an error.
  bool read_all() {
    while (at_ < args_.size()) {
      if (!read_next()) return false;
    }
    return true;
  }

  const std::vector<Operation>& operations() const noexcept { return operations_; }
  bool writes() const noexcept { return writes_; }
  std::uint64_t last_written_bit() const noexcept { return last_written_bit_; }

 private:
  bool fail(std::string_view error) {
    ctx_.reply.error(error);
    return false;
  }

  // Takes `keyword` where it and `operands` arguments follow.
  bool take(std::string_view keyword, std::size_t operands) noexcept {
    if (!base::equal_ignoring_case(args_[at_], keyword) || args_.size() - at_ <= operands)
      return false;
    ++at_;
    return true;
  }

  bool read_next() {
    if (take("overflow", 1)) return read_overflow();
    Operation operation;
    if (take("set", 3)) {
      operation.action = Action::set;
    } else if (take("incrby", 3)) {
      operation.action = Action::incrby;
    } else if (!take("get", 2)) {
      return fail(errors::kSyntax);
    }
    operation.overflow = overflow_;
    return read_field_of(operation) && read_operand_of(operation) && add(operation);
  }

  bool read_overflow() {
    const auto word = args_[at_++];
    if (base::equal_ignoring_case(word, "wrap")) {
      overflow_ = Overflow::wrap;
    } else if (base::equal_ignoring_case(word, "sat")) {
      overflow_ = Overflow::saturate;
    } else if (base::equal_ignoring_case(word, "fail")) {
      overflow_ = Overflow::fail;
    } else {
      return fail("ERR Invalid OVERFLOW type specified");
    }
    return true;
  }

  bool read_field_of(Operation& operation) {
    auto& field = operation.field;
    const auto type = args_[at_++];
    field.is_signed = type.starts_with('i');
    const auto width = base::parse_i64(type.substr(type.empty() ? 0 : 1)).value_or(0);
    const bool known = field.is_signed || type.starts_with('u');
    if (!known || width < 1 || width > (field.is_signed ? 64 : 63)) {
      return fail(
          "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported "
          "but "
          "i64 is.");
    }
    field.width = static_cast<unsigned>(width);
    const auto offset = read_bit_offset(ctx_, args_[at_++], field.width);
    if (offset) field.offset = *offset;
    return offset.has_value();
  }

  bool read_operand_of(Operation& operation) {
    if (operation.action == Action::get) return true;
    const auto operand = base::parse_i64(args_[at_++]);
    if (!operand) return fail(errors::kNotInteger);
    operation.operand = *operand;
    writes_ = true;
    last_written_bit_ = std::max(last_written_bit_, operation.field.last_bit());
    return true;
  }

  bool add(const Operation& operation) {
    operations_.push_back(operation);
    return true;
  }

  Context& ctx_;
  Args args_;
  std::size_t at_ = 2;
  Overflow overflow_ = Overflow::wrap;
  std::vector<Operation> operations_;
  bool writes_ = false;
  std::uint64_t last_written_bit_ = 0;
};

void answer_gets(Context& ctx, const keyspace::Key& key, const std::vector<Operation>& operations) {
  const auto entry = ctx.find_for_read(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  base::IntegerText scratch;
  const auto text = entry ? entry.text(scratch) : std::string_view{};
  ctx.reply.array(operations.size());
  for (const auto& operation : operations) ctx.reply.integer(read_field(text, operation.field));
}

// Does one operation and answers it. Returns whether it counts as a change.
bool run(Context& ctx, const WritableBits& target, const Operation& operation) {
  const auto old = read_field({target.bytes, target.length}, operation.field);
  if (operation.action == Action::get) {
    ctx.reply.integer(old);
    return false;
  }
  const auto value = result_of(operation, old);
  if (!value) {
    ctx.reply.null();
    return false;
  }
  write_field(target.bytes, operation.field, *value);
  ctx.reply.integer(operation.action == Action::set ? old : *value);
  return operation.action == Action::incrby || *value != old;
}

void run_all(Context& ctx, const keyspace::Key& key, const Reader& reader) {
  const auto target = writable_bits(ctx, key, reader.last_written_bit());
  if (!target) return;
  ctx.reply.array(reader.operations().size());
  bool changed = target->grown;
  for (const auto& operation : reader.operations()) changed |= run(ctx, *target, operation);
  if (changed) ctx.changed(Event::string, "setbit", key.name);
}

void bitfield(Context& ctx, Args args) {
  Reader reader(ctx, args);
  if (!reader.read_all()) return;
  const auto key = ctx.key(args[1]);
  if (reader.writes()) {
    run_all(ctx, key, reader);
  } else {
    answer_gets(ctx, key, reader.operations());
  }
}

void bitfield_ro(Context& ctx, Args args) {
  Reader reader(ctx, args);
  if (!reader.read_all()) return;
  if (reader.writes()) return ctx.reply.error("ERR BITFIELD_RO only supports the GET subcommand");
  answer_gets(ctx, ctx.key(args[1]), reader.operations());
}

// BITFIELD writes with SET and INCRBY only.
command::KeyFlags bitfield_key_flags(Args args) {
  const auto words = args.subspan(std::min<std::size_t>(args.size(), 2));
  const bool writes = std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return base::equal_ignoring_case(word, "set") || base::equal_ignoring_case(word, "incrby");
  });
  return writes ? key_flag::rw | key_flag::access | key_flag::update
                : key_flag::ro | key_flag::access;
}

constexpr Spec kSpecs[] = {
    {.name = "bitfield",
     .arity = -2,
     .group = Group::bitmap,
     .since = "3.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::bitmap,
     .keys =
         keys::at(1, key_flag::rw | key_flag::access | key_flag::update | key_flag::variable_flags),
     .complexity = "O(1) for each operation.",
     .summary = "Reads, sets and adds to integers of any width within a string.",
     .arguments = "key [(<GET encoding offset:integer|[OVERFLOW <WRAP|SAT|FAIL>] "
                  "<SET encoding offset:integer value:integer|INCRBY encoding offset:integer "
                  "increment:integer>>)+]",
     .key_flags_of = bitfield_key_flags,
     .handler = bitfield},
    {.name = "bitfield_ro",
     .arity = -2,
     .group = Group::bitmap,
     .since = "6.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::bitmap,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(1) for each operation.",
     .summary = "Reads integers of any width within a string.",
     .arguments = "key [(GET encoding offset:integer)+]",
     .handler = bitfield_ro},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs bitfields() noexcept { return kSpecs; }

}  // namespace larder::families
