#include "control/debug_reload.h"

#include "base/log.h"
#include "command/arguments.h"
#include "script/engine.h"
#include "server/append_only_log.h"
#include "server/call.h"
#include "server/loading.h"
#include "server/server.h"
#include "server/snapshots.h"

namespace larder::control {

void debug_reload(command::Context& ctx, command::Args args) {
  bool merges = false;
  bool flushes = true;
  bool saves = true;
  command::ArgReader reader(args, 2);
  while (reader.has_more()) {
    if (reader.take("merge")) {
      merges = true;
    } else if (reader.take("noflush")) {
      flushes = false;
    } else if (reader.take("nosave")) {
      saves = false;
    } else {
      reader.fail("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  if (!reader.ok()) return ctx.reply.error(reader.error());

  auto& server = server::call_of(ctx).server;
  if (saves && !server.snapshots().save()) return ctx.reply.error("ERR");
  if (flushes) {
    ctx.keyspace.clear(false);
    server.scripts().flush_functions(false);
  }
  const auto loaded = server.loading().load(ctx.settings.dbfilename, {.replaces_keys = merges});
  if (!loaded) {
    log::warning("{}", loaded.error().reason);
    return ctx.reply.error("ERR Error trying to load the RDB dump, check server logs.");
  }
  log::warning("DB reloaded by DEBUG RELOAD");
  ctx.reply.ok();
}

void debug_load_log(command::Context& ctx, command::Args) {
  auto& log = server::call_of(ctx).server.append_only();
  if (auto loaded = log.reload(); !loaded) {
    log::warning("{}", loaded.error());
    return ctx.reply.error("ERR Error trying to load the AOF files, check server logs.");
  }
  log::warning("Append Only File loaded by DEBUG LOADAOF");
  ctx.reply.ok();
}

}  // namespace larder::control
