#include "base/cores.h"

#include <sched.h>

#include "base/numbers.h"

namespace larder::base {
namespace {

constexpr auto kLast = static_cast<std::int64_t>(kCoresMax) - 1;

std::optional<std::int64_t> number(std::string_view text, std::int64_t min) {
  const auto parsed = parse_i64(text);
  if (!parsed || *parsed < min || *parsed > kLast) return std::nullopt;
  return parsed;
}

// What is behind `mark` in `text`, which loses it; nothing where the mark is not there.
std::optional<std::string_view> split_off(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

bool add_range(std::string_view range, Cores& cores) {
  const auto step_text = split_off(range, ':');
  const auto last_text = split_off(range, '-');
  const auto first = number(range, 0);
  const auto last = last_text ? number(*last_text, 0) : first;
  const auto step = step_text ? number(*step_text, 1) : 1;
  if (!first || !last || !step || *last < *first) return false;
  for (auto core = *first; core <= *last; core += *step) cores.set(static_cast<std::size_t>(core));
  return true;
}

}  // namespace

std::optional<Cores> parse_cores(std::string_view list) {
  Cores cores;
  if (list.empty()) return cores;
  for (std::optional rest = list; rest;) {
    auto range = *rest;
    rest = split_off(range, ',');
    if (!add_range(range, cores)) return std::nullopt;
  }
  return cores;
}

bool run_on(const Cores& cores) noexcept {
  static_assert(kCoresMax <= CPU_SETSIZE);
  cpu_set_t set;
  CPU_ZERO(&set);
  for (std::size_t core = 0; core < kCoresMax; ++core) {
    if (cores.test(core)) CPU_SET(core, &set);
  }
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace larder::base
