#include "server/pubsub.h"

#include <algorithm>
#include <memory>

#include "base/glob.h"
#include "resp/writer.h"
#include "server/connection.h"
#include "server/limits.h"
#include "server/pushes.h"

namespace larder::server {
namespace {

// Of a subscription: the client's own copy of the name, and the channel's.
std::ptrdiff_t bytes_for(std::string_view name) noexcept {
  return static_cast<std::ptrdiff_t>(2 * name.size() + limits::kBytesPerName);
}

}  // namespace

void PubSub::subscribe(Connection& connection, ChannelKind kind, std::string_view name) {
  auto& client = connection.client();
  if (client.subscriptions == nullptr) client.subscriptions = std::make_unique<Subscriptions>();
  if (client.subscriptions->is_empty()) {
    ++clients_;
    client.client_class = ClientClass::pubsub;
  }
  if (!client.subscriptions->of(kind).emplace(name).second) return;
  client.subscriptions->count_memory(bytes_for(name));
  auto& of_kind = channels(kind);
  auto found = of_kind.find(name);
  if (found == of_kind.end()) found = of_kind.emplace(name, Listeners()).first;
  found->second.push_back(&connection);
}

void PubSub::remove(Connection& connection, ChannelKind kind, std::string_view name) {
  const auto found = channels(kind).find(name);
  auto& listeners = found->second;
  listeners.erase(std::find(listeners.begin(), listeners.end(), &connection));
  if (listeners.empty()) channels(kind).erase(found);
}

void PubSub::unsubscribe(Connection& connection, ChannelKind kind, std::string_view name) {
  auto& client = connection.client();
  if (client.subscriptions == nullptr) return;
  auto& names = client.subscriptions->of(kind);
  const auto found = names.find(name);
  if (found == names.end()) return;
  remove(connection, kind, name);
  client.subscriptions->count_memory(-bytes_for(name));
  names.erase(found);
  if (!client.subscriptions->is_empty()) return;
  --clients_;
  client.client_class = ClientClass::normal;
}

void PubSub::forget(Connection& connection) {
  auto& client = connection.client();
  if (client.subscriptions == nullptr) return;
  if (!client.subscriptions->is_empty()) {
    --clients_;
    client.client_class = ClientClass::normal;
  }
  for (const auto kind : {ChannelKind::plain, ChannelKind::pattern, ChannelKind::shard}) {
    for (const auto& name : client.subscriptions->of(kind)) remove(connection, kind, name);
  }
  client.subscriptions.reset();
}

// `write(writer)` encodes the message. A listener that is over its output limit is closed, which
// takes it off the list: what is gone through is a copy.
template <class Write>
std::size_t PubSub::deliver(const Listeners& listeners, Write write) {
  for (auto& bytes : encoded_.bytes) bytes.clear();
  SharedBytes shared[std::size(encoded_.bytes)];
  pushes_.begin_message();
  targets_.assign(listeners.begin(), listeners.end());
  constexpr std::size_t kAhead = 4;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (i + kAhead < targets_.size()) targets_[i + kAhead]->prefetch();
    auto* const connection = targets_[i];
    const auto protocol = connection->client().protocol;
    const std::size_t form = protocol == resp::Protocol::resp3 ? 1 : 0;
    auto& bytes = encoded_.bytes[form];
    if (bytes.empty()) {
      resp::Writer writer(bytes, protocol);
      write(writer);
      if (targets_.size() > 1) shared[form] = pushes_.share(bytes.view());
    }
    connection->push(bytes.view(), shared[form]);
  }
  return targets_.size();
}

std::size_t PubSub::publish(ChannelKind kind, std::string_view channel, std::string_view message) {
  std::size_t receivers = 0;
  const auto found = channels(kind).find(channel);
  if (found != channels(kind).end()) {
    receivers += deliver(found->second, [&](resp::Writer& writer) {
      writer.push(3);
      writer.bulk(kind == ChannelKind::shard ? "smessage" : "message");
      writer.bulk(channel);
      writer.bulk(message);
    });
  }
  if (kind == ChannelKind::shard) return receivers;
  for (const auto& [pattern, listeners] : channels(ChannelKind::pattern)) {
    if (!base::glob_matches(pattern, channel)) continue;
    receivers += deliver(listeners, [&, &matched = pattern](resp::Writer& writer) {
      writer.push(4);
      writer.bulk("pmessage");
      writer.bulk(matched);
      writer.bulk(channel);
      writer.bulk(message);
    });
  }
  return receivers;
}

std::size_t PubSub::subscribers(ChannelKind kind, std::string_view name) const {
  const auto found = channels(kind).find(name);
  return found == channels(kind).end() ? 0 : found->second.size();
}

}  // namespace larder::server
