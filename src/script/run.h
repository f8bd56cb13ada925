// One run of a script or function: for whom, under which rules, and how it stands.
#pragma once

#include <string_view>

#include "command/context.h"
#include "resp/writer.h"

namespace larder::script {

struct Run {
  command::Context& context;
  command::Executor& executor;
  std::string_view name;  // a script's SHA1 in hexadecimal, or a function's name
  command::RunningScript::Kind kind = command::RunningScript::Kind::script;
  command::ScriptRules rules;
  resp::Protocol protocol = resp::Protocol::resp2;  // of replies to the script: redis.setresp()
};

}  // namespace larder::script
