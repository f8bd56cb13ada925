#include "server/hot_keys.h"

#include <sys/resource.h>

#include <limits>

#include "command/table.h"
#include "server/call.h"
#include "server/server.h"

namespace larder::server {
namespace {

std::int64_t ms_of(const timeval& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_usec / 1000;
}

HotKeys::Totals process_times() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {.user_ms = ms_of(usage.ru_utime), .system_ms = ms_of(usage.ru_stime)};
}

}  // namespace

void HotKeys::start(const Options& options, base::UnixMs now) {
  session_ = std::make_unique<Session>(options);
  session_->started_ms = now;
  session_->before = process_times();
  ends_ms_ = options.duration_ms == 0 ? std::numeric_limits<base::UnixMs>::max()
                                      : now + options.duration_ms;
  is_on_ = true;
}

void HotKeys::stop(base::UnixMs now) {
  session_->used = totals();
  session_->ended_ms = now;
  is_on_ = false;
}

HotKeys::Totals HotKeys::totals() const {
  auto totals = session_->used;
  if (!is_on_) return totals;
  const auto process = process_times();
  totals.user_ms = process.user_ms - session_->before.user_ms;
  totals.system_ms = process.system_ms - session_->before.system_ms;
  return totals;
}

// What a command of several keys used is shared out among them.
void HotKeys::note(Call& call, const command::Spec& spec, command::Args args, std::uint64_t cycles,
                   std::size_t bytes) {
  look_at_clock(call.now());
  if (!is_on_) return;
  auto& session = *session_;
  session.used.cycles += cycles;
  session.used.bytes += bytes;
  const auto ratio = static_cast<std::uint64_t>(session.options.sample_ratio);
  if (ratio > 1 && random_.below(ratio) != 0) return;
  const auto found = command::find_keys(spec, args);
  if (!found.ok || found.keys.empty()) return;
  const auto count = found.keys.size();
  for (const auto& position : found.keys) {
    const auto key = call.key(args[position.index]);
    const auto group = call.client.database;
    if (session.options.by_time) session.by_cycles.add(group, key.name, key.hash, cycles / count);
    if (session.options.by_bytes) session.by_bytes.add(group, key.name, key.hash, bytes / count);
  }
}

}  // namespace larder::server
