// HyperLogLog: PFADD, PFCOUNT, PFMERGE, and what looks inside: PFDEBUG, PFSELFTEST. They work on
// strings; a string that is none of theirs is answered with WRONGTYPE, one that opens as theirs but
// is corrupt with INVALIDOBJ.
#include "value/hyperloglog.h"

#include <cmath>
#include <cstring>
#include <string>

#include "command/spec_check.h"
#include "families/deadlines.h"
#include "families/families.h"

namespace larder::families {
namespace {

namespace hll = value::hyperloglog;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

constexpr std::string_view kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

// The string of a live entry, which the next change of the database ends. Answers where the entry
// holds something else.
std::optional<std::string_view> text_of(Context& ctx, const keyspace::EntryRef& entry) {
  if (!ctx.expect_type(entry, keyspace::Type::string)) return std::nullopt;
  if (entry.string_encoding() != keyspace::StringEncoding::integer) {
    base::IntegerText unused;
    const auto text = entry.text(unused);
    if (hll::encoding_of(text)) return text;
  }
  ctx.reply.error("WRONGTYPE Key is not a valid HyperLogLog string value.");
  return std::nullopt;
}

// Makes `text` the string of an entry, keeping its deadline.
void put_text(Context& ctx, keyspace::EntryRef& entry, std::string_view text) {
  std::memcpy(ctx.database->resize_string(entry, text.size()), text.data(), text.size());
}

// The bytes of an entry's string, to be changed where they stand.
char* writable(Context& ctx, keyspace::EntryRef& entry) {
  return ctx.database->resize_string(entry, entry.length());
}

keyspace::EntryRef create_empty(Context& ctx, const keyspace::Key& key) {
  auto entry = ctx.database->set_string(key, "", deadline_for_new_key(ctx));
  put_text(ctx, entry, hll::empty());
  return entry;
}

// A HyperLogLog on its way from one state to the next. A sparse string is changed apart from its
// entry, since nearly every change moves bytes; a dense one where it lies.
class Change {
 public:
  Change(Context& ctx, keyspace::EntryRef& entry) : ctx_(ctx), entry_(entry) {
    base::IntegerText unused;
    const auto text = entry.text(unused);
    if (hll::encoding_of(text) == hll::Encoding::dense) {
      dense_ = writable(ctx, entry);
    } else {
      sparse_ = text;
    }
  }

  bool has_changed() const noexcept { return has_changed_; }

  // Both return false where the runs are corrupt.
  bool raise(hll::Observation seen) {
    if (dense_ == nullptr) {
      const auto bytes_max = static_cast<std::size_t>(ctx_.settings.hll_sparse_max_bytes);
      const auto raised = hll::raise_sparse(sparse_, seen, bytes_max);
      has_changed_ |= raised == hll::Raised::yes;
      if (raised != hll::Raised::needs_dense) return raised != hll::Raised::corrupt;
      if (!become_dense()) return false;
    }
    has_changed_ |= hll::raise_dense(dense_, seen);
    return true;
  }

  bool become_dense() {
    if (dense_ != nullptr) return true;
    const auto text = hll::to_dense(sparse_);
    if (text.empty()) return false;
    put_text(ctx_, entry_, text);
    dense_ = writable(ctx_, entry_);
    has_changed_ = true;
    return true;
  }

  // Puts the new state in place, its estimate out of date.
  void finish() {
    if (dense_ != nullptr) return hll::forget_estimate(dense_);
    hll::forget_estimate(sparse_.data());
    put_text(ctx_, entry_, sparse_);
  }

 private:
  Context& ctx_;
  keyspace::EntryRef& entry_;
  std::string sparse_;
  char* dense_ = nullptr;  // set where it is dense
  bool has_changed_ = false;
};

void pfadd(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  const bool creates = !entry;
  if (creates) {
    entry = create_empty(ctx, key);
  } else if (!text_of(ctx, entry)) {
    return;
  }
  Change change(ctx, entry);
  for (const auto element : args.subspan(2)) {
    if (!change.raise(hll::observe(element))) return ctx.reply.error(kCorrupt);
  }
  const bool has_changed = creates || change.has_changed();
  if (has_changed) {
    change.finish();
    ctx.changed(Event::string, "pfadd", key.name);
  }
  ctx.reply.integer(has_changed ? 1 : 0);
}

// Merges the HyperLogLogs of `names` into `registers`; missing ones are empty. Answers and returns
// false where one is none or is corrupt. `has_dense` tells whether any was dense.
bool merge_keys(Context& ctx, Args names, hll::Registers& registers, bool& has_dense) {
  for (const auto name : names) {
    const auto entry = ctx.find_for_read(ctx.key(name));
    if (!entry) continue;
    const auto text = text_of(ctx, entry);
    if (!text) return false;
    has_dense |= hll::encoding_of(*text) == hll::Encoding::dense;
    if (!registers.merge(*text)) {
      ctx.reply.error(kCorrupt);
      return false;
    }
  }
  return true;
}

void pfcount_union(Context& ctx, Args args) {
  hll::Registers registers;
  bool has_dense = false;
  if (!merge_keys(ctx, args.subspan(1), registers, has_dense)) return;
  ctx.reply.integer(static_cast<std::int64_t>(registers.estimate()));
}

void pfcount(Context& ctx, Args args) {
  if (args.size() > 2) return pfcount_union(ctx, args);
  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_read(key);
  if (!entry) return ctx.reply.integer(0);
  const auto text = text_of(ctx, entry);
  if (!text) return;
  auto estimate = hll::kept_estimate(*text);
  if (!estimate) {
    estimate = hll::estimate(*text);
    if (!estimate) return ctx.reply.error(kCorrupt);
    hll::keep_estimate(writable(ctx, entry), *estimate);
    ctx.changed(Event::silent, "pfcount", key.name);
  }
  ctx.reply.integer(static_cast<std::int64_t>(*estimate));
}

void pfmerge(Context& ctx, Args args) {
  hll::Registers registers;
  bool has_dense = false;
  if (!merge_keys(ctx, args.subspan(1), registers, has_dense)) return;

  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  if (!entry) entry = create_empty(ctx, key);
  Change change(ctx, entry);
  // What was read above is whole.
  if (has_dense) change.become_dense();
  for (std::size_t i = 0; i < hll::kRegisters; ++i) {
    if (registers[i] == 0) continue;
    change.raise({.index = static_cast<std::uint16_t>(i), .rank = registers[i]});
  }
  change.finish();
  ctx.changed(Event::string, "pfadd", key.name);
  ctx.reply.ok();
}

// --- PFDEBUG

bool make_dense(Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry) {
  Change change(ctx, entry);
  if (!change.become_dense()) {
    ctx.reply.error(kCorrupt);
    return false;
  }
  if (change.has_changed()) ctx.changed(Event::silent, "pfdebug", key.name);
  return true;
}

void answer_registers(Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry) {
  if (!make_dense(ctx, key, entry)) return;
  hll::Registers registers;
  base::IntegerText unused;
  registers.merge(entry.text(unused));
  ctx.reply.array(hll::kRegisters);
  for (std::size_t i = 0; i < hll::kRegisters; ++i) ctx.reply.integer(registers[i]);
}

void answer_runs(Context& ctx, std::string_view text) {
  if (hll::encoding_of(text) != hll::Encoding::sparse) {
    return ctx.reply.error("ERR HLL encoding is not sparse");
  }
  std::string runs;
  const bool is_whole = hll::for_each_run(text, [&runs](const hll::Run& run) {
    if (!runs.empty()) runs += ' ';
    if (run.rank == 0) {
      runs += run.size == 1 ? "z:" : "Z:";
    } else {
      runs += "v:" + std::to_string(run.rank) + ',';
    }
    runs += std::to_string(run.registers);
  });
  if (!is_whole) return ctx.reply.error(kCorrupt);
  ctx.reply.bulk(runs);
}

void pfdebug(Context& ctx, Args args) {
  const auto key = ctx.key(args[2]);
  auto entry = ctx.find_for_write(key);
  if (!entry) return ctx.reply.error("ERR The specified key does not exist");
  const auto text = text_of(ctx, entry);
  if (!text) return;
  const bool is_sparse = hll::encoding_of(*text) == hll::Encoding::sparse;
  if (base::equal_ignoring_case(args[1], "getreg")) return answer_registers(ctx, key, entry);
  if (base::equal_ignoring_case(args[1], "decode")) return answer_runs(ctx, *text);
  if (base::equal_ignoring_case(args[1], "encoding")) {
    return ctx.reply.simple(is_sparse ? "sparse" : "dense");
  }
  if (base::equal_ignoring_case(args[1], "todense")) {
    if (make_dense(ctx, key, entry)) ctx.reply.integer(is_sparse ? 1 : 0);
    return;
  }
  ctx.reply.error("ERR Unknown PFDEBUG subcommand '" + std::string(args[1]) + "'");
}

// --- PFSELFTEST

// Adds a million different elements to a dense and a sparse HyperLogLog. Returns what went wrong.
std::string_view self_test(Context& ctx) {
  constexpr std::uint64_t kElements = 1'000'000;
  constexpr double kDeviation = 1.04 / 128;  // of an estimate, relative: 1.04 / sqrt(registers)
  const auto bytes_max = static_cast<std::size_t>(ctx.settings.hll_sparse_max_bytes);
  const auto salt = ctx.random.next();
  std::string growing(hll::empty());
  auto dense = hll::to_dense(growing);
  bool is_sparse = true;
  for (std::uint64_t i = 1, checked = 1; i <= kElements; ++i) {
    const auto element = i ^ salt;
    const auto seen = hll::observe({reinterpret_cast<const char*>(&element), sizeof element});
    if (is_sparse && hll::raise_sparse(growing, seen, bytes_max) == hll::Raised::needs_dense) {
      growing = hll::to_dense(growing);
      is_sparse = false;
    }
    if (!is_sparse) hll::raise_dense(growing.data(), seen);
    hll::raise_dense(dense.data(), seen);
    if (i != checked) continue;
    checked *= 10;
    const auto estimate = hll::estimate(dense);
    if (estimate != hll::estimate(growing)) return "TESTFAILED dense/sparse disagree";
    const auto error = std::abs(static_cast<double>(*estimate) - static_cast<double>(i));
    if (error > std::ceil(6 * kDeviation * static_cast<double>(i))) {
      return "TESTFAILED Too big error";
    }
  }
  return {};
}

void pfselftest(Context& ctx, Args) {
  const auto failure = self_test(ctx);
  if (!failure.empty()) return ctx.reply.error(failure);
  ctx.reply.ok();
}

constexpr command::KeySpecs kMergedKeys =
    keys::of(keys::range_spec(1, 0, 1, key_flag::rw | key_flag::access | key_flag::insert),
             keys::range_spec(2, -1, 1, key_flag::ro | key_flag::access));

constexpr command::KeySpecs counted_keys() {
  auto spec = keys::range_spec(1, -1, 1, key_flag::rw | key_flag::access);
  spec.notes = "RW because the estimate is kept in the key, where it was out of date";
  return keys::of(spec);
}

constexpr Spec kSpecs[] = {
    {.name = "pfadd",
     .arity = -2,
     .group = Group::hyperloglog,
     .since = "2.8.9",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::hyperloglog,
     .keys = keys::at(1, key_flag::rw | key_flag::insert),
     .complexity = "O(N) where N is the number of elements.",
     .summary = "Adds elements to a HyperLogLog, which is made if it is missing.",
     .arguments = "key [(element)+]",
     .handler = pfadd},
    {.name = "pfcount",
     .arity = -2,
     .group = Group::hyperloglog,
     .since = "2.8.9",
     .flags = flag::readonly | flag::may_replicate,
     .categories = category::hyperloglog,
     .keys = counted_keys(),
     .complexity = "O(1) where the estimate of a single key is up to date, else O(N) where N is "
                   "the number of keys, with a large constant.",
     .summary = "Estimates how many different elements were added to HyperLogLogs together.",
     .arguments = "(key)+",
     .handler = pfcount},
    {.name = "pfdebug",
     .arity = 3,
     .group = Group::hyperloglog,
     .since = "2.8.9",
     .flags = flag::write | flag::denyoom | flag::admin,
     .categories = category::hyperloglog,
     .keys = keys::at(2, key_flag::rw | key_flag::access),
     .complexity = "O(N) where N is the number of registers.",
     .summary = "Shows or changes how a HyperLogLog is kept.",
     .arguments = "subcommand key",
     .handler = pfdebug},
    {.name = "pfmerge",
     .arity = -2,
     .group = Group::hyperloglog,
     .since = "2.8.9",
     .flags = flag::write | flag::denyoom,
     .categories = category::hyperloglog,
     .keys = kMergedKeys,
     .complexity = "O(N) where N is the number of keys, with a large constant.",
     .summary = "Adds to a HyperLogLog what others have seen.",
     .arguments = "destkey [(sourcekey)+]",
     .handler = pfmerge},
    {.name = "pfselftest",
     .arity = 1,
     .group = Group::hyperloglog,
     .since = "2.8.9",
     .flags = flag::admin,
     .categories = category::hyperloglog,
     .complexity = "O(1), a tenth of a second or so.",
     .summary = "Tests the estimates of HyperLogLogs.",
     .handler = pfselftest},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs hyperloglogs() noexcept { return kSpecs; }

}  // namespace larder::families
