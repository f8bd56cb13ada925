// The larder-server program: reads what it is told, becomes what it should be, serves.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "app/daemon.h"
#include "app/options.h"
#include "base/log.h"
#include "base/random.h"
#include "control/families.h"
#include "larder/version.h"
#include "server/crash_report.h"
#include "server/debug_sessions.h"
#include "server/process.h"
#include "server/server.h"
#include "settings/file.h"
#include "settings/table.h"

namespace larder::app {
namespace {

int fail(std::string_view text) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  return EXIT_FAILURE;
}

void log_start(const settings::Settings& settings, const Options& options) {
  log::warning("oO0OoO0OoO0Oo Larder is starting oO0OoO0OoO0Oo");
  log::warning("Larder version={}, bits={}, pid={}, just started", kLarderVersion,
               sizeof(void*) * 8, ::getpid());
  const auto& sources = options.sources;
  if (sources.file.empty() && sources.directives.empty() && !sources.standard_input) {
    log::warning(
        "Warning: no config file specified, using the default config. In order to specify a config "
        "file use larder-server /path/to/larder.conf");
  } else {
    log::warning("Configuration loaded");
  }
  log::notice("Running mode=standalone, port={}, PID: {}.", settings.port, ::getpid());
}

void warn_of_later(const settings::Table& table, const settings::Loaded& loaded) {
  auto names = table.later_in_use();
  names.insert(names.end(), loaded.later.begin(), loaded.later.end());
  if (names.empty()) return;
  log::warning(
      "Settings of features that this version does not have yet are accepted without effect: {}",
      fmt::join(names, ", "));
}

void warn_of_supervisor(const settings::Settings& settings) {
  using settings::Supervised;
  const bool wants_one =
      settings.supervised == Supervised::systemd || settings.supervised == Supervised::upstart;
  if (!wants_one || server::Supervisor::find(settings.supervised) != server::Supervisor::Kind::none)
    return;
  log::warning(
      "supervised is set, but the supervisor's variable ({}) is not in the environment: it is not "
      "told when the server is ready",
      settings.supervised == Supervised::systemd ? "NOTIFY_SOCKET" : "UPSTART_JOB");
}

void log_ready(const server::Server& server) {
  bool has_tcp = false;
  for (const auto& listener : server.listeners()) {
    if (listener->is_unix()) {
      log::notice("The server is now ready to accept connections at {}", listener->address());
    } else {
      has_tcp = true;
    }
  }
  log::notice("Ready to accept connections{}", has_tcp ? " tcp" : "");
}

int serve(settings::Table& table, const Options& options, const settings::Loaded& loaded,
          server::TitleSpace title) {
  const auto& settings = table.settings();
  server::Identity identity{.executable = executable_path(),
                            .config_file = options.sources.file,
                            .run_id = base::secure_random_hex(40),
                            .replication_id = base::secure_random_hex(40),
                            .started_ms = base::unix_ms()};
  if (auto ready = become_daemon(settings); !ready) return fail(ready.error());
  if (auto applied = apply_log_settings(table); !applied) return fail(applied.error());
  log_start(settings, options);
  warn_of_supervisor(settings);
  warn_of_later(table, loaded);

  const auto families = control::all_families();
  server::Server server(table, families, std::move(identity));
  const server::CrashReport crash_report(server);
  server::Process process(server, std::move(title));
  process.begin();
  server::DebugSessions debug_sessions(server);
  if (auto listening = server.listen(); !listening) {
    log::warning("{}", listening.error());
    return EXIT_FAILURE;
  }
  const PidFile pid_file(settings.pidfile, settings.daemonize);
  log::notice("Server initialized");
  if (auto data = server.load(); !data) {
    log::warning("{}", data.error());
    log::warning("Fatal error loading the DB, check server logs. Exiting.");
    return EXIT_FAILURE;
  }
  log_ready(server);
  server.supervisor().tell_ready();
  server.run();
  log::warning("Larder is now ready to exit, bye bye...");
  return EXIT_SUCCESS;
}

int run(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto options = parse_options(arguments);
  if (!options) return fail(options.error());
  if (options->action == Options::Action::show_version) {
    std::puts(version_text().c_str());
    return EXIT_SUCCESS;
  }
  if (options->action == Options::Action::show_help) {
    std::puts(help_text().c_str());
    return EXIT_SUCCESS;
  }
  settings::Table table;
  const auto loaded = settings::load(table, options->sources, control::check_rename);
  if (!loaded) {
    std::fputs(settings::fatal_text(loaded.error()).c_str(), stderr);
    return EXIT_FAILURE;
  }
  if (options->action == Options::Action::check_config) {
    std::puts("The configuration is valid.");
    return EXIT_SUCCESS;
  }
  return serve(table, *options, *loaded, server::TitleSpace::take(argc, argv));
}

}  // namespace
}  // namespace larder::app

int main(int argc, char** argv) {
  try {
    return larder::app::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "larder-server: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
