#include "server/tracking.h"

#include <algorithm>
#include <utility>

#include "resp/writer.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr std::string_view kChannel = "__redis__:invalidate";

}  // namespace

// --- who tracks
// --------------------------------------------------------------------------------------------------------

void Tracking::start(Connection& connection, TrackingMode mode) {
  auto& client = connection.client();
  auto& own = client.tracking;
  auto added = std::exchange(mode.prefixes, {});
  if (own == nullptr) {
    ++clients_;
    own = std::make_unique<TrackingMode>();
    if (mode.broadcast && added.empty()) added.emplace_back();
  }
  mode.prefixes = std::move(own->prefixes);
  *own = std::move(mode);
  for (auto& prefix : added) {
    auto found = prefixes_.find(prefix);
    if (found == prefixes_.end()) {
      found = prefixes_.emplace(prefix, Prefix()).first;
      prefix_lengths_.insert(prefix.size());
    }
    auto& clients = found->second.clients;
    if (std::find(clients.begin(), clients.end(), client.id) != clients.end()) continue;
    clients.push_back(client.id);
    own->prefixes.push_back(std::move(prefix));
  }
  std::sort(own->prefixes.begin(), own->prefixes.end());
}

void Tracking::leave_prefixes(std::uint64_t client, const TrackingMode& mode) {
  for (const auto& prefix : mode.prefixes) {
    const auto found = prefixes_.find(prefix);
    std::erase(found->second.clients, client);
    if (!found->second.clients.empty()) continue;
    prefix_lengths_.erase(prefix_lengths_.find(prefix.size()));
    changed_prefixes_.erase(prefix);
    prefixes_.erase(found);
  }
}

// What the client has read is forgotten when those keys change.
void Tracking::stop(Connection& connection) {
  auto& client = connection.client();
  if (client.tracking == nullptr) return;
  leave_prefixes(client.id, *client.tracking);
  client.tracking.reset();
  if (--clients_ != 0) return;
  readers_.clear();
  items_ = 0;
}

// --- what is read
// ------------------------------------------------------------------------------------------------------

void Tracking::after_command(Call& call, command::Args args, const command::Command& command) {
  auto& mode = *call.client.tracking;
  const bool said_caching = mode.caching;
  // CLIENT CACHING, itself a subcommand, is about what comes next: a command or a transaction.
  const bool in_transaction = call.client.is_queueing() || !call.may_wait;
  if (command.parent == nullptr && !in_transaction) mode.caching = false;
  if (mode.broadcast || !command.has(command::flag::readonly)) return;
  if ((mode.opt_in && !said_caching) || (mode.opt_out && said_caching)) return;
  const auto positions = command::find_keys(*command.spec, args);
  for (const auto& key : positions.keys) remember(args[key.index], call.client.id);
  hold_limit();
}

void Tracking::remember(std::string_view key, std::uint64_t client) {
  auto found = readers_.find(key);
  if (found == readers_.end()) found = readers_.try_emplace(std::string(key)).first;
  auto& clients = found->second;
  if (std::find(clients.begin(), clients.end(), client) != clients.end()) return;
  clients.push_back(client);
  ++items_;
}

void Tracking::hold_limit() {
  const auto max = static_cast<std::size_t>(server_.settings().tracking_table_max_keys);
  if (max == 0) return;
  constexpr int kAtOnce = 1000;
  for (int i = 0; i < kAtOnce && readers_.size() > max; ++i) {
    auto bucket = server_.random().below(readers_.bucket_count());
    while (readers_.bucket_size(bucket) == 0) bucket = (bucket + 1) % readers_.bucket_count();
    invalidate(readers_.find(readers_.begin(bucket)->first), 0);
  }
}

// --- what changes
// ------------------------------------------------------------------------------------------------------

void Tracking::on_changed(std::string_view key, std::uint64_t by) {
  if (!prefixes_.empty()) note_broadcast(key, by);
  const auto found = readers_.find(key);
  if (found != readers_.end()) invalidate(found, by);
}

// Who reads the key again is remembered again.
void Tracking::invalidate(Readers::iterator found, std::uint64_t by) {
  const auto taken = readers_.extract(found);
  const std::string_view key = taken.key();
  items_ -= taken.mapped().size();
  for (const auto id : taken.mapped()) {
    auto* connection = server_.clients().find(id);
    if (connection == nullptr) continue;
    const auto* mode = connection->client().tracking.get();
    if (mode == nullptr || mode->broadcast || (mode->no_loop && id == by)) continue;
    tell(*connection, [key](resp::Writer& writer) {
      writer.array(1);
      writer.bulk(key);
    });
  }
}

// A flush is told to everybody as "all keys": null in place of their names.
void Tracking::on_flushed() {
  if (clients_ == 0) return;
  readers_.clear();
  items_ = 0;
  server_.clients().for_each([this](Connection& connection) {
    if (connection.client().tracking == nullptr) return;
    tell(connection, [](resp::Writer& writer) { writer.null(); });
  });
}

// Sends `write_keys` as an invalidation to `connection`, or to the client it redirects to.
template <class WriteKeys>
void Tracking::tell(Connection& connection, WriteKeys write_keys) {
  auto& mode = *connection.client().tracking;
  auto* target = &connection;
  message_.clear();
  resp::Writer writer(message_, connection.client().protocol);
  if (mode.redirect != 0) {
    target = server_.clients().find(mode.redirect);
    if (target == nullptr) {
      mode.broken_redirect = true;
      if (!writer.is_resp3()) return;
      writer.push(2);
      writer.bulk("tracking-redir-broken");
      writer.integer(static_cast<std::int64_t>(mode.redirect));
      connection.push(message_.view());
      return;
    }
    writer.set_protocol(target->client().protocol);
  }
  if (writer.is_resp3()) {
    writer.push(2);
    writer.bulk("invalidate");
  } else if (mode.redirect != 0 && target->client().is_subscribed()) {
    writer.array(3);
    writer.bulk("message");
    writer.bulk(kChannel);
  } else {
    return;  // RESP2 has no way to tell
  }
  write_keys(writer);
  target->push(message_.view());
}

// --- broadcast
// ---------------------------------------------------------------------------------------------------------

void Tracking::note_broadcast(std::string_view key, std::uint64_t by) {
  const bool is_first = changed_prefixes_.empty();
  for (auto length = prefix_lengths_.begin(); length != prefix_lengths_.end();
       length = prefix_lengths_.upper_bound(*length)) {
    if (*length > key.size()) break;
    const auto found = prefixes_.find(key.substr(0, *length));
    if (found == prefixes_.end()) continue;
    found->second.changed.insert_or_assign(std::string(key), by);
    changed_prefixes_.insert(found->first);
  }
  if (is_first && !changed_prefixes_.empty()) {
    server_.loop().post([this] { send_broadcasts(); });
  }
}

// A client that is over its output limit leaves meanwhile, and its prefixes with it.
void Tracking::send_broadcasts() {
  for (const auto& name : std::exchange(changed_prefixes_, {})) {
    const auto found = prefixes_.find(name);
    if (found == prefixes_.end()) continue;
    const auto clients = found->second.clients;
    const auto changed = std::exchange(found->second.changed, {});
    for (const auto id : clients) {
      auto* connection = server_.clients().find(id);
      if (connection != nullptr) send_broadcast(changed, *connection);
    }
  }
}

void Tracking::send_broadcast(const Changed& changed, Connection& connection) {
  const auto id = connection.client().id;
  const bool skips_own = connection.client().tracking->no_loop;
  const auto is_told = [&](std::uint64_t by) { return !skips_own || by != id; };
  const auto count = std::count_if(changed.begin(), changed.end(),
                                   [&](const auto& change) { return is_told(change.second); });
  if (count == 0) return;
  tell(connection, [&](resp::Writer& writer) {
    writer.array(static_cast<std::size_t>(count));
    for (const auto& [key, by] : changed) {
      if (is_told(by)) writer.bulk(key);
    }
  });
}

}  // namespace larder::server
