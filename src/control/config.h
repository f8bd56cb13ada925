// What CONFIG does, apart from where the server keeps it: each function answers one subcommand from
// a table of settings.
#pragma once

#include <string>

#include "command/spec.h"
#include "resp/writer.h"
#include "settings/table.h"

namespace larder::control {

// CONFIG GET pattern ...
void reply_config_get(const settings::Table& table, command::Args args, resp::Writer& reply);

// CONFIG SET name value ...
void reply_config_set(settings::Table& table, command::Args args, settings::Table::Caller caller,
                      resp::Writer& reply);

// CONFIG REWRITE, of the file that the server was started with; empty: none.
void reply_config_rewrite(const settings::Table& table, const std::string& file,
                          resp::Writer& reply);

// Whether what a setting guards is open to a client.
bool is_allowed(settings::Allow allow, bool is_local_client) noexcept;

}  // namespace larder::control
