#include "server/debug_sessions.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "base/log.h"
#include "script/engine.h"
#include "server/call.h"
#include "server/child_process.h"
#include "server/connection.h"
#include "server/debug_link.h"
#include "server/limits.h"
#include "server/server.h"
#include "server/snapshots.h"

namespace larder::server {

DebugSessions::DebugSessions(Server& server) : server_(server) {
  server_.scripts().set_debug_sessions(this);
}

DebugSessions::~DebugSessions() { server_.scripts().set_debug_sessions(nullptr); }

bool DebugSessions::is_on(command::Context& context) const {
  return !modes_.empty() && modes_.contains(call_of(context).client.id);
}

// A session's replies are sent at once: nothing may stand before them.
bool DebugSessions::is_in_pipeline(const Call& call) const {
  return call.connection.output_bytes() != 0 || !server_.scratch().reply.empty();
}

std::string_view DebugSessions::set_mode(command::Context& context, script::DebugMode mode) {
  auto& call = call_of(context);
  if (is_in_pipeline(call)) return "ERR SCRIPT DEBUG must be called outside a pipeline";
  std::erase_if(modes_, [this](const auto& entry) {  // of clients that are gone
    return server_.clients().find(entry.first) == nullptr;
  });
  modes_.erase(call.client.id);
  if (mode != script::DebugMode::off) modes_.emplace(call.client.id, mode);
  return {};
}

void DebugSessions::run(command::Context& context, Session session) {
  auto& call = call_of(context);
  if (is_in_pipeline(call)) {
    return call.reply.error("ERR EVAL must be called outside a pipeline for debugging");
  }
  modes_.at(call.client.id) == script::DebugMode::synchronous ? run_here(call, session)
                                                              : run_in_copy(call, session);
}

void DebugSessions::run_here(Call& call, Session session) {
  const auto& client = call.client;
  log::notice("Client id={} addr={} debugs a script, everybody else waits", client.id,
              client.peer_address);
  int signal = 0;
  {
    const InterruptWatch watch{SIGINT, SIGTERM};
    DebugLink link(call.connection.fd(), &watch);
    session(link);
    signal = watch.signal();
  }
  call.connection.close_after_replies();
  log::notice("Client id={} has debugged a script", client.id);
  if (signal != 0) ::raise(signal);  // the loop hears it now
}

void DebugSessions::run_in_copy(Call& call, Session session) {
  auto& connection = call.connection;
  const auto id = call.client.id;
  if (copies_.size() >= limits::kDebugSessions) {
    return call.reply.error("ERR Too many scripts are being debugged");
  }
  if (server_.keyspace().lazyfree_pending_objects() != 0) {
    return call.reply.error("ERR Memory is being freed, try again");
  }
  const auto work = [&](ChildReporter&) {
    become_copy();
    DebugLink link(connection.fd(), nullptr);
    session(link);
    link.tell(call.reply.buffer().view());
    return true;
  };
  auto copy = ChildProcess::start(
      server_.loop(), work,
      [this, id](const ChildEnd&) {
        log::notice("Client id={} has debugged a script", id);
        copies_.erase(id);
      },
      connection.fd());
  if (!copy) {
    return call.reply.error(fmt::format("ERR Fork() failed: can't run EVAL in debugging mode: {}",
                                        std::strerror(copy.error())));
  }
  log::notice("Client id={} addr={} debugs a script in a copy of the server, pid {}", id,
              call.client.peer_address, (*copy)->pid());
  copies_.emplace(id, std::move(*copy));
  connection.close_soon();  // here: it is the copy's now
}

// Nobody journals or saves what it changes, and it has no thread to free what it removes. REQUIRES:
// that thread held nothing at the fork.
void DebugSessions::become_copy() {
  server_.listen_to_journal(false);
  server_.snapshots().forget_child();
  server_.keyspace().set_lazy_free({.expired = false, .evicted = false, .replaced = false});
  server_.snapshots().prepare_child(ChildTask::debugging);
}

}  // namespace larder::server
