#include "load/growth.h"

#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "load/cpu_time.h"
#include "load/histogram.h"
#include "load/json.h"
#include "load/poller.h"

namespace larder::load {
namespace {

constexpr std::uint32_t kInserter = 0;
constexpr std::uint32_t kProber = 1;
constexpr std::int64_t kLimitNs = 1'000'000;

// A slow request. `preempted_ns` of it passed while the server or the generator was ready but other
// work had the CPU: neither's fault.
struct Slow {
  std::int64_t latency_ns;
  std::int64_t preempted_ns;
  std::uint64_t keys;

  std::int64_t own_ns() const noexcept { return latency_ns - preempted_ns; }
};

class Growth {
 public:
  Growth(Workload inserts, Workload probes, std::vector<Connection>& connections,
         const GrowthOptions& options, const WorkloadOptions& setup)
      : inserts_(std::move(inserts)),
        probes_(std::move(probes)),
        connections_(connections),
        poller_(connections),
        options_(options),
        wait_ms_(setup.wait_ms()),
        server_queue_(setup.server_pid),
        load_queue_(::getpid()) {}

  bool run(std::uint64_t keys) {
    const auto start_ns = base::monotonic_ns();
    preempted_before_ns_ = preempted_so_far_ns();
    if (!insert_batch(keys) || !probe()) return false;
    while (awaited_inserts_ != 0) {
      for (const auto& event : poller_.wait(wait_ms_)) {
        const auto index = event.data.u32;
        if ((event.events & EPOLLOUT) != 0 && !poller_.send(index)) return false;
        if (index == kInserter ? !take_inserted(keys) : !take_probed()) return false;
      }
    }
    seconds = static_cast<double>(base::monotonic_ns() - start_ns) / 1e9;
    return true;
  }

  double seconds = 0;
  Histogram latency;
  std::uint64_t over_limit = 0;
  std::uint64_t over_limit_own = 0;
  std::vector<Slow> worst;      // by latency
  std::vector<Slow> worst_own;  // by latency without preemption

 private:
  bool insert_batch(std::uint64_t keys) {
    awaited_inserts_ = std::min<std::uint64_t>(options_.pipeline, keys - inserted_);
    for (std::uint64_t i = 0; i < awaited_inserts_; ++i)
      inserts_.append_to(connections_[kInserter].out());
    return poller_.send(kInserter);
  }

  bool take_inserted(std::uint64_t keys) {
    const auto replies = connections_[kInserter].receive();
    if (replies < 0 || static_cast<std::uint64_t>(replies) > awaited_inserts_) return false;
    awaited_inserts_ -= static_cast<std::uint64_t>(replies);
    inserted_ += static_cast<std::uint64_t>(replies);
    return awaited_inserts_ != 0 || inserted_ == keys || insert_batch(keys);
  }

  bool probe() {
    probes_.append_to(connections_[kProber].out());
    probed_at_ns_ = base::monotonic_ns();
    return poller_.send(kProber);
  }

  bool take_probed() {
    const auto replies = connections_[kProber].receive();
    if (replies <= 0) return replies == 0;
    const auto latency_ns = base::monotonic_ns() - probed_at_ns_;
    latency.add(latency_ns);
    const auto preempted_ns = preempted_so_far_ns();
    const Slow slow{latency_ns, std::min(preempted_ns - preempted_before_ns_, latency_ns),
                    inserted_};
    preempted_before_ns_ = preempted_ns;
    over_limit += slow.latency_ns > kLimitNs;
    over_limit_own += slow.own_ns() > kLimitNs;
    keep(worst, slow, [](const Slow& a, const Slow& b) { return a.latency_ns > b.latency_ns; });
    keep(worst_own, slow, [](const Slow& a, const Slow& b) { return a.own_ns() > b.own_ns(); });
    return probe();
  }

  template <class Before>
  void keep(std::vector<Slow>& list, const Slow& slow, Before before) {
    if (list.size() == options_.worst_kept && !before(slow, list.back())) return;
    list.insert(std::upper_bound(list.begin(), list.end(), slow, before), slow);
    if (list.size() > options_.worst_kept) list.pop_back();
  }

  std::int64_t preempted_so_far_ns() const noexcept {
    return server_queue_.waited_ns() + load_queue_.waited_ns();
  }

  Workload inserts_;
  Workload probes_;
  std::vector<Connection>& connections_;
  Poller poller_;
  GrowthOptions options_;
  int wait_ms_;
  RunQueueTime server_queue_;
  RunQueueTime load_queue_;
  std::uint64_t inserted_ = 0;
  std::uint64_t awaited_inserts_ = 0;
  std::int64_t probed_at_ns_ = 0;
  std::int64_t preempted_before_ns_ = 0;
};

std::string slow_json(const std::vector<Slow>& list) {
  std::string text = "[";
  for (const auto& slow : list) {
    JsonObject json;
    json.add("us", static_cast<double>(slow.latency_ns) / 1e3);
    json.add("preempted_us", static_cast<double>(slow.preempted_ns) / 1e3);
    json.add("keys", slow.keys);
    if (text.size() > 1) text += ", ";
    text += json.text();
  }
  return text + "]";
}

}  // namespace

base::Result<std::string> run_growth(WorkloadOptions options, const GrowthOptions& growth_options) {
  if (options.commands.size() != 2)
    return base::failure(std::string("two commands: the insert and the probe"));
  const auto commands = std::move(options.commands);
  options.weights.clear();
  options.commands = {commands[0]};
  options.distribution = Distribution::sequential;
  auto inserts = Workload::make(options);
  if (!inserts) return base::failure(inserts.error());
  options.commands = {commands[1]};
  options.distribution = Distribution::uniform;
  auto probes = Workload::make(options);
  if (!probes) return base::failure(probes.error());
  auto connections = open_connections(options.address, 2);
  if (!connections) return base::failure(connections.error());

  Growth growth(std::move(*inserts), std::move(*probes), *connections, growth_options, options);
  if (!growth.run(options.key_count)) {
    return base::failure(std::string("the server closed a connection or sent what is not RESP"));
  }
  JsonObject json;
  json.add("mode", "growth");
  json.add("keys", options.key_count);
  json.add("pipeline", growth_options.pipeline);
  json.add("seconds", growth.seconds);
  json.add_object("probe_latency", latency_json(growth.latency));
  json.add("over_1_ms", growth.over_limit);
  json.add("over_1_ms_not_preempted", growth.over_limit_own);
  json.add_raw("worst", slow_json(growth.worst));
  json.add_raw("worst_not_preempted", slow_json(growth.worst_own));
  add_errors(json, reply_errors(*connections));
  return json.text();
}

}  // namespace larder::load
