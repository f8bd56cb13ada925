#include "load/open_loop.h"

#include <unistd.h>

#include <cmath>
#include <deque>

#include "base/clock.h"
#include "load/cpu_time.h"
#include "load/histogram.h"
#include "load/json.h"
#include "load/poller.h"

namespace larder::load {
namespace {

// A server that falls this far behind the timetable cannot keep the rate at all.
constexpr std::uint64_t kAwaitedMax = 1'000'000;

class OpenLoop {
 public:
  OpenLoop(Workload& workload, std::vector<Connection>& connections, const OpenLoopOptions& options,
           std::uint64_t seed)
      : latency(workload.command_count()),
        workload_(workload),
        connections_(connections),
        poller_(connections),
        awaited_(connections.size()),
        mean_gap_ns_(1e9 / options.requests_per_second),
        random_(seed) {}

  // Runs the timetable for `seconds`, the first `warmup_seconds` of it unmeasured, and waits for
  // the last reply.
  base::Result<void> run(double warmup_seconds, double seconds) {
    const auto start_ns = static_cast<double>(base::monotonic_ns());
    measured_from_ns_ = static_cast<std::int64_t>(start_ns + warmup_seconds * 1e9);
    const double end_ns = start_ns + (warmup_seconds + seconds) * 1e9;
    double due_ns = start_ns;
    while (due_ns < end_ns || awaited_count_ != 0) {
      const auto now_ns = base::monotonic_ns();
      while (due_ns <= static_cast<double>(now_ns) && due_ns < end_ns) {
        send(static_cast<std::int64_t>(due_ns), now_ns);
        due_ns += -std::log(1.0 - random_.unit()) * mean_gap_ns_;
      }
      if (awaited_count_ > kAwaitedMax)
        return base::failure(std::string("the server cannot keep this rate"));
      // Never sleeps: waking up takes longer than most requests.
      for (const auto& event : poller_.wait(0)) {
        if (!handle(event)) {
          return base::failure(
              std::string("the server closed a connection or sent what is not RESP"));
        }
      }
    }
    return {};
  }

  std::vector<Histogram> latency;  // by command
  Histogram lateness;              // of the generator: from the scheduled instant to the sending

 private:
  struct Awaited {
    std::int64_t due_ns;
    std::uint32_t command;
  };

  void send(std::int64_t due_ns, std::int64_t now_ns) {
    const auto index = next_connection_++ % static_cast<std::uint32_t>(connections_.size());
    const auto command = workload_.append_to(connections_[index].out());
    awaited_[index].push_back({due_ns, command});
    ++awaited_count_;
    if (due_ns >= measured_from_ns_) lateness.add(now_ns - due_ns);
    poller_.send(index);  // a loss shows when receiving
  }

  bool handle(const epoll_event& event) {
    const auto index = event.data.u32;
    if ((event.events & EPOLLOUT) != 0 && !poller_.send(index)) return false;
    const auto replies = connections_[index].receive();
    auto& awaited = awaited_[index];
    if (replies < 0 || static_cast<std::uint64_t>(replies) > awaited.size()) return false;
    const auto now_ns = base::monotonic_ns();
    for (std::int64_t i = 0; i < replies; ++i) {
      const auto [due_ns, command] = awaited.front();
      awaited.pop_front();
      if (due_ns >= measured_from_ns_) latency[command].add(now_ns - due_ns);
    }
    awaited_count_ -= static_cast<std::uint64_t>(replies);
    return true;
  }

  Workload& workload_;
  std::vector<Connection>& connections_;
  Poller poller_;
  std::vector<std::deque<Awaited>> awaited_;  // of each connection, oldest first
  std::uint64_t awaited_count_ = 0;
  double mean_gap_ns_;
  base::Random random_;
  std::int64_t measured_from_ns_ = 0;
  std::uint32_t next_connection_ = 0;
};

}  // namespace

base::Result<std::string> run_open_loop(const WorkloadOptions& workload_options,
                                        const OpenLoopOptions& options) {
  auto workload = Workload::make(workload_options);
  if (!workload) return base::failure(workload.error());
  auto connections = open_connections(workload_options);
  if (!connections) return base::failure(connections.error());

  OpenLoop loop(*workload, *connections, options, workload_options.seed + 2);
  const RunQueueTime server_queue(workload_options.server_pid);
  const RunQueueTime load_queue(::getpid());
  const auto server_waited_before = server_queue.waited_ns();
  const auto load_waited_before = load_queue.waited_ns();
  if (auto ran = loop.run(options.warmup_seconds, options.seconds); !ran)
    return base::failure(ran.error());

  JsonObject json;
  json.add("mode", "open");
  json.add("connections", workload_options.connections);
  json.add("requests_per_second", options.requests_per_second);
  json.add("seconds", options.seconds);
  JsonObject by_command;
  for (std::size_t command = 0; command < loop.latency.size(); ++command) {
    by_command.add_object(workload->command_name(command), latency_json(loop.latency[command]));
  }
  json.add_object("latency", by_command);
  json.add_object("generator_lateness", latency_json(loop.lateness));
  json.add("server_run_queue_ms",
           static_cast<double>(server_queue.waited_ns() - server_waited_before) / 1e6);
  json.add("load_run_queue_ms",
           static_cast<double>(load_queue.waited_ns() - load_waited_before) / 1e6);
  add_errors(json, reply_errors(*connections));
  return json.text();
}

}  // namespace larder::load
