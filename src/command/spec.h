// What a command is: one constexpr Spec beside its handler. COMMAND and its subcommands, ACL
// categories, key extraction, the dispatcher's gates, the documents and the coverage tests all
// derive from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace larder::command {

class Context;

// args[0] is the command's name as the client wrote it; for a subcommand args[1] is the
// subcommand's.
using Args = std::span<const std::string_view>;
using Handler = void (*)(Context&, Args);
using KeyFlags = std::uint16_t;

enum class Group : std::uint8_t {
  generic,
  string,
  list,
  set,
  sorted_set,
  hash,
  pubsub,
  transactions,
  connection,
  server,
  scripting,
  hyperloglog,
  cluster,
  geo,
  stream,
  bitmap,
  bloom,
};

// What the dispatcher and COMMAND INFO know of a command.
using Flags = std::uint32_t;
namespace flag {
inline constexpr Flags write = 1u << 0;
inline constexpr Flags readonly = 1u << 1;
inline constexpr Flags denyoom = 1u << 2;  // refused while memory is over the limit
inline constexpr Flags admin = 1u << 3;
inline constexpr Flags pubsub = 1u << 4;
inline constexpr Flags noscript = 1u << 5;
inline constexpr Flags blocking = 1u << 6;
inline constexpr Flags loading = 1u << 7;  // allowed while the data is loaded
inline constexpr Flags stale = 1u << 8;    // allowed on a replica without its primary
inline constexpr Flags skip_monitor = 1u << 9;
inline constexpr Flags skip_slowlog = 1u << 10;
inline constexpr Flags asking = 1u << 11;
inline constexpr Flags fast = 1u << 12;
inline constexpr Flags no_auth = 1u << 13;  // allowed before authentication
inline constexpr Flags may_replicate = 1u << 14;
inline constexpr Flags no_mandatory_keys = 1u << 15;
inline constexpr Flags no_multi = 1u << 16;  // refused inside MULTI
inline constexpr Flags movablekeys = 1u << 17;
inline constexpr Flags allow_busy = 1u << 18;  // allowed while a script runs too long
inline constexpr Flags no_async_loading = 1u << 19;
inline constexpr Flags restricted =
    1u << 20;  // DEBUG: only where enable-debug-command allows it; not shown
inline constexpr Flags while_subscribed =
    1u << 22;  // allowed to a subscriber that speaks RESP2; not shown
inline constexpr Flags immediate = 1u << 21;  // never queued between MULTI and EXEC; not shown
// PING: refused, as writes are, while the data cannot be saved; not shown.
inline constexpr Flags needs_saving = 1u << 24;
inline constexpr Flags takes_queue = 1u << 23;  // EXEC: MULTI ends if it is refused, too; not shown
}  // namespace flag

// ACL categories beyond those that the flags imply (read, write, admin, dangerous for admin,
// pubsub, fast, slow, blocking); see categories_of().
using Categories = std::uint32_t;
namespace category {
inline constexpr Categories keyspace = 1u << 0;
inline constexpr Categories read = 1u << 1;
inline constexpr Categories write = 1u << 2;
inline constexpr Categories set = 1u << 3;
inline constexpr Categories sortedset = 1u << 4;
inline constexpr Categories list = 1u << 5;
inline constexpr Categories hash = 1u << 6;
inline constexpr Categories string = 1u << 7;
inline constexpr Categories bitmap = 1u << 8;
inline constexpr Categories hyperloglog = 1u << 9;
inline constexpr Categories geo = 1u << 10;
inline constexpr Categories stream = 1u << 11;
inline constexpr Categories pubsub = 1u << 12;
inline constexpr Categories admin = 1u << 13;
inline constexpr Categories fast = 1u << 14;
inline constexpr Categories slow = 1u << 15;
inline constexpr Categories blocking = 1u << 16;
inline constexpr Categories dangerous = 1u << 17;
inline constexpr Categories connection = 1u << 18;
inline constexpr Categories transaction = 1u << 19;
inline constexpr Categories scripting = 1u << 20;
}  // namespace category

// How a command uses the keys of one key spec.
namespace key_flag {
inline constexpr KeyFlags ro = 1u << 0;
inline constexpr KeyFlags rw = 1u << 1;
inline constexpr KeyFlags ow = 1u << 2;
inline constexpr KeyFlags rm = 1u << 3;
inline constexpr KeyFlags access = 1u << 4;
inline constexpr KeyFlags update = 1u << 5;
inline constexpr KeyFlags insert = 1u << 6;
inline constexpr KeyFlags remove = 1u << 7;  // shown as "delete"
inline constexpr KeyFlags not_key = 1u << 8;
inline constexpr KeyFlags incomplete = 1u << 9;
inline constexpr KeyFlags variable_flags = 1u << 10;
}  // namespace key_flag

// Where a command's keys stand among its arguments, as COMMAND INFO's key specifications describe
// it.
struct KeySpec {
  enum class Begin : std::uint8_t { none, unknown, index, keyword };
  enum class Find : std::uint8_t { unknown, range, keynum };

  KeyFlags flags = 0;
  Begin begin = Begin::none;
  std::int16_t index = 0;  // begin index: the argument; begin keyword: where the search starts
                           // (negative: from the end)
  std::string_view keyword = {};
  Find find = Find::range;
  std::int16_t last =
      0;  // range: relative to the first key; negative: counted from the end of the arguments
  std::int16_t step = 1;
  std::int16_t limit =
      0;  // range: keys are the first 1/limit of the rest where last is -1 (0, 1: all)
  std::int16_t keynum_index = 0;  // keynum: where the count stands, relative to begin
  std::int16_t first_key = 0;     // keynum: where the first key stands, relative to begin
  std::string_view notes = {};
};

inline constexpr std::size_t kKeySpecsMax = 4;

struct KeySpecs {
  std::array<KeySpec, kKeySpecsMax> items{};
  std::uint8_t count = 0;

  constexpr std::span<const KeySpec> all() const noexcept { return {items.data(), count}; }
};

// keys::at(1, flags), keys::range(1, -1, 1, flags), keys::both(a, b): the usual ones.
namespace keys {
constexpr KeySpec range_spec(int first, int last, int step, KeyFlags flags) {
  return {.flags = flags,
          .begin = KeySpec::Begin::index,
          .index = static_cast<std::int16_t>(first),
          .last = static_cast<std::int16_t>(last),
          .step = static_cast<std::int16_t>(step)};
}
template <class... Specs>
constexpr KeySpecs of(Specs... specs) {
  static_assert(sizeof...(specs) <= kKeySpecsMax);
  return {{specs...}, static_cast<std::uint8_t>(sizeof...(specs))};
}
constexpr KeySpecs range(int first, int last, int step, KeyFlags flags) {
  return of(range_spec(first, last, step, flags));
}
constexpr KeySpecs at(int index, KeyFlags flags) { return range(index, 0, 1, flags); }
}  // namespace keys

struct Spec {
  std::string_view name;  // lower case; of a subcommand its own: "get" of "config|get"
  std::int16_t arity;     // arguments with the name; negative: at least that many
  Group group;
  std::string_view since;  // the version of Redis or Valkey that had it first, or Larder's
  Flags flags = 0;
  Categories categories = 0;
  KeySpecs keys = {};
  // Argument that chooses an element of the first key's collection, 0 where none does: what it will
  // take to find the element is asked for ahead of time.
  std::int16_t element = 0;
  std::string_view complexity = {};
  std::string_view summary = {};
  // The arguments as a grammar, from which COMMAND DOCS is made: words in capitals are tokens,
  // others are arguments with an optional `:type` (key for those named key...), [x] optional, <a|b>
  // one of, (x)+ one or more.
  //   "key value [<NX|XX>] [<EX seconds:integer|PX milliseconds:integer>]"
  std::string_view arguments = {};
  std::string_view tips = {};  // separated by spaces
  std::string_view deprecated_since = {};
  std::string_view replaced_by = {};
  // How these arguments use the keys of specs that are marked variable_flags.
  KeyFlags (*key_flags_of)(Args) = nullptr;
  // Whether args[index] is a secret, which logs of commands and MONITOR must not show.
  bool (*is_secret)(Args args, std::size_t index) = nullptr;
  // Where among these arguments the key of a spec with these flags stands that begins at an unknown
  // place; 0: nowhere.
  std::size_t (*unknown_key_of)(KeyFlags, Args) = nullptr;
  Handler handler = nullptr;  // nullptr: only its subcommands can be called
  std::span<const Spec> subcommands = {};
};

}  // namespace larder::command
