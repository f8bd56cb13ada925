#include "trace.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/random.h"
#include "zipf.h"

namespace larder::eviction_bench {
namespace {

constexpr std::uint32_t kMagic = 0x4854'5231;
constexpr std::uint32_t kEqualBytes = 200;
constexpr std::uint32_t kValueBytesMax = 1U << 20;

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "%s\n", why);
  std::exit(1);
}

std::vector<std::uint32_t> read_words(std::size_t count) {
  std::vector<std::uint32_t> words(count);
  if (std::fread(words.data(), sizeof words[0], count, stdin) != count) fail("the trace is short");
  return words;
}

// Numbers objects in the order of their first appearance.
Trace dense(const std::vector<std::uint32_t>& requests) {
  Trace trace;
  std::vector<std::uint32_t> numbers;
  for (const auto object : requests) {
    if (object >= numbers.size()) numbers.resize(object + 1);
    if (numbers[object] == 0) {
      trace.sizes.push_back(0);
      numbers[object] = static_cast<std::uint32_t>(trace.sizes.size());
    }
    trace.requests.push_back(numbers[object] - 1);
  }
  return trace;
}

}  // namespace

Trace read_trace(std::size_t requests_max) {
  const auto head = read_words(4);
  if (head[0] != kMagic) fail("not a trace");
  Trace trace;
  trace.requests = read_words(head[1]);
  trace.sizes = read_words(head[2]);
  trace.has_sizes = (head[3] & 1) != 0;
  for (const auto object : trace.requests) {
    if (object >= trace.sizes.size()) fail("the trace names an object that it does not have");
  }
  if (trace.requests.size() > requests_max) trace.requests.resize(requests_max);
  return trace;
}

Trace made_trace(std::string_view name, std::size_t requests) {
  if (name == "site") return site_trace(requests);
  base::Random random(17);
  const auto objects = static_cast<std::uint32_t>(std::max<std::size_t>(requests / 8, 16));
  const Zipf zipf(objects, 0.9);
  std::vector<std::uint32_t> made;
  std::uint32_t next_new = objects;  // objects from here on are asked for once, or for a while
  for (std::size_t i = 0; i < requests; ++i) {
    if (name == "zipf") {
      made.push_back(zipf.draw(random));
    } else if (name == "scan") {  // one in three requests walks through objects never seen again
      made.push_back(i % 3 == 0 ? next_new++ : zipf.draw(random));
    } else if (name == "loop") {  // half of the requests go round a loop longer than the cache
      made.push_back(i % 2 == 0 ? objects + static_cast<std::uint32_t>(i / 2 % objects)
                                : zipf.draw(random));
    } else if (name == "drift") {  // what is popular moves on
      made.push_back(zipf.draw(random) + static_cast<std::uint32_t>(i / 16));
    } else if (name == "churn") {  // objects are asked for again soon after they appear
      if (random.below(4) == 0) ++next_new;
      const auto back = static_cast<std::uint32_t>(-std::log(1 - random.unit()) * 2000);
      made.push_back(random.below(2) == 0 ? zipf.draw(random)
                                          : next_new - std::min(back, next_new));
    } else {
      return {};
    }
  }
  return dense(made);
}

// Heavy sizes: 40 bytes and more, half of them below 80, one in a hundred above 1,400.
void choose_sizes(Trace& trace, Sizes sizes) {
  for (std::size_t i = 0; i < trace.sizes.size(); ++i) {
    auto& bytes = trace.sizes[i];
    if (sizes == Sizes::equal || (sizes == Sizes::own && !trace.has_sizes)) {
      bytes = kEqualBytes;
    } else if (sizes == Sizes::heavy) {
      base::Random random(i + 1);
      bytes = static_cast<std::uint32_t>(40 * std::pow(1 - random.unit(), -1 / 1.3));
    }
    bytes = std::clamp(bytes, std::uint32_t{1}, kValueBytesMax);
  }
}

}  // namespace larder::eviction_bench
