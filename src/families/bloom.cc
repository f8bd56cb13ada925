// Bloom filters, as the modules RedisBloom and valkey-bloom have them: BF.RESERVE, BF.ADD and its
// kin, BF.INFO. Against look-ups of what does not exist: a filter tells most of them without asking
// the database behind the cache.
#include <algorithm>
#include <memory>
#include <optional>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/collections.h"
#include "families/families.h"
#include "value/bloom_filter.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using keyspace::Type;
using value::BloomFilter;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// A layer is at most as large as a string may be, and as all memory.
std::size_t layer_bytes_max(const Context& ctx) noexcept {
  auto bytes = ctx.settings.proto_max_bulk_len;
  if (ctx.settings.maxmemory > 0) bytes = std::min(bytes, ctx.settings.maxmemory);
  return static_cast<std::size_t>(bytes);
}

BloomFilter& filter_of(const keyspace::EntryRef& entry) noexcept {
  return static_cast<BloomFilter&>(*entry.object());
}

// Makes a filter under `key`, which is free. Answers and returns nullptr where it would be too
// large.
BloomFilter* create(Context& ctx, const keyspace::Key& key, const BloomFilter::Options& options) {
  auto filter = BloomFilter::make(options, layer_bytes_max(ctx));
  if (filter == nullptr) {
    ctx.reply.error("ERR Insufficient memory to create filter");
    return nullptr;
  }
  auto* const made = filter.get();
  value::FreeCell cell;
  cell.become(std::move(filter));
  ctx.database->put(key, Type::bloom_filter, std::move(cell), deadline_for_new_key(ctx));
  ctx.changed(Event::generic, "bloom.reserve", key.name);
  return made;
}

// --- numbers

// What is said of a number that is none, or out of range.
struct Complaints {
  std::string_view malformed;
  std::string_view out_of_range;
};

void read_error_rate(ArgReader& reader, const Complaints& complaints, double& rate) {
  const auto parsed = base::parse_double(reader.next());
  if (!parsed) {
    reader.fail(complaints.malformed);
  } else if (!(*parsed > 0 && *parsed < 1)) {
    reader.fail(complaints.out_of_range);
  } else {
    rate = *parsed;
  }
}

void read_capacity(ArgReader& reader, const Complaints& complaints, std::uint64_t& capacity) {
  constexpr auto kMax = static_cast<std::int64_t>(BloomFilter::kCapacityMax);
  const auto parsed = reader.integer(complaints.malformed);
  if (parsed < 1 || parsed > kMax) reader.fail(complaints.out_of_range);
  capacity = static_cast<std::uint64_t>(parsed);
}

void read_expansion(ArgReader& reader, const Complaints& complaints, std::uint32_t& expansion) {
  const auto parsed = reader.integer(complaints.malformed);
  if (parsed < 0 || parsed > std::int64_t{BloomFilter::kExpansionMax}) {
    reader.fail(complaints.out_of_range);
  }
  expansion = static_cast<std::uint32_t>(parsed);
}

// --- BF.RESERVE

void read_reserve_options(ArgReader& reader, BloomFilter::Options& options) {
  read_error_rate(reader,
                  {.malformed = "ERR bad error rate",
                   .out_of_range = "ERR error rate must be in the range (0.000000, 1.000000)"},
                  options.error_rate);
  read_capacity(reader,
                {.malformed = "ERR bad capacity",
                 .out_of_range = "ERR capacity must be in the range [1, 1073741824]"},
                options.capacity);
  bool is_fixed = false;
  std::optional<std::uint32_t> expansion;
  while (reader.has_more()) {
    if (reader.take("nonscaling")) {
      is_fixed = true;
    } else if (reader.take("expansion")) {
      if (!reader.has_more()) return reader.fail("ERR no expansion");
      read_expansion(reader,
                     {.malformed = "ERR bad expansion",
                      .out_of_range = "ERR expansion must be in the range [0, 32768]"},
                     expansion.emplace());
    } else {
      return reader.fail(errors::kSyntax);
    }
  }
  if (is_fixed && expansion.value_or(0) != 0) reader.fail("Nonscaling filters cannot expand");
  options.expansion = is_fixed ? 0 : expansion.value_or(options.expansion);
}

void reserve(Context& ctx, Args args) {
  if (args.size() > 7) {
    return ctx.reply.error("ERR wrong number of arguments for 'bf.reserve' command");
  }
  BloomFilter::Options options;
  ArgReader reader(args, 2);
  read_reserve_options(reader, options);
  if (!reader.ok()) return ctx.reply.error(reader.error());
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, Type::bloom_filter);
  if (!entry) return;
  if (*entry) return ctx.reply.error("ERR item exists");
  if (create(ctx, key, options) != nullptr) ctx.reply.ok();
}

// --- adding

// Answers for one item; false where those that follow are not to be tried.
bool add_one(Context& ctx, BloomFilter& filter, std::string_view item, bool& has_changed) {
  switch (filter.add(item, layer_bytes_max(ctx))) {
    case BloomFilter::Added::yes:
      has_changed = true;
      ctx.reply.boolean(true);
      return true;
    case BloomFilter::Added::no:
      ctx.reply.boolean(false);
      return true;
    case BloomFilter::Added::full:
      ctx.reply.error("ERR non scaling filter is full");
      return false;
    case BloomFilter::Added::too_large:
      break;
  }
  ctx.reply.error("ERR problem inserting into filter");
  return false;
}

// The filter of `key`, made with `options` where it is missing, unless there are none: then, and
// where the key holds something else, answers and returns nullptr.
BloomFilter* find_or_create(Context& ctx, const keyspace::Key& key,
                            const BloomFilter::Options* options) {
  const auto entry = find_typed_for_write(ctx, key, Type::bloom_filter);
  if (!entry) return nullptr;
  if (*entry) return &filter_of(*entry);
  if (options != nullptr) return create(ctx, key, *options);
  ctx.reply.error("ERR not found");
  return nullptr;
}

void add_all(Context& ctx, std::string_view name, Args items, const BloomFilter::Options* options) {
  const auto key = ctx.key(name);
  auto* const filter = find_or_create(ctx, key, options);
  if (filter == nullptr) return;
  bool has_changed = false;
  std::size_t answered = 0;
  auto answers = ctx.reply.defer();
  for (const auto item : items) {
    ++answered;
    if (!add_one(ctx, *filter, item, has_changed)) break;
  }
  answers.close_array(answered);
  if (has_changed) ctx.changed(Event::generic, "bloom.add", key.name);
}

constexpr BloomFilter::Options kDefaults;

void add(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto* const filter = find_or_create(ctx, key, &kDefaults);
  if (filter == nullptr) return;
  bool has_changed = false;
  add_one(ctx, *filter, args[2], has_changed);
  if (has_changed) ctx.changed(Event::generic, "bloom.add", key.name);
}

void madd(Context& ctx, Args args) { add_all(ctx, args[1], args.subspan(2), &kDefaults); }

struct InsertOptions {
  BloomFilter::Options filter;
  bool creates = true;
  bool is_fixed = false;
};

// Reads up to the items. An error of its own: an option without its number, or no items.
constexpr std::string_view kInsertArity = "ERR wrong number of arguments for 'bf.insert' command";

void read_insert_options(ArgReader& reader, InsertOptions& options) {
  while (reader.has_more()) {
    if (reader.take("items")) {
      if (!reader.has_more()) reader.fail(kInsertArity);
      return;
    }
    if (reader.take("nocreate")) {
      options.creates = false;
      continue;
    }
    if (reader.take("nonscaling")) {
      options.is_fixed = true;
      continue;
    }
    const bool is_last = reader.remaining() == 1;
    if (reader.take("error")) {
      if (is_last) return reader.fail(kInsertArity);
      read_error_rate(reader, {"Bad error rate", "Bad error rate"}, options.filter.error_rate);
    } else if (reader.take("capacity")) {
      if (is_last) return reader.fail(kInsertArity);
      read_capacity(reader, {"Bad capacity", "Bad capacity"}, options.filter.capacity);
    } else if (reader.take("expansion")) {
      if (is_last) return reader.fail(kInsertArity);
      read_expansion(reader, {"Bad expansion", "Bad expansion"}, options.filter.expansion);
    } else {
      return reader.fail("Unknown argument received");
    }
  }
  reader.fail(kInsertArity);
}

void insert(Context& ctx, Args args) {
  InsertOptions options;
  ArgReader reader(args, 2);
  read_insert_options(reader, options);
  if (!reader.ok()) return ctx.reply.error(reader.error());
  if (options.is_fixed) options.filter.expansion = 0;
  add_all(ctx, args[1], args.subspan(reader.position()),
          options.creates ? &options.filter : nullptr);
}

// --- asking

// The filter of `key` for reading, nullptr where there is none; nothing where it holds something
// else, which has been answered.
std::optional<const BloomFilter*> find(Context& ctx, std::string_view name) {
  const auto entry = find_typed_for_read(ctx, ctx.key(name), Type::bloom_filter);
  if (!entry) return std::nullopt;
  return *entry ? &filter_of(*entry) : nullptr;
}

void exists(Context& ctx, Args args) {
  const auto filter = find(ctx, args[1]);
  if (!filter) return;
  ctx.reply.boolean(*filter != nullptr && (*filter)->contains(args[2]));
}

void mexists(Context& ctx, Args args) {
  const auto filter = find(ctx, args[1]);
  if (!filter) return;
  const auto items = args.subspan(2);
  ctx.reply.array(items.size());
  for (const auto item : items) {
    ctx.reply.boolean(*filter != nullptr && (*filter)->contains(item));
  }
}

void card(Context& ctx, Args args) {
  const auto filter = find(ctx, args[1]);
  if (!filter) return;
  ctx.reply.integer(*filter == nullptr ? 0 : static_cast<std::int64_t>((*filter)->items()));
}

// --- BF.INFO

struct Fact {
  std::string_view option;
  std::string_view name;
  std::uint64_t (*value)(const BloomFilter&);
};
constexpr Fact kFacts[] = {
    {"capacity", "Capacity", [](const BloomFilter& filter) { return filter.capacity(); }},
    {"size", "Size",
     [](const BloomFilter& filter) { return std::uint64_t{filter.memory_bytes()}; }},
    {"filters", "Number of filters",
     [](const BloomFilter& filter) { return std::uint64_t{filter.layers().size()}; }},
    {"items", "Number of items inserted", [](const BloomFilter& filter) { return filter.items(); }},
    {"expansion", "Expansion rate",
     [](const BloomFilter& filter) { return std::uint64_t{filter.expansion()}; }},
};

void answer_fact(Context& ctx, const Fact& fact, const BloomFilter& filter) {
  const bool is_nothing = fact.option == "expansion" && filter.expansion() == 0;
  is_nothing ? ctx.reply.null() : ctx.reply.integer(static_cast<std::int64_t>(fact.value(filter)));
}

void answer_one_fact(Context& ctx, std::string_view option, const BloomFilter& filter) {
  for (const auto& fact : kFacts) {
    if (!base::equal_ignoring_case(option, fact.option)) continue;
    if (ctx.reply.is_resp3()) {
      ctx.reply.map(1);
      ctx.reply.simple(fact.name);
    } else {
      ctx.reply.array(1);
    }
    return answer_fact(ctx, fact, filter);
  }
  ctx.reply.error("Invalid information value");
}

void info(Context& ctx, Args args) {
  if (args.size() > 3) {
    return ctx.reply.error("ERR wrong number of arguments for 'bf.info' command");
  }
  const auto filter = find(ctx, args[1]);
  if (!filter) return;
  if (*filter == nullptr) return ctx.reply.error("ERR not found");
  if (args.size() == 3) return answer_one_fact(ctx, args[2], **filter);
  ctx.reply.map(std::size(kFacts));
  for (const auto& fact : kFacts) {
    ctx.reply.simple(fact.name);
    answer_fact(ctx, fact, **filter);
  }
}

// --- specs

constexpr std::string_view kSince = "8.0.0";
constexpr std::string_view kManyComplexity =
    "O(N K) where N is the number of items and K that of hashes in all layers.";

constexpr Spec write_spec(std::string_view name, int arity, std::string_view complexity,
                          std::string_view summary, std::string_view arguments,
                          command::Handler handler) {
  return {.name = name,
          .arity = static_cast<std::int16_t>(arity),
          .group = Group::bloom,
          .since = kSince,
          .flags = flag::write | flag::denyoom,
          .keys = keys::at(1, key_flag::rw | key_flag::insert),
          .complexity = complexity,
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec read_spec(std::string_view name, int arity, std::string_view complexity,
                         std::string_view summary, std::string_view arguments,
                         command::Handler handler) {
  return {.name = name,
          .arity = static_cast<std::int16_t>(arity),
          .group = Group::bloom,
          .since = kSince,
          .flags = flag::readonly | flag::fast,
          .keys = keys::at(1, key_flag::ro | key_flag::access),
          .complexity = complexity,
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec kSpecs[] = {
    write_spec("bf.add", 3, "O(K) where K is the number of hashes in all layers.",
               "Adds an item to a Bloom filter, which is made if it is missing.", "key item", add),
    read_spec("bf.card", 2, "O(1)", "Counts the items that were added to a Bloom filter.", "key",
              card),
    read_spec("bf.exists", 3, "O(K) where K is the number of hashes in all layers.",
              "Says whether an item may have been added to a Bloom filter, or certainly was not.",
              "key item", exists),
    read_spec("bf.info", -2, "O(1)", "Tells how a Bloom filter is made up.",
              "key [<CAPACITY|SIZE|FILTERS|ITEMS|EXPANSION>]", info),
    write_spec("bf.insert", -4, kManyComplexity,
               "Adds items to a Bloom filter, which is made with these options if it is missing.",
               "key [CAPACITY capacity:integer] [ERROR error:double] "
               "[EXPANSION expansion:integer] [NOCREATE] [NONSCALING] ITEMS (item)+",
               insert),
    write_spec("bf.madd", -3, kManyComplexity,
               "Adds items to a Bloom filter, which is made if it is missing.", "key (item)+",
               madd),
    read_spec("bf.mexists", -3, kManyComplexity,
              "Says of items whether they may have been added to a Bloom filter.", "key (item)+",
              mexists),
    write_spec("bf.reserve", -4, "O(1)", "Makes an empty Bloom filter.",
               "key error-rate:double capacity:integer [EXPANSION expansion:integer] [NONSCALING]",
               reserve),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs bloom_filters() noexcept { return kSpecs; }

}  // namespace larder::families
