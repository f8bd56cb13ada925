#include "server/fetch_ahead.h"

#include "server/connection.h"
#include "server/server.h"
#include "server/turn.h"
#include "value/object.h"

namespace larder::server {
namespace {

// Calls visit(database, command) for the commands of `batches` that have a key.
template <class Visit>
void for_each_keyed(Server& server, std::span<const Gathered> batches, Visit visit) {
  auto& commands = server.scratch().batch;
  for (const auto& batch : batches) {
    if (batch.connection == nullptr) continue;
    const auto& database = server.keyspace().database(batch.connection->client().database);
    for (std::size_t i = 0; i < batch.command_count; ++i) {
      auto& command = commands[batch.first_command + i];
      if (command.key.hash != 0) visit(database, command);
    }
  }
}

std::string_view element_of(const Scratch& scratch, const ParsedCommand& command) {
  const auto index = static_cast<std::uint32_t>(command.command->spec->element);
  if (index == 0 || index >= command.argument_count) return {};
  return scratch.arguments[command.first_argument + index];
}

void fetch_elements(Server& server, std::span<const Gathered> batches) {
  for_each_keyed(server, batches, [](const auto& database, ParsedCommand& command) {
    if (!command.command->is_of_collections) return;
    command.object = database.prefetch_object(command.key.hash);
  });
  const auto& scratch = server.scratch();
  for (unsigned step = 0; step < value::Object::kPrefetchSteps; ++step) {
    for_each_keyed(server, batches, [&](const auto&, const ParsedCommand& command) {
      if (command.object != nullptr) command.object->prefetch(element_of(scratch, command), step);
    });
  }
}

}  // namespace

bool fetch_buckets(Server& server, const Client& client, std::size_t first_command) {
  bool has_collections = false;
  auto& scratch = server.scratch();
  const auto& database = server.keyspace().database(client.database);
  for (auto i = first_command; i < scratch.batch.size(); ++i) {
    auto& entry = scratch.batch[i];
    if (entry.command == nullptr || entry.command->first_key <= 0) continue;
    const auto index = static_cast<std::uint32_t>(entry.command->first_key);
    if (index >= entry.argument_count) continue;
    entry.key = server.keyspace().key(scratch.arguments[entry.first_argument + index]);
    database.prefetch_bucket(entry.key.hash);
    has_collections |= entry.command->is_of_collections;
    if (client.tracking != nullptr && !client.tracking->broadcast) [[unlikely]] {
      server.tracking().prefetch(entry.key.hash);
    }
  }
  return has_collections;
}

void fetch_entries(Server& server, std::span<const Gathered> batches) {
  bool has_collections = false;
  for (const auto& batch : batches) has_collections |= batch.has_collections;
  for_each_keyed(server, batches, [](const auto& database, const ParsedCommand& command) {
    database.prefetch_entry(command.key.hash);
  });
  if (has_collections) fetch_elements(server, batches);
}

}  // namespace larder::server
