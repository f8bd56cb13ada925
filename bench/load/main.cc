// larder-load: a load generator for RESP servers. One thread, one CPU; prints what it measured as
// one JSON object.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "load/closed_loop.h"
#include "load/cpu_time.h"
#include "load/growth.h"
#include "load/open_loop.h"

namespace {

using larder::load::Distribution;

constexpr const char* kFooter =
    "Placeholders of a command: {key}, {value}, {value:N} (N letters), {seq:N} (request number in "
    "N digits),\n"
    "{rand:N} (N random digits), {int:N} (random integer of N digits).\n"
    "Example: larder-load closed --connections 50 --pipeline 32 --command 'GET {key}' --seconds 2";

struct Options {
  larder::load::WorkloadOptions workload;
  larder::load::ClosedLoopOptions closed;
  larder::load::OpenLoopOptions open;
  larder::load::GrowthOptions growth;
  int cpu = -1;
};

void add_workload_options(CLI::App& app, Options& options) {
  const std::map<std::string, Distribution> distributions{{"uniform", Distribution::uniform},
                                                          {"zipf", Distribution::zipf},
                                                          {"sequential", Distribution::sequential}};
  auto& workload = options.workload;
  app.add_option("--host", workload.address.host, "Server's address")->capture_default_str();
  app.add_option("--port", workload.address.port, "Server's port")->capture_default_str();
  app.add_option("--unix", workload.address.unix_path,
                 "Server's Unix socket, rather than host and port");
  app.add_option("--connections", workload.connections)
      ->check(CLI::Range(1, 50'000))
      ->capture_default_str();
  app.add_option("--command", workload.commands, "A command with placeholders; may be repeated")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--weight", workload.weights,
                 "Share of the command in the same place; may be repeated")
      ->allow_extra_args(false);
  app.add_option(
         "--first", workload.first,
         "A command that each connection sends once, before it is measured; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--in-order", workload.in_order, "Send the commands in turn, not by weights");
  app.add_option("--keys", workload.key_count, "Number of different keys")
      ->check(CLI::Range(1.0, 1e12))
      ->capture_default_str();
  app.add_option("--distribution", workload.distribution, "uniform, zipf or sequential")
      ->transform(CLI::CheckedTransformer(distributions));
  app.add_option("--zipf-exponent", workload.zipf_exponent)
      ->check(CLI::Range(0.01, 10.0))
      ->capture_default_str();
  app.add_option("--key-bytes", workload.sizes.key_bytes)
      ->check(CLI::Range(5, 23))
      ->capture_default_str();
  app.add_option("--value-bytes", workload.sizes.value_bytes)->capture_default_str();
  app.add_option("--seed", workload.seed)->capture_default_str();
  app.add_option("--server-pid", workload.server_pid, "Measure the CPU time of this process");
  app.add_flag("--poll", workload.polls, "Never sleep while waiting; needs a CPU of its own");
  app.add_option("--cpu", options.cpu, "Run on this CPU only");
}

void add_modes(CLI::App& app, Options& options) {
  auto* closed =
      app.add_subcommand("closed", "Send the next batch when the last one is answered: throughput");
  closed->add_option("--pipeline", options.closed.pipeline, "Requests in a batch")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  closed->add_option("--seconds", options.closed.seconds)->capture_default_str();
  closed->add_option("--requests", options.closed.requests,
                     "Send this many, rather than for --seconds");
  closed->add_option("--warmup", options.closed.warmup_seconds, "Seconds before measuring")
      ->capture_default_str();

  closed->add_option("--subscribers", options.closed.subscribers,
                     "More connections, which SUBSCRIBE to `channel`: each command is to PUBLISH "
                     "there, and a batch is done when they have its messages");
  closed->add_flag("--publish-on", options.closed.publishes_on,
                   "Publish the next when one is answered, whether its messages have come or not");

  auto* open = app.add_subcommand("open", "Send by a timetable, whether answered or not: latency");
  open->add_option("--rate", options.open.requests_per_second, "Requests a second")
      ->check(CLI::Range(1.0, 1e8))
      ->capture_default_str();
  open->add_option("--seconds", options.open.seconds)->capture_default_str();
  open->add_option("--warmup", options.open.warmup_seconds, "Seconds before measuring")
      ->capture_default_str();

  auto* growth = app.add_subcommand(
      "growth", "Insert --keys keys by the first command, time single ones of the second");
  growth->add_option("--pipeline", options.growth.pipeline, "Inserts in a batch")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();

  for (auto* mode : {closed, open, growth}) add_workload_options(*mode, options);
  app.require_subcommand(1);
}

larder::base::Result<std::string> run(const CLI::App& app, const Options& options) {
  if (options.cpu >= 0 && !larder::load::pin_to_cpu(options.cpu)) {
    return larder::base::failure("there is no CPU " + std::to_string(options.cpu) + " to run on");
  }
  if (app.got_subcommand("open")) return run_open_loop(options.workload, options.open);
  if (app.got_subcommand("growth")) return run_growth(options.workload, options.growth);
  return run_closed_loop(options.workload, options.closed);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A load generator for RESP servers.");
  app.footer(kFooter);
  Options options;
  add_modes(app, options);
  CLI11_PARSE(app, argc, argv);
  const auto result = run(app, options);
  if (!result) {
    std::fprintf(stderr, "larder-load: %s\n", result.error().c_str());
    return 1;
  }
  std::printf("%s\n", result->c_str());
  return 0;
}
