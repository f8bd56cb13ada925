// COMMAND DOCS and docs/commands.md: the documentation of commands, both made from the specs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/context.h"
#include "command/table.h"

namespace larder::control {

void reply_docs(command::Context& ctx, command::Args args);

// The manual of all commands, by group.
std::string commands_markdown(const command::Table& table);

std::vector<std::string_view> words_of(std::string_view text);

}  // namespace larder::control
