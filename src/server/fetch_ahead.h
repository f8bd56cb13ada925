// Asks for the memory that parsed commands are going to use before the first of them runs: the
// buckets of their keys, the entries, the objects of collections, the elements in them. Each step
// reads what the one before it has asked for, of all commands: nothing is waited for.
#pragma once

#include <cstddef>
#include <span>

namespace larder::server {

struct Client;
struct Gathered;
class Server;

// Finds the first key of each command of the scratch memory from `first_command` on, all sent by
// `client`, and asks for its bucket. Returns whether any of them may be a collection.
bool fetch_buckets(Server& server, const Client& client, std::size_t first_command);

// The steps that follow, for commands whose buckets have been asked for.
// REQUIRES: nothing changes the keyspace meanwhile.
void fetch_entries(Server& server, std::span<const Gathered> batches);

}  // namespace larder::server
