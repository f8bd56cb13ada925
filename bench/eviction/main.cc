// larder-replay: replays a trace through the keyspace as an application uses a cache (it reads, and
// writes what it missed), within a limit of memory, and prints how many requests it answered: a
// line of JSON for each combination of policies, sizes and shares.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "keyspace/keyspace.h"
#include "server_replay.h"
#include "trace.h"

namespace larder::eviction_bench {
namespace {

using keyspace::EvictionOrder;

struct Options {
  std::map<std::string, std::string, std::less<>> given;

  std::string text(const char* name, const char* otherwise) const {
    const auto found = given.find(name);
    return found == given.end() ? otherwise : found->second;
  }
  double number(const char* name, double otherwise) const {
    const auto found = given.find(name);
    return found == given.end() ? otherwise : std::atof(found->second.c_str());
  }
  // Words between commas.
  std::vector<std::string> list(const char* name, const char* otherwise) const {
    std::vector<std::string> words;
    std::stringstream text(this->text(name, otherwise));
    for (std::string word; std::getline(text, word, ',');) words.push_back(word);
    return words;
  }
};

const std::map<std::string, EvictionOrder, std::less<>> kOrders = {
    {"random", EvictionOrder::any},
    {"lru", EvictionOrder::least_recent},
    {"lfu", EvictionOrder::least_frequent},
    {"adaptive", EvictionOrder::least_worth}};

class Replay {
 public:
  Replay(const Trace& trace, double time_span_ms)
      : trace_(trace),
        keyspace_({.databases = 1, .hash_seed = 3, .random_seed = 5}),
        step_ms_(time_span_ms /
                 static_cast<double>(std::max<std::size_t>(trace.requests.size(), 1))) {
    keyspace_.set_now(kStart);
  }

  // Bytes that all objects together take.
  std::size_t footprint() {
    for (std::uint32_t i = 0; i < trace_.sizes.size(); ++i) write(i);
    const auto bytes = used_bytes();
    keyspace_.clear(false);
    return bytes;
  }

  struct Result {
    std::size_t hits = 0;
    std::size_t hit_bytes = 0;
    std::size_t bytes = 0;
    std::size_t evicted = 0;
    std::size_t keys_left = 0;
    double ns_per_request = 0;
  };

  Result run(std::size_t limit_bytes, const keyspace::EvictionRules& rules) {
    keyspace_.set_eviction(rules);
    Result result;
    const auto started = base::monotonic_ns();
    for (std::size_t i = 0; i < trace_.requests.size(); ++i) {
      keyspace_.set_now(kStart + static_cast<base::UnixMs>(static_cast<double>(i) * step_ms_));
      const auto object = trace_.requests[i];
      const auto bytes = trace_.sizes[object];
      result.bytes += bytes;
      if (keyspace_.database(0).find(keyspace_.key(name_of(object)))) {
        ++result.hits;
        result.hit_bytes += bytes;
        continue;
      }
      make_room(limit_bytes);
      write(object);
    }
    const auto elapsed = static_cast<double>(base::monotonic_ns() - started);
    result.ns_per_request = elapsed / static_cast<double>(trace_.requests.size());
    result.evicted = keyspace_.counters().evicted;
    result.keys_left = keyspace_.database(0).size();
    return result;
  }

 private:
  static constexpr base::UnixMs kStart = 1'790'000'000'000;

  void write(std::uint32_t object) {
    value_.resize(trace_.sizes[object], 'v');
    keyspace_.database(0).set_string(keyspace_.key(name_of(object)), value_, keyspace::kNever);
  }
  std::size_t used_bytes() const {
    const auto memory = keyspace_.memory();
    return memory.entries + memory.tables + memory.large_strings + memory.eviction;
  }
  void make_room(std::size_t limit_bytes) {
    while (used_bytes() > limit_bytes) {
      if (keyspace_.evict_one() == keyspace::Keyspace::Evicted::nothing_to_evict) return;
    }
  }

  const Trace& trace_;
  keyspace::Keyspace keyspace_;
  double step_ms_;
  std::string value_;
};

double percent(std::size_t part, std::size_t whole) {
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

void ask_server(const Options& options, const Trace& trace) {
  const auto replay = replay_on_server(trace, options.text("socket", ""), options.text("clock", ""),
                                       options.number("hours", 2) * 3'600);
  std::printf("{\"hit_percent\": %.3f}\n", percent(replay.hits, replay.requests));
}

keyspace::EvictionRules rules_for(const Options& options, EvictionOrder order) {
  keyspace::EvictionRules rules;
  rules.order = order;
  rules.sampled_buckets = static_cast<unsigned>(options.number("samples", 5));
  rules.counting.forgets = rules.order == EvictionOrder::least_frequent;
  return rules;
}

void run_shares(const Options& options, const Trace& trace, const std::string& sizes) {
  const auto time_span_ms = options.number("hours", 2) * 3'600'000;
  const auto bytes_of_all = static_cast<double>(Replay(trace, time_span_ms).footprint());
  for (const auto& share : options.list("share", "0.1")) {
    const auto limit = static_cast<std::size_t>(bytes_of_all * std::atof(share.c_str()));
    if (static_cast<double>(limit) < options.number("bytes-min", 0)) continue;
    for (const auto& policy : options.list("policy", "adaptive")) {
      const auto rules = rules_for(options, kOrders.at(policy));
      const auto result = Replay(trace, time_span_ms).run(limit, rules);
      std::printf(
          "{\"sizes\": \"%s\", \"share\": %s, \"policy\": \"%s\", \"limit_bytes\": %zu, "
          "\"hit_percent\": %.3f, \"byte_hit_percent\": %.3f, \"evicted\": %zu, \"keys\": %zu, "
          "\"ns_per_request\": %.0f}\n",
          sizes.c_str(), share.c_str(), policy.c_str(), limit,
          percent(result.hits, trace.requests.size()), percent(result.hit_bytes, result.bytes),
          result.evicted, result.keys_left, result.ns_per_request);
      std::fflush(stdout);
    }
  }
}

int run(const Options& options) {
  const auto requests = static_cast<std::size_t>(options.number("requests", 800'000));
  const auto made = options.text("made", "");
  const auto original = made.empty() ? read_trace(requests) : made_trace(made, requests);
  if (original.requests.empty()) {
    std::fprintf(stderr, "unknown trace\n");
    return 1;
  }
  for (const auto& policy : options.list("policy", "adaptive")) {
    if (kOrders.contains(policy)) continue;
    std::fprintf(stderr, "unknown policy %s\n", policy.c_str());
    return 1;
  }
  for (const auto& name : options.list("sizes", "own")) {
    if (name == "own" && !original.has_sizes && options.given.contains("sizes")) continue;
    auto trace = original;
    choose_sizes(trace, name == "equal"   ? Sizes::equal
                        : name == "heavy" ? Sizes::heavy
                                          : Sizes::own);
    if (options.given.contains("socket")) {
      ask_server(options, trace);
    } else {
      run_shares(options, trace, name);
    }
  }
  return 0;
}

}  // namespace
}  // namespace larder::eviction_bench

int main(int argc, char** argv) {
  larder::eviction_bench::Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (!name.starts_with("--")) break;
    options.given[name.substr(2)] = argv[i + 1];
  }
  if (argc % 2 == 0) {
    std::fprintf(
        stderr,
        "larder-replay [--policy adaptive,lru,lfu,random] [--share 0.1,...] [--sizes "
        "own,equal,heavy] [--samples 5]\n"
        "              [--bytes-min 0] [--hours 2] [--requests N] "
        "[--made zipf|scan|loop|drift|churn|site] [< trace]\n"
        "larder-replay --socket PATH [--clock FILE] [...] asks a running server instead\n");
    return 2;
  }
  return run(options);
}
