// The lists of commands that steer the server, and the one list of all commands that main hands to
// it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "command/spec.h"
#include "settings/settings.h"

namespace larder::control {

std::span<const command::Spec> about_commands();  // TIME, LOLWUT
std::span<const command::Spec> session_commands();
std::span<const command::Spec> client_commands();
std::span<const command::Spec> config_commands();
std::span<const command::Spec> introspection_commands();  // COMMAND
std::span<const command::Spec> info_commands();
std::span<const command::Spec> memory_commands();
std::span<const command::Spec> stats_commands();  // STATS, BIGKEYS
std::span<const command::Spec> hot_keys_commands();
std::span<const command::Spec> debug_commands();
std::span<const command::Spec> pubsub_commands();
std::span<const command::Spec> transaction_commands();
std::span<const command::Spec> wait_commands();  // WAIT
std::span<const command::Spec> migrate_commands();
std::span<const command::Spec> command_log_commands();  // SLOWLOG, COMMANDLOG
std::span<const command::Spec> latency_commands();
std::span<const command::Spec> module_commands();
std::span<const command::Spec> monitor_commands();
std::span<const command::Spec> persistence_commands();  // SAVE and its like
std::span<const command::Spec> lifecycle_commands();    // SHUTDOWN and its like

// What is wrong with a `rename-command`, or empty.
std::string check_rename(const settings::RenamedCommand& renamed);

// Every command of this server, data and control.
std::vector<std::span<const command::Spec>> all_families();

}  // namespace larder::control
