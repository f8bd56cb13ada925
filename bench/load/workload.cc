#include "load/workload.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

namespace larder::load {

base::Result<Workload> Workload::make(const WorkloadOptions& options) {
  if (!options.weights.empty() && options.weights.size() != options.commands.size()) {
    return base::failure(std::string("as many weights as commands, or none"));
  }
  Workload workload(RequestSource{
      Indexes(options.distribution, options.key_count, options.zipf_exponent, options.seed),
      base::Random(options.seed + 1)});
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < options.commands.size(); ++i) {
    auto parsed = RequestTemplate::parse(options.commands[i], options.sizes);
    if (!parsed)
      return base::failure(fmt::format("command '{}': {}", options.commands[i], parsed.error()));
    workload.templates_.push_back(std::move(*parsed));
    sum += options.weights.empty() ? 1 : options.weights[i];
    workload.weights_up_to_.push_back(sum);
  }
  workload.in_order_ = options.in_order;
  if (sum == 0) return base::failure(std::string("no command with a weight"));
  return workload;
}

std::uint32_t Workload::append_to(base::ByteBuffer& out) {
  std::uint32_t command = 0;
  if (in_order_) {
    command = next_;
    next_ = (next_ + 1) % static_cast<std::uint32_t>(templates_.size());
  } else if (templates_.size() > 1) {
    const auto ticket = source_.random.below(weights_up_to_.back());
    while (weights_up_to_[command] <= ticket) ++command;
  }
  templates_[command].append_to(out, source_);
  return command;
}

base::Result<std::vector<Connection>> open_connections(const Address& address,
                                                       std::uint32_t count) {
  std::vector<Connection> connections;
  connections.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto connection = Connection::open(address);
    if (!connection) return base::failure(connection.error());
    connections.push_back(std::move(*connection));
  }
  return connections;
}

namespace {

bool await_replies(Connection& connection, std::size_t count) {
  constexpr int kPatienceMs = 10'000;
  while (count != 0) {
    pollfd awaited{connection.fd(), POLLIN, 0};
    if (::poll(&awaited, 1, kPatienceMs) <= 0) return false;
    const auto received = connection.receive();
    if (received < 0) return false;
    count -= std::min(count, static_cast<std::size_t>(received));
  }
  return true;
}

}  // namespace

base::Result<std::vector<Connection>> open_connections(const WorkloadOptions& options) {
  auto connections = open_connections(options.address, options.connections);
  if (!connections || options.first.empty()) return connections;
  auto first = options;
  first.weights.clear();
  for (const auto& command : options.first) {
    first.commands = {command};
    auto request = Workload::make(first);
    if (!request) return base::failure(request.error());
    for (auto& connection : *connections) {
      request->append_to(connection.out());
      if (!connection.flush() || !await_replies(connection, 1)) {
        return base::failure(fmt::format("no reply to '{}'", command));
      }
    }
  }
  return connections;
}

ReplyErrors reply_errors(const std::vector<Connection>& connections) {
  ReplyErrors errors;
  for (const auto& connection : connections) {
    const auto& replies = connection.replies();
    if (errors.count == 0) errors.first = replies.first_error();
    errors.count += replies.errors();
  }
  return errors;
}

}  // namespace larder::load
