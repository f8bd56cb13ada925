// CONFIG: the settings, from a client.
#include "control/config.h"

#include "base/numbers.h"
#include "command/context.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "server/call.h"
#include "server/server.h"
#include "settings/definition.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
namespace flag = command::flag;

void get(Context& ctx, Args args) {
  reply_config_get(call_of(ctx).server.settings_table(), args, ctx.reply);
}

void set(Context& ctx, Args args) {
  auto& call = call_of(ctx);
  const bool may_set_protected =
      is_allowed(ctx.settings.enable_protected_configs, server::is_local(call.client));
  reply_config_set(call.server.settings_table(), args,
                   {.may_set_protected = may_set_protected, .is_loading = false}, ctx.reply);
}

// Settings that are kept out of logs, by any of their names.
bool is_sensitive(std::string_view name) {
  for (const auto section : settings::definitions()) {
    for (const auto& definition : section) {
      if (!definition.sensitive) continue;
      for (const auto known : {definition.name, definition.aliases[0], definition.aliases[1]}) {
        if (base::equal_ignoring_case(known, name)) return true;
      }
    }
  }
  return false;
}

bool is_secret_value(Args args, std::size_t index) {
  return index >= 3 && index % 2 == 1 && is_sensitive(args[index - 1]);
}

void rewrite(Context& ctx, Args) {
  auto& server = call_of(ctx).server;
  reply_config_rewrite(server.settings_table(), server.identity().config_file, ctx.reply);
}

void resetstat(Context& ctx, Args) {
  call_of(ctx).server.reset_statistics();
  ctx.reply.ok();
}

constexpr auto kGroup = command::Group::server;
constexpr auto kFlags = flag::admin | flag::noscript | flag::loading | flag::stale;
constexpr std::string_view kOnAll = "request_policy:all_nodes response_policy:all_succeeded";

constexpr command::Spec kSubcommands[] = {
    {.name = "get",
     .arity = -3,
     .group = kGroup,
     .since = "2.0.0",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of settings",
     .summary = "Returns settings by name or pattern.",
     .arguments = "(parameter)+",
     .handler = get},
    command::help_spec(kGroup, "5.0.0"),
    {.name = "resetstat",
     .arity = 2,
     .group = kGroup,
     .since = "2.0.0",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Sets the counters of INFO back to zero.",
     .tips = kOnAll,
     .handler = resetstat},
    {.name = "rewrite",
     .arity = 2,
     .group = kGroup,
     .since = "2.8.0",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Writes the settings in force into the configuration file.",
     .tips = kOnAll,
     .handler = rewrite},
    {.name = "set",
     .arity = -4,
     .group = kGroup,
     .since = "2.0.0",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of settings given",
     .summary = "Changes settings, all of them or none.",
     .arguments = "(parameter value)+",
     .tips = kOnAll,
     .is_secret = is_secret_value,
     .handler = set},
};

constexpr command::Spec kSpecs[] = {
    {.name = "config",
     .arity = -2,
     .group = kGroup,
     .since = "2.0.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about settings.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> config_commands() { return kSpecs; }

}  // namespace larder::control
