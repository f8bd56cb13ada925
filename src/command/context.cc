#include "command/context.h"

namespace larder::command {

void reply_on_timeout(resp::Writer& reply, Wait::OnTimeout answer) {
  switch (answer) {
    case Wait::OnTimeout::null:
      return reply.null();
    case Wait::OnTimeout::null_array:
      return reply.null_array();
    case Wait::OnTimeout::zero:
    case Wait::OnTimeout::counts:
      return reply.integer(0);
  }
}

void Context::wait_for(const Wait& wait) {
  if (ports_.waiting != nullptr && ports_.waiting->wait(*this, wait)) return;
  reply_on_timeout(reply, wait.if_refused.value_or(wait.on_timeout));
}

}  // namespace larder::command
