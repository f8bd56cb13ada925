#include "load/closed_loop.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "load/cpu_time.h"
#include "load/histogram.h"
#include "load/json.h"
#include "load/poller.h"

namespace larder::load {
namespace {

struct Phase {
  std::uint64_t requests = 0;
  double seconds = 0;
  std::int64_t server_cpu_ns = 0;
  Histogram batch_latency;
};

class ClosedLoop {
 public:
  // The last of the connections are the subscribers.
  ClosedLoop(Workload& workload, std::vector<Connection>& connections,
             const ClosedLoopOptions& options, const WorkloadOptions& setup)
      : workload_(workload),
        connections_(connections),
        poller_(connections),
        batches_(connections.size() - options.subscribers),
        pipeline_(options.pipeline),
        subscribers_(options.subscribers),
        publishes_on_(options.publishes_on),
        wait_ms_(setup.wait_ms()),
        server_cpu_(setup.server_pid) {}

  // Lets the subscribers subscribe. False: a connection was lost.
  bool subscribe() {
    messages_left_ = subscribers_;  // confirmations
    for (auto index = batches_.size(); index < connections_.size(); ++index) {
      connections_[index].out().append("SUBSCRIBE channel\r\n");
      if (!poller_.send(static_cast<std::uint32_t>(index))) return false;
    }
    Phase ignored;
    while (messages_left_ != 0) {
      for (const auto& event : poller_.wait(wait_ms_)) {
        if (!handle(event, ignored)) return false;
      }
    }
    return true;
  }

  // Starts with idle connections and leaves them idle, so that phases do not mix. False: a
  // connection was lost.
  bool run(double seconds, std::uint64_t requests_max, Phase& phase) {
    settle();
    const auto server_cpu_before = server_cpu_.cpu_ns();
    const auto start_ns = base::monotonic_ns();
    deadline_ns_ = start_ns + static_cast<std::int64_t>(seconds * 1e9);
    requests_left_ = requests_max;
    requests_ = 0;
    busy_ = 0;
    for (std::uint32_t index = 0; index < batches_.size(); ++index) {
      if (!start_batch(index, start_ns)) return false;
    }
    while (busy_ != 0 || messages_left_ != 0) {
      for (const auto& event : poller_.wait(wait_ms_)) {
        if (!handle(event, phase)) return false;
      }
    }
    phase.requests = requests_;
    phase.seconds = static_cast<double>(base::monotonic_ns() - start_ns) / 1e9;
    settle();
    phase.server_cpu_ns = server_cpu_.cpu_ns() - server_cpu_before;
    return true;
  }

 private:
  struct Batch {
    std::uint64_t awaited = 0;
    std::int64_t start_ns = 0;
  };

  // Time for the server to go to sleep: its CPU time is exact only then.
  static void settle() { ::usleep(2'000); }

  // Does nothing where the phase is over.
  bool start_batch(std::uint32_t index, std::int64_t now_ns) {
    const auto count = std::min<std::uint64_t>(pipeline_, requests_left_);
    if (count == 0 || now_ns >= deadline_ns_) return true;
    for (std::uint64_t i = 0; i < count; ++i) workload_.append_to(connections_[index].out());
    requests_left_ -= count;
    requests_ += count;
    messages_left_ += count * subscribers_;
    batches_[index] = {count, now_ns};
    ++busy_;
    return poller_.send(index);
  }

  bool handle(const epoll_event& event, Phase& phase) {
    const auto index = event.data.u32;
    if ((event.events & EPOLLOUT) != 0 && !poller_.send(index)) return false;
    if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return true;
    const auto replies = connections_[index].receive();
    if (index >= batches_.size()) return take_messages(replies, phase);
    auto& batch = batches_[index];
    if (replies < 0 || static_cast<std::uint64_t>(replies) > batch.awaited) return false;
    batch.awaited -= static_cast<std::uint64_t>(replies);
    if (replies == 0 || batch.awaited != 0) return true;
    if (messages_left_ == 0 || publishes_on_) return finish_batch(index, phase);
    done_but_for_messages_.push_back(index);
    return true;
  }

  bool take_messages(std::int64_t messages, Phase& phase) {
    if (messages < 0 || static_cast<std::uint64_t>(messages) > messages_left_) return false;
    messages_left_ -= static_cast<std::uint64_t>(messages);
    if (messages_left_ != 0) return true;
    for (const auto index : std::exchange(done_but_for_messages_, {})) {
      if (!finish_batch(index, phase)) return false;
    }
    return true;
  }

  bool finish_batch(std::uint32_t index, Phase& phase) {
    const auto& batch = batches_[index];
    const auto now_ns = base::monotonic_ns();
    phase.batch_latency.add(now_ns - batch.start_ns);
    --busy_;
    return start_batch(index, now_ns);
  }

  Workload& workload_;
  std::vector<Connection>& connections_;
  Poller poller_;
  std::vector<Batch> batches_;
  std::uint32_t pipeline_;
  std::uint32_t subscribers_;
  bool publishes_on_;
  std::uint64_t messages_left_ = 0;  // that subscribers have not been sent yet
  std::vector<std::uint32_t> done_but_for_messages_;
  int wait_ms_;
  CpuTime server_cpu_;
  std::int64_t deadline_ns_ = 0;
  std::uint64_t requests_left_ = 0;
  std::uint64_t requests_ = 0;
  std::size_t busy_ = 0;
};

}  // namespace

base::Result<std::string> run_closed_loop(const WorkloadOptions& workload_options,
                                          const ClosedLoopOptions& options) {
  constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
  constexpr double kLongestSeconds = 86'400;
  auto workload = Workload::make(workload_options);
  if (!workload) return base::failure(workload.error());
  auto with_subscribers = workload_options;
  with_subscribers.connections += options.subscribers;
  auto connections = open_connections(with_subscribers);
  if (!connections) return base::failure(connections.error());

  ClosedLoop loop(*workload, *connections, options, workload_options);
  Phase warmup;
  Phase measured;
  const bool by_count = options.requests != 0;
  const bool was_answered =
      loop.subscribe() &&
      (options.warmup_seconds <= 0 || loop.run(options.warmup_seconds, kNoLimit, warmup)) &&
      loop.run(by_count ? kLongestSeconds : options.seconds, by_count ? options.requests : kNoLimit,
               measured);
  if (!was_answered)
    return base::failure(std::string("the server closed a connection or sent what is not RESP"));

  const auto requests = static_cast<double>(std::max<std::uint64_t>(measured.requests, 1));
  JsonObject json;
  json.add("mode", "closed");
  json.add("connections", workload_options.connections);
  json.add("pipeline", options.pipeline);
  json.add("requests", measured.requests);
  json.add("seconds", measured.seconds);
  json.add("requests_per_second", requests / measured.seconds);
  json.add("server_cpu_ns_per_request", static_cast<double>(measured.server_cpu_ns) / requests);
  json.add("server_busy", static_cast<double>(measured.server_cpu_ns) / 1e9 / measured.seconds);
  json.add_object("batch_latency", latency_json(measured.batch_latency));
  add_errors(json, reply_errors(*connections));
  return json.text();
}

}  // namespace larder::load
