// Holds the parts of the keyspace that `quota` settings name to their limits: what is too much is
// evicted by the part's own policy, or the commands that would add to it are refused.
#pragma once

#include <string>

#include "base/result.h"
#include "command/spec.h"
#include "keyspace/keyspace.h"

namespace larder::server {

class Server;

class Quotas {
 public:
  Quotas(Server& server, keyspace::Keyspace& keyspace) noexcept
      : server_(server), keyspace_(keyspace) {}

  // Takes the settings over. The failure is a text for whoever set them.
  base::Result<void> apply();
  // Likewise which values are compressed where no quota says so.
  void apply_compression();

  // Whether some part may be over its limit.
  bool is_any_full() const noexcept {
    const auto* parts = keyspace_.parts();
    return parts != nullptr && parts->is_any_full();
  }
  // To be called before each command while is_any_full(). Bounded in time, as maxmemory's rounds
  // are; goes on between the turns of the loop.
  void make_room();
  // The error for a command that would add to a part which is full and evicts nothing; empty where
  // it may run.
  std::string refusal(const command::Spec& spec, command::Args args, int database);

 private:
  void go_on_later();

  Server& server_;
  keyspace::Keyspace& keyspace_;
  bool goes_on_ = false;  // a further round is posted
};

}  // namespace larder::server
