#include "server/process.h"

#include <sys/prctl.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/collation.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/threads.h"
#include "server/child_process.h"
#include "server/server.h"
#include "server/snapshots.h"

namespace larder::server {
namespace {

// The text was checked when the setting was read.
base::Cores cores_of(const std::string& list) {
  return base::parse_cores(list).value_or(base::Cores());
}

// Nothing where the list is empty: then it runs where it ran before.
void run_on_listed(std::string_view setting, const std::string& list) {
  const auto cores = cores_of(list);
  if (cores.none() || base::run_on(cores)) return;
  log::warning("The system refuses the cores of {}: {}", setting, std::strerror(errno));
}

}  // namespace

Process::Process(Server& server, TitleSpace title) : server_(server), title_(std::move(title)) {}

void Process::begin() {
  const auto& settings = server_.settings();
  run_on_listed("server-cpulist", settings.server_cpulist);
  base::set_background_cores(cores_of(settings.bio_cpulist));
  apply_score(ProcessScore::Role::primary);
  if (settings.disable_thp && ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0) {
    log::warning("Transparent huge pages cannot be disabled: {}", std::strerror(errno));
  }
  show_title(title_.program());
  base::set_collation(settings.locale_collate);
  choose_watchdog();
  watch_settings();
  server_.snapshots().prepare_children([this](ChildTask task) { become(task); });
}

void Process::watch_settings() {
  auto& table = server_.settings_table();
  table.on_change({"oom-score-adj", "oom-score-adj-values"},
                  [this](const settings::Settings&) -> base::Result<void> {
                    if (apply_score(ProcessScore::Role::primary)) return {};
                    return base::failure(
                        std::string("Failed to set current oom_score_adj. Check server logs."));
                  });
  table.on_change({"proc-title-template", "port", "bind"},
                  [this](const settings::Settings&) -> base::Result<void> {
                    show_title(title_.program());
                    return {};
                  });
  table.on_change({"locale-collate"}, [](const settings::Settings& settings) -> base::Result<void> {
    base::set_collation(settings.locale_collate);
    return {};
  });
  table.on_change({"watchdog-period", "hz"},
                  [this](const settings::Settings&) -> base::Result<void> {
                    choose_watchdog();
                    return {};
                  });
}

void Process::become(ChildTask task) {
  apply_score(ProcessScore::Role::child);
  const auto& settings = server_.settings();
  switch (task) {
    case ChildTask::snapshot:
      show_title("larder-rdb-bgsave");
      return run_on_listed("bgsave-cpulist", settings.bgsave_cpulist);
    case ChildTask::rewrite:
      show_title("larder-aof-rewrite");
      return run_on_listed("aof-rewrite-cpulist", settings.aof_rewrite_cpulist);
    case ChildTask::debugging:
      return show_title("larder-script-debug");
  }
}

bool Process::apply_score(ProcessScore::Role role) {
  const auto& settings = server_.settings();
  return score_.apply(settings.oom_score_adj,
                      settings.oom_score_adj_values[static_cast<std::size_t>(role)]);
}

void Process::show_title(std::string_view name) {
  const auto& settings = server_.settings();
  if (!settings.set_proc_title) return;
  title_.show(title_text(settings, name, server_.identity().config_file));
}

// The alarm is put off with each round of hz. It comes where there is none for longer than that,
// and for two rounds at least.
void Process::choose_watchdog() {
  watchdog_ = {};
  const auto wanted_ms = server_.settings().watchdog_period;
  const auto round_ms = std::max<std::int64_t>(1, 1000 / server_.settings().hz);
  const auto period_ms = wanted_ms == 0 ? 0 : std::max(wanted_ms, 2 * round_ms);
  put_alarm_off(period_ms);
  if (period_ms == 0) return;
  watchdog_ = server_.loop().every(round_ms, [this, period_ms] { put_alarm_off(period_ms); });
}

void Process::put_alarm_off(std::int64_t period_ms) noexcept {
  itimerval timer{};
  timer.it_value = {.tv_sec = period_ms / 1000, .tv_usec = period_ms % 1000 * 1000};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace larder::server
