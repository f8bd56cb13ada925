#include "control/command_docs.h"

#include <fmt/format.h>

#include <map>

#include "base/check.h"
#include "base/numbers.h"
#include "command/grammar.h"
#include "command/names.h"

namespace larder::control {
namespace {

using command::Argument;
using command::Command;

std::vector<Argument> arguments_of(const command::Spec& spec) {
  auto arguments = command::parse_arguments(spec);
  CHECK(arguments.has_value(), arguments.error());
  return std::move(*arguments);
}

void reply_field(resp::Writer& reply, std::string_view name, std::string_view value) {
  reply.bulk(name);
  reply.bulk(value);
}

std::vector<std::string_view> flags_of(const Argument& argument) {
  std::vector<std::string_view> flags;
  if (argument.optional) flags.push_back("optional");
  if (argument.multiple) flags.push_back("multiple");
  if (argument.multiple_token) flags.push_back("multiple_token");
  return flags;
}

void reply_arguments(resp::Writer& reply, const std::vector<Argument>& arguments) {
  reply.array(arguments.size());
  for (const auto& argument : arguments) {
    auto map = reply.defer();
    std::size_t fields = 2;
    reply_field(reply, "name", argument.name);
    reply_field(reply, "type", argument.type);
    if (argument.children.empty()) {
      reply_field(reply, "display_text", argument.name);
      ++fields;
    }
    if (argument.key_spec_index >= 0) {
      reply.bulk("key_spec_index");
      reply.integer(argument.key_spec_index);
      ++fields;
    }
    if (!argument.token.empty()) {
      reply_field(reply, "token", argument.token);
      ++fields;
    }
    if (const auto flags = flags_of(argument); !flags.empty()) {
      reply.bulk("flags");
      reply.set(flags.size());
      for (const auto flag : flags) reply.simple(flag);
      ++fields;
    }
    if (!argument.children.empty()) {
      reply.bulk("arguments");
      reply_arguments(reply, argument.children);
      ++fields;
    }
    map.close_map(fields);
  }
}

void reply_doc(resp::Writer& reply, const Command& command) {
  const auto& spec = *command.spec;
  auto map = reply.defer();
  std::size_t fields = 4;
  reply_field(reply, "summary", spec.summary);
  reply_field(reply, "since", spec.since);
  reply_field(reply, "group", command::group_name(spec.group));
  reply_field(reply, "complexity", spec.complexity);
  if (!spec.deprecated_since.empty()) {
    reply.bulk("doc_flags");
    reply.set(1);
    reply.simple("deprecated");
    reply_field(reply, "deprecated_since", spec.deprecated_since);
    reply_field(reply, "replaced_by", spec.replaced_by);
    fields += 3;
  }
  if (!spec.arguments.empty()) {
    reply.bulk("arguments");
    reply_arguments(reply, arguments_of(spec));
    ++fields;
  }
  if (!command.subcommands.empty()) {
    reply.bulk("subcommands");
    reply.map(command.subcommands.size());
    for (const auto& subcommand : command.subcommands) {
      reply.bulk(subcommand->full_name);
      reply_doc(reply, *subcommand);
    }
    ++fields;
  }
  map.close_map(fields);
}

std::string syntax_of(const Command& command) {
  auto name = base::to_upper(command.full_name);
  if (const auto bar = name.find('|'); bar != std::string::npos) name[bar] = ' ';
  const auto& arguments = command.spec->arguments;
  return arguments.empty() ? name : fmt::format("{} {}", name, arguments);
}

void append_command(std::string& text, const Command& command) {
  const auto& spec = *command.spec;
  if (spec.handler != nullptr) {
    text += fmt::format("### `{}`\n\n{} Since {}. {}{}\n\n", syntax_of(command), spec.summary,
                        spec.since, spec.complexity, spec.complexity.ends_with('.') ? "" : ".");
    if (!spec.deprecated_since.empty()) {
      text += fmt::format("Deprecated since {}; instead: {}.\n\n", spec.deprecated_since,
                          spec.replaced_by);
    }
  }
  for (const auto& subcommand : command.subcommands) append_command(text, *subcommand);
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end != 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void reply_docs(command::Context& ctx, command::Args args) {
  std::vector<const Command*> wanted;
  if (args.size() == 2) wanted = ctx.table.all();
  for (const auto name : args.subspan(2)) {
    if (const auto* command = ctx.table.named(name)) wanted.push_back(command);
  }
  ctx.reply.map(wanted.size());
  for (const auto* command : wanted) {
    ctx.reply.bulk(command->full_name);
    reply_doc(ctx.reply, *command);
  }
}

std::string commands_markdown(const command::Table& table) {
  std::map<std::string_view, std::vector<const Command*>> groups;
  for (const auto* command : table.all())
    groups[command::group_name(command->spec->group)].push_back(command);
  std::string text =
      "# Commands\n\nMade from the table of commands; `larder-docs commands` prints it. A word in "
      "capitals is written as "
      "it stands, others are arguments with their type behind a colon where it is not a string; "
      "`[x]` may be left out, "
      "`<a|b>` is one of them, `(x)+` once or more often.\n";
  for (const auto& [group, commands] : groups) {
    text += fmt::format("\n## {}\n\n", group);
    for (const auto* command : commands) append_command(text, *command);
    text.pop_back();
  }
  return text;
}

}  // namespace larder::control
