// What to send to whom: the requests of a load with their shares, and the connections that carry
// them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/connection.h"
#include "load/indexes.h"
#include "load/request_template.h"

namespace larder::load {

struct WorkloadOptions {
  Address address;
  std::vector<std::string> commands;
  std::vector<std::uint32_t> weights;  // of each command; empty: the same for all
  std::vector<std::string> first;      // sent once on each connection, before all else
  bool in_order = false;               // one command after the other, rather than by weights
  TemplateSizes sizes;
  std::uint64_t key_count = 1'000'000;
  Distribution distribution = Distribution::uniform;
  double zipf_exponent = 0.99;
  std::uint64_t seed = 1;
  std::uint32_t connections = 50;
  pid_t server_pid = 0;
  bool polls = false;  // never sleeps while waiting: for a generator with a CPU of its own

  int wait_ms() const noexcept { return polls ? 0 : -1; }
};

// Chooses commands by their weights, or in turn, and writes them.
class Workload {
 public:
  static base::Result<Workload> make(const WorkloadOptions& options);

  // Appends one request; returns which command it was.
  std::uint32_t append_to(base::ByteBuffer& out);

  std::size_t command_count() const noexcept { return templates_.size(); }
  const std::string& command_name(std::size_t command) const noexcept {
    return templates_[command].name();
  }

 private:
  explicit Workload(RequestSource source) : source_(std::move(source)) {}

  std::vector<RequestTemplate> templates_;
  std::vector<std::uint64_t> weights_up_to_;  // running sums
  RequestSource source_;
  bool in_order_ = false;
  std::uint32_t next_ = 0;  // where in order
};

base::Result<std::vector<Connection>> open_connections(const Address& address, std::uint32_t count);
// Those of a load, whose first commands are answered.
base::Result<std::vector<Connection>> open_connections(const WorkloadOptions& options);

// Error replies over all connections, with the first one's text.
struct ReplyErrors {
  std::uint64_t count = 0;
  std::string first;
};
ReplyErrors reply_errors(const std::vector<Connection>& connections);

}  // namespace larder::load
