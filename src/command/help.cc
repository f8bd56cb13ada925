#include "command/help.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/numbers.h"
#include "command/context.h"
#include "command/table.h"

namespace larder::command {

void reply_help(Context& context, Args args) {
  const auto* container = context.table.find(args[0]);
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                              base::to_upper(container->spec->name)));
  for (const auto& subcommand : container->subcommands) {
    const auto& spec = *subcommand->spec;
    const auto name = base::to_upper(spec.name);
    lines.push_back(spec.arguments.empty() ? name : fmt::format("{} {}", name, spec.arguments));
    lines.push_back(fmt::format("    {}", spec.summary));
  }
  context.reply.array(lines.size());
  for (const auto& line : lines) context.reply.simple(line);
}

}  // namespace larder::command
