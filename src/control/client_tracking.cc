#include "control/client_tracking.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/numbers.h"
#include "command/arguments.h"
#include "command/context.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
using server::TrackingMode;

constexpr std::string_view kOtherMode =
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then "
    "re-enabling it with a different mode.";
constexpr std::string_view kOtherOpt =
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then "
    "re-enabling it with a different mode.";

// Reads REDIRECT's number. Nobody may be told who is not there.
void read_redirect(server::Call& call, command::ArgReader& reader, TrackingMode& mode) {
  if (mode.redirect != 0) {
    return reader.fail("ERR A client can only redirect to a single other client");
  }
  const auto id = reader.integer();
  if (!reader.ok()) return;
  if (call.server.clients().find(static_cast<std::uint64_t>(id)) == nullptr) {
    return reader.fail("ERR The client ID you want redirect to does not exist");
  }
  mode.redirect = static_cast<std::uint64_t>(id);
}

std::optional<TrackingMode> read_mode(server::Call& call, Args args) {
  TrackingMode mode;
  command::ArgReader reader(args, 3);
  while (reader.has_more()) {
    if (reader.take("redirect")) {
      read_redirect(call, reader, mode);
    } else if (reader.take("bcast")) {
      mode.broadcast = true;
    } else if (reader.take("optin")) {
      mode.opt_in = true;
    } else if (reader.take("optout")) {
      mode.opt_out = true;
    } else if (reader.take("noloop")) {
      mode.no_loop = true;
    } else if (reader.take("prefix")) {
      mode.prefixes.emplace_back(reader.next());
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (reader.ok()) return mode;
  call.reply.error(reader.error());
  return std::nullopt;
}

// What is wrong with these options together, or with a change to them; empty where nothing is.
std::string_view contradiction(const TrackingMode& mode, const TrackingMode* now) {
  if (!mode.broadcast && !mode.prefixes.empty()) {
    return "ERR PREFIX option requires BCAST mode to be enabled";
  }
  if (now != nullptr && now->broadcast != mode.broadcast) return kOtherMode;
  if (mode.broadcast && (mode.opt_in || mode.opt_out)) {
    return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  }
  if (mode.opt_in && mode.opt_out) {
    return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  }
  if (now != nullptr && ((mode.opt_in && now->opt_out) || (mode.opt_out && now->opt_in))) {
    return kOtherOpt;
  }
  return {};
}

bool overlap(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

// A key must be told of once. Answers the error where two prefixes would both match it.
bool check_prefixes(Context& ctx, const TrackingMode& mode, const TrackingMode* now) {
  for (std::size_t i = 0; i < mode.prefixes.size(); ++i) {
    const auto& prefix = mode.prefixes[i];
    for (const auto& other : now == nullptr ? std::vector<std::string>() : now->prefixes) {
      if (!overlap(prefix, other)) continue;
      ctx.reply.error(
          fmt::format("ERR Prefix '{}' overlaps with an existing prefix '{}'. Prefixes for a "
                      "single client must not overlap.",
                      prefix, other));
      return false;
    }
    for (std::size_t j = i + 1; j < mode.prefixes.size(); ++j) {
      if (!overlap(prefix, mode.prefixes[j])) continue;
      ctx.reply.error(
          fmt::format("ERR Prefix '{}' overlaps with another provided prefix '{}'. Prefixes for a "
                      "single client must not overlap.",
                      prefix, mode.prefixes[j]));
      return false;
    }
  }
  return true;
}

}  // namespace

void client_tracking(Context& ctx, Args args) {
  auto& call = call_of(ctx);
  auto mode = read_mode(call, args);
  if (!mode) return;
  const auto* now = call.client.tracking.get();
  if (base::equal_ignoring_case(args[2], "on")) {
    if (const auto error = contradiction(*mode, now); !error.empty()) return ctx.reply.error(error);
    if (!check_prefixes(ctx, *mode, now)) return;
    call.server.tracking().start(call.connection, std::move(*mode));
  } else if (base::equal_ignoring_case(args[2], "off")) {
    call.server.tracking().stop(call.connection);
  } else {
    return ctx.reply.error(command::errors::kSyntax);
  }
  call.server.listen_to_changes();
  ctx.reply.ok();
}

void client_caching(Context& ctx, Args args) {
  auto* mode = call_of(ctx).client.tracking.get();
  if (mode == nullptr || (!mode->opt_in && !mode->opt_out)) {
    return ctx.reply.error(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
        "OPTOUT mode enabled");
  }
  const bool yes = base::equal_ignoring_case(args[2], "yes");
  if (!yes && !base::equal_ignoring_case(args[2], "no")) {
    return ctx.reply.error(command::errors::kSyntax);
  }
  if (yes && !mode->opt_in) {
    return ctx.reply.error(
        "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  }
  if (!yes && !mode->opt_out) {
    return ctx.reply.error(
        "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
  }
  mode->caching = true;
  ctx.reply.ok();
}

void client_getredir(Context& ctx, Args) {
  const auto* mode = call_of(ctx).client.tracking.get();
  ctx.reply.integer(mode == nullptr ? -1 : static_cast<std::int64_t>(mode->redirect));
}

void client_trackinginfo(Context& ctx, Args) {
  const auto* mode = call_of(ctx).client.tracking.get();
  std::vector<std::string_view> flags;
  flags.emplace_back(mode == nullptr ? "off" : "on");
  if (mode != nullptr) {
    if (mode->broadcast) flags.emplace_back("bcast");
    if (mode->opt_in) flags.emplace_back("optin");
    if (mode->opt_in && mode->caching) flags.emplace_back("caching-yes");
    if (mode->opt_out) flags.emplace_back("optout");
    if (mode->opt_out && mode->caching) flags.emplace_back("caching-no");
    if (mode->no_loop) flags.emplace_back("noloop");
    if (mode->broken_redirect) flags.emplace_back("broken_redirect");
  }
  ctx.reply.map(3);
  ctx.reply.bulk("flags");
  ctx.reply.set(flags.size());
  for (const auto flag : flags) ctx.reply.bulk(flag);
  ctx.reply.bulk("redirect");
  ctx.reply.integer(mode == nullptr ? -1 : static_cast<std::int64_t>(mode->redirect));
  ctx.reply.bulk("prefixes");
  ctx.reply.array(mode == nullptr ? 0 : mode->prefixes.size());
  if (mode == nullptr) return;
  for (const auto& prefix : mode->prefixes) ctx.reply.bulk(prefix);
}

}  // namespace larder::control
