// What the keyspace costs: nanoseconds an operation on keys drawn at random, bytes a key by shape,
// and the longest single step of growth and of expiry. Steps are measured in CPU time, which leaves
// out what other processes take of a busy machine; its two system calls add about half a
// microsecond to each.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "keyspace/keyspace.h"

namespace larder::keyspace {
namespace {

constexpr base::UnixMs kStart = 1'790'000'000'000;
constexpr std::uint64_t kKeys = 5'000'000;
constexpr std::size_t kBatch = 32;

std::int64_t cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

std::string_view name_of(std::uint64_t number, std::array<char, 32>& text) {
  const auto length = std::snprintf(text.data(), text.size(), "key:%012llu",
                                    static_cast<unsigned long long>(number));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::unique_ptr<Keyspace> empty_keyspace() {
  auto keyspace = std::make_unique<Keyspace>(
      Keyspace::Options{.databases = 16, .hash_seed = 1, .random_seed = 2});
  keyspace->set_now(kStart);
  return keyspace;
}

std::unique_ptr<Keyspace> filled(std::uint64_t keys, std::size_t value_bytes, Deadline deadline) {
  auto keyspace = empty_keyspace();
  const std::string value(value_bytes, 'v');
  std::array<char, 32> text;
  for (std::uint64_t i = 0; i < keys; ++i) {
    keyspace->database(0).set_string(keyspace->key(name_of(i, text)), value, deadline);
  }
  return keyspace;
}

Keyspace& five_million() {
  static const auto keyspace = filled(kKeys, 32, kNever);
  return *keyspace;
}

// Names made beforehand, so that making them is not measured. `miss`: of keys that are not there.
std::vector<std::string> names(bool miss) {
  base::Random random(5);
  std::vector<std::string> made(1 << 20);
  std::array<char, 32> text;
  for (auto& name : made) name = name_of(random.below(kKeys) + (miss ? kKeys : 0), text);
  return made;
}

void get_one_by_one(benchmark::State& state) {
  auto& keyspace = five_million();
  const auto wanted = names(state.range(0) != 0);
  std::size_t next = 0;
  base::IntegerText scratch;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto entry =
        keyspace.database(0).find(keyspace.key(wanted[next++ & (wanted.size() - 1)]));
    if (entry) bytes += static_cast<unsigned char>(entry.text(scratch).back());
  }
  benchmark::DoNotOptimize(bytes);
}
BENCHMARK(get_one_by_one)->ArgName("miss")->Arg(0)->Arg(1);

void get_in_batches(benchmark::State& state) {
  auto& keyspace = five_million();
  auto& db = keyspace.database(0);
  const auto wanted = names(state.range(0) != 0);
  std::size_t next = 0;
  base::IntegerText scratch;
  std::size_t bytes = 0;
  std::vector<Key> batch(kBatch);
  for (auto _ : state) {
    for (auto& key : batch) {
      key = keyspace.key(wanted[next++ & (wanted.size() - 1)]);
      db.prefetch_bucket(key.hash);
    }
    for (const auto& key : batch) db.prefetch_entry(key.hash);
    for (const auto& key : batch) {
      const auto entry = db.find(key);
      if (entry) bytes += static_cast<unsigned char>(entry.text(scratch).back());
    }
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  state.counters["ns_per_key"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kBatch) / 1e9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(get_in_batches)->ArgName("miss")->Arg(0)->Arg(1);

void set_existing(benchmark::State& state) {
  auto& keyspace = five_million();
  const auto wanted = names(false);
  const std::string value(32, 'w');
  std::size_t next = 0;
  for (auto _ : state) {
    keyspace.database(0).set_string(keyspace.key(wanted[next++ & (wanted.size() - 1)]), value,
                                    kNever);
  }
}
BENCHMARK(set_existing);

void scan_all(benchmark::State& state) {
  auto& db = five_million().database(0);
  std::size_t keys = 0;
  for (auto _ : state) {
    std::uint64_t cursor = 0;
    do {
      cursor = db.scan(cursor, static_cast<std::size_t>(state.range(0)), [&](EntryRef) { ++keys; });
    } while (cursor != 0);
  }
  state.counters["ns_per_key"] = benchmark::Counter(
      static_cast<double>(keys) / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(scan_all)
    ->ArgName("count")
    ->Arg(10)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

void random_key(benchmark::State& state) {
  auto& db = five_million().database(0);
  base::Random random(8);
  for (auto _ : state) benchmark::DoNotOptimize(db.random(random));
}
BENCHMARK(random_key);

// Bytes beyond the payload, the keys being 16 bytes. Averages over sizes of the database, since the
// table's load varies with it.
void bytes_per_key(benchmark::State& state) {
  const auto value_bytes = static_cast<std::size_t>(state.range(0));
  const auto deadline = state.range(1) != 0 ? kStart + 3'600'000 : kNever;
  const bool integers = value_bytes == 8;
  std::vector<double> overheads;
  for (auto _ : state) {
    const auto keyspace = empty_keyspace();
    auto& db = keyspace->database(0);
    const std::string value(value_bytes, 'v');
    std::array<char, 32> text;
    double next_sample = 500'000;
    for (std::uint64_t i = 0; i < 2'000'000; ++i) {
      const auto key = keyspace->key(name_of(i, text));
      if (integers) {
        db.set_integer(key, static_cast<std::int64_t>(i), deadline);
      } else {
        db.set_string(key, value, deadline);
      }
      if (static_cast<double>(i) < next_sample) continue;
      next_sample *= 1.02;
      const auto memory = keyspace->memory();
      const auto used = static_cast<double>(memory.entries + memory.tables + memory.large_strings);
      overheads.push_back(used / static_cast<double>(db.size()) - 16 -
                          static_cast<double>(value_bytes));
    }
  }
  std::sort(overheads.begin(), overheads.end());
  double sum = 0;
  for (const auto each : overheads) sum += each;
  state.counters["mean"] = sum / static_cast<double>(overheads.size());
  state.counters["least"] = overheads.front();
  state.counters["most"] = overheads.back();
}
BENCHMARK(bytes_per_key)
    ->ArgNames({"value", "ttl"})
    ->Args({32, 0})
    ->Args({32, 1})
    ->Args({8, 0})
    ->Args({200, 0})
    ->Args({2000, 0})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// What a busy host takes from a virtual machine shows as CPU time, too. But the same keys make the
// same insertion do the same work in every run, so the shortest time of each one counts.
void insert_many(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  std::vector<std::uint32_t> took_ns(keys, ~std::uint32_t{0});
  const std::string value(32, 'v');
  std::array<char, 32> text;
  base::CycleClock clock;
  for (auto _ : state) {
    clock.recalibrate();
    const auto keyspace = empty_keyspace();
    for (std::uint64_t i = 0; i < keys; ++i) {
      const auto name = name_of(i, text);
      const auto before = base::cycles();
      keyspace->database(0).set_string(keyspace->key(name), value, kNever);
      const auto took = clock.ns(base::cycles() - before);
      took_ns[i] = static_cast<std::uint32_t>(std::min<std::uint64_t>(took, took_ns[i]));
    }
  }
  std::sort(took_ns.begin(), took_ns.end());
  const auto us_at = [&](std::uint64_t from_top) {
    return static_cast<double>(took_ns[keys - from_top]) / 1000;
  };
  state.counters["longest_us"] = us_at(1);
  state.counters["10th_us"] = us_at(10);
  state.counters["1_in_1000_us"] = us_at(keys / 1000);
  state.counters["1_in_100_us"] = us_at(keys / 100);
  state.counters["median_us"] = us_at(keys / 2);
}
BENCHMARK(insert_many)
    ->ArgName("keys")
    ->Arg(20'000'000)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

// A million keys with the same deadline among `others` without, removed by steps of half a
// millisecond.
void expire_a_million(benchmark::State& state) {
  constexpr std::uint64_t kExpiring = 1'000'000;
  const auto keyspace = filled(static_cast<std::uint64_t>(state.range(0)), 32, kNever);
  auto& db = keyspace->database(0);
  const auto others = db.size();
  std::array<char, 32> text;
  for (std::uint64_t i = 0; i < kExpiring; ++i) {
    db.set_string(keyspace->key(name_of(100'000'000 + i, text)), "value", kStart + 1000);
  }
  std::int64_t longest_ns = 0;
  std::int64_t steps = 0;
  std::int64_t passed_ms = 0;
  for (auto _ : state) {
    while (db.size() != others && passed_ms < 60'000) {
      keyspace->set_now(kStart + 1000 + ++passed_ms);
      bool again = true;
      for (int i = 0; i < 2 && again; ++i) {  // half of the time at most
        const auto before = cpu_ns();
        again = keyspace->work(250) != keyspace::Backlog::none;
        longest_ns = std::max(longest_ns, cpu_ns() - before);
        ++steps;
      }
    }
  }
  state.counters["longest_step_us"] = static_cast<double>(longest_ns) / 1000;
  state.counters["steps"] = static_cast<double>(steps);
  state.counters["server_ms"] = static_cast<double>(passed_ms);
}
BENCHMARK(expire_a_million)
    ->ArgName("others")
    ->Arg(0)
    ->Arg(5'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// Nine of ten keys erased at random: what is held afterwards, and after compaction.
void erase_and_compact(benchmark::State& state) {
  const auto keyspace = filled(2'000'000, 32, kNever);
  auto& db = keyspace->database(0);
  base::Random random(4);
  std::array<char, 32> text;
  const auto before = cpu_ns();
  std::size_t erased = 0;
  for (std::uint64_t i = 0; i < 2'000'000; ++i) {
    if (random.below(10) != 0 && db.erase(keyspace->key(name_of(i, text)))) ++erased;
  }
  state.counters["erase_ns"] = static_cast<double>(cpu_ns() - before) / static_cast<double>(erased);
  state.counters["held_before"] = static_cast<double>(keyspace->memory().regions);
  std::int64_t longest_ns = 0;
  for (auto _ : state) {
    for (int i = 0; i < 3000; ++i) {
      const auto step = cpu_ns();
      keyspace->work(500);
      longest_ns = std::max(longest_ns, cpu_ns() - step);
    }
  }
  state.counters["held_after"] = static_cast<double>(keyspace->memory().regions);
  state.counters["entries"] = static_cast<double>(keyspace->memory().entries);
  state.counters["longest_step_us"] = static_cast<double>(longest_ns) / 1000;
}
BENCHMARK(erase_and_compact)->Iterations(1)->Unit(benchmark::kMillisecond);

void clear_all(benchmark::State& state) {
  const auto keyspace = filled(5'000'000, 32, kNever);
  for (auto _ : state) keyspace->clear(state.range(0) != 0);
}
BENCHMARK(clear_all)
    ->ArgName("asynchronous")
    ->Arg(0)
    ->Arg(1)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace larder::keyspace
