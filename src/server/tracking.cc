#include "server/tracking.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "resp/writer.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr std::string_view kChannel = "__redis__:invalidate";

// One key and no more, where first_key says.
bool has_single_key(const command::Command& command) noexcept {
  const auto specs = command.spec->keys.all();
  return command.first_key > 0 && specs.size() == 1 && specs.front().last == 0 &&
         (specs.front().flags & command::key_flag::not_key) == 0 &&
         specs.front().find == command::KeySpec::Find::range;
}

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
    if (!mode.broadcast) own->reader = readers_.enter(client.id);
  }
  mode.reader = own->reader;
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

void Tracking::stop(Connection& connection) {
  auto& client = connection.client();
  if (client.tracking == nullptr) return;
  leave_prefixes(client.id, *client.tracking);
  readers_.leave(client.tracking->reader);
  client.tracking.reset();
  --clients_;
  sweep();
}

// Forgets what clients that are gone have read: a small table at once, a large one step by step.
void Tracking::sweep() {
  if (is_sweeping_ || !readers_.needs_sweep()) return;
  constexpr std::size_t kSlotsAtOnce = 16 * 1024;
  readers_.sweep(kSlotsAtOnce);
  if (readers_.needs_sweep()) go_on_later();
}

void Tracking::go_on_later() {
  if (std::exchange(is_sweeping_, true)) return;
  sweep_timer_ = server_.loop().after(std::chrono::milliseconds(1), [this] {
    is_sweeping_ = false;
    hold_limit();
    sweep();
  });
}

// --- what is read
// ------------------------------------------------------------------------------------------------------

void Tracking::after_command(Call& call, command::Args args, const command::Command& command) {
  auto& mode = *call.client.tracking;
  const bool said_caching = mode.caching;
  // CLIENT CACHING, itself a subcommand, is about what comes next: a command or a transaction.
  const bool in_transaction = call.client.is_queueing() || !call.may_wait;
  if (command.parent == nullptr && !in_transaction) mode.caching = false;
  // Of a script its own commands tell what was read, not the keys that it names.
  const bool is_script = command.spec->group == command::Group::scripting;
  if (mode.broadcast || is_script || !command.has(command::flag::readonly)) return;
  if ((mode.opt_in && !said_caching) || (mode.opt_out && said_caching)) return;
  if (has_single_key(command)) {
    readers_.add(call.key(args[static_cast<std::size_t>(command.first_key)]), mode.reader);
  } else {
    const auto positions = command::find_keys(*command.spec, args);
    for (const auto& key : positions.keys) readers_.add(call.key(args[key.index]), mode.reader);
  }
  hold_limit();
}

void Tracking::hold_limit() {
  const auto max = static_cast<std::size_t>(server_.settings().tracking_table_max_keys);
  if (max == 0) return;
  constexpr int kAtOnce = 1000;
  for (int i = 0; i < kAtOnce && readers_.keys() > max; ++i) {
    const auto forgotten = readers_.take_any(server_.random().next());
    invalidate(forgotten.name, forgotten.readers, 0);
  }
  if (readers_.keys() > max) go_on_later();
}

// --- what changes
// ------------------------------------------------------------------------------------------------------

void Tracking::on_changed(std::string_view key, std::uint64_t by) {
  if (!prefixes_.empty()) note_broadcast(key, by);
  if (readers_.keys() == 0) return;
  invalidate(key, readers_.take(server_.keyspace().key(key).hash), by);
}

// Who reads the key again is remembered again.
void Tracking::invalidate(std::string_view key, const std::vector<std::uint64_t>& readers,
                          std::uint64_t by) {
  for (const auto id : readers) {
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
  sweep();
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
