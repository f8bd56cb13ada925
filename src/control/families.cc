#include "control/families.h"

#include "base/numbers.h"
#include "families/families.h"
#include "script/commands.h"

namespace larder::control {

std::vector<std::span<const command::Spec>> all_families() {
  std::vector<std::span<const command::Spec>> all;
  for (const auto family : families::all()) all.push_back(family);
  for (const auto family : {script::eval_commands(), script::script_commands(),
                            script::function_commands(), script::fcall_commands()}) {
    all.push_back(family);
  }
  for (const auto family :
       {about_commands(),       session_commands(),       client_commands(),
        config_commands(),      introspection_commands(), info_commands(),
        memory_commands(),      stats_commands(),         hot_keys_commands(),
        debug_commands(),       wait_commands(),          migrate_commands(),
        transaction_commands(), pubsub_commands(),        command_log_commands(),
        latency_commands(),     module_commands(),        monitor_commands(),
        persistence_commands(), lifecycle_commands()}) {
    all.push_back(family);
  }
  return all;
}

std::string check_rename(const settings::RenamedCommand& renamed) {
  bool is_known = false;
  for (const auto family : all_families()) {
    for (const auto& spec : family) {
      if (base::equal_ignoring_case(spec.name, renamed.to))
        return "Target command name already exists";
      is_known = is_known || base::equal_ignoring_case(spec.name, renamed.from);
    }
  }
  return is_known ? "" : "No such command in rename-command";
}

}  // namespace larder::control
