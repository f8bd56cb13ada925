#include "control/client_info.h"

#include <fmt/format.h>

namespace larder::control {

std::string client_flags(const server::Connection& connection) {
  const auto& client = connection.client();
  std::string flags;
  if (client.is_monitor) flags += 'O';
  if (client.client_class == server::ClientClass::replica) flags += 'S';
  if (client.client_class == server::ClientClass::pubsub) flags += 'P';
  if (client.is_queueing()) flags += 'x';
  if (connection.is_blocked()) flags += 'b';
  if (connection.is_closing_after_replies()) flags += 'c';
  if (const auto* mode = client.tracking.get()) {
    flags += 't';
    if (mode->broken_redirect) flags += 'R';
    if (mode->broadcast) flags += 'B';
  }
  if (client.is_unix_socket) flags += 'U';
  if (client.no_evict) flags += 'e';
  if (client.no_touch) flags += 'T';
  if (client.import_source) flags += 'I';
  return flags.empty() ? "N" : flags;
}

std::string_view client_type(const server::Connection& connection) {
  switch (connection.client().client_class) {
    case server::ClientClass::replica:
      return "replica";
    case server::ClientClass::pubsub:
      return "pubsub";
    case server::ClientClass::normal:
      break;
  }
  return "normal";
}

namespace {

std::int64_t queued_commands(const server::Client& client) {
  return client.is_queueing() ? static_cast<std::int64_t>(client.transaction->size()) : -1;
}

std::size_t subscribed(const server::Client& client, server::ChannelKind kind) {
  return client.subscriptions == nullptr ? 0 : client.subscriptions->of(kind).size();
}

}  // namespace

std::string client_line(const server::Connection& connection, base::UnixMs now) {
  const auto& client = connection.client();
  const bool writes = connection.output_bytes() != 0;
  return fmt::format(
      "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} "
      "multi={} watch={} "
      "qbuf={} qbuf-free={} argv-mem={} multi-mem={} rbs={} rbp=0 obl=0 oll={} omem={} tot-mem={} "
      "events={} cmd={} "
      "user=default redir={} resp={} lib-name={} lib-ver={} tot-net-in={} tot-net-out={} "
      "tot-cmds={}",
      client.id, client.peer_address, client.local_address, connection.fd(), client.name,
      (now - client.created_ms) / 1000, (now - client.last_active_ms) / 1000,
      client_flags(connection), client.database, subscribed(client, server::ChannelKind::plain),
      subscribed(client, server::ChannelKind::pattern),
      subscribed(client, server::ChannelKind::shard), queued_commands(client), client.watched_keys,
      connection.unparsed_bytes(), connection.input_free_bytes(), connection.argument_bytes(),
      client.is_queueing() ? client.transaction->argument_bytes() : 0, connection.output_capacity(),
      writes ? 1 : 0, connection.output_bytes(), connection.memory_bytes(), writes ? "rw" : "r",
      client.last_command == nullptr ? "NULL" : client.last_command->full_name,
      client.tracking == nullptr ? -1 : static_cast<std::int64_t>(client.tracking->redirect),
      static_cast<int>(client.protocol), client.library_name, client.library_version,
      client.bytes_in, client.bytes_out, client.commands);
}

}  // namespace larder::control
