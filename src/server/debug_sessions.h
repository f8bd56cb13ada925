// Where scripts are debugged (SCRIPT DEBUG): in a forked copy of the server for each session, or in
// the server itself, which stands still meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "script/debugging.h"

namespace larder::server {

class Call;
class ChildProcess;
class Server;

class DebugSessions final : public script::DebugSessions {
 public:
  // `server` outlives it.
  explicit DebugSessions(Server& server);
  ~DebugSessions();

  bool is_on(command::Context& context) const override;
  std::string_view set_mode(command::Context& context, script::DebugMode mode) override;
  void run(command::Context& context, Session session) override;

 private:
  bool is_in_pipeline(const Call& call) const;
  void run_here(Call& call, Session session);
  void run_in_copy(Call& call, Session session);
  void become_copy();

  Server& server_;
  std::unordered_map<std::uint64_t, script::DebugMode> modes_;  // by the client's id; none is off
  std::map<std::uint64_t, std::unique_ptr<ChildProcess>> copies_;  // by the client's id
};

}  // namespace larder::server
