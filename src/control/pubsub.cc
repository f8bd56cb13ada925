// SUBSCRIBE, PUBLISH and their kind. In RESP2 a subscriber may only use the first ones, PING, QUIT
// and RESET: the dispatcher sees to it by their flag.
#include "server/pubsub.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/glob.h"
#include "command/context.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using server::call_of;
using server::ChannelKind;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

constexpr std::string_view kPrefixes[server::kChannelKinds] = {"", "p", "s"};

// "subscribe", "punsubscribe" and so on: the first element of a confirmation.
std::string word(ChannelKind kind, std::string_view verb) {
  return std::string(kPrefixes[static_cast<std::size_t>(kind)]) += verb;
}

void write_confirmation(const server::Client& client, ChannelKind kind, std::string_view verb,
                        const std::string_view* name, resp::Writer& writer) {
  const auto* subscriptions = client.subscriptions.get();
  writer.push(3);
  writer.bulk(word(kind, verb));
  name == nullptr ? writer.null() : writer.bulk(*name);
  writer.integer(
      subscriptions == nullptr ? 0 : static_cast<std::int64_t>(subscriptions->shown_with(kind)));
}

// A confirmation is a message as those of channels are: who wants no replies gets it nevertheless.
void confirm(server::Call& call, ChannelKind kind, std::string_view verb,
             const std::string_view* name) {
  if (call.client.reply_mode == server::ReplyMode::on) {
    return write_confirmation(call.client, kind, verb, name, call.reply);
  }
  base::ByteBuffer bytes;
  resp::Writer writer(bytes, call.client.protocol);
  write_confirmation(call.client, kind, verb, name, writer);
  call.connection.push(bytes.view());
}

void subscribe_to(Context& ctx, Args args, ChannelKind kind) {
  auto& call = call_of(ctx);
  for (const auto& name : args.subspan(1)) {
    call.server.pubsub().subscribe(call.connection, kind, name);
    confirm(call, kind, "subscribe", &name);
  }
}

void unsubscribe_from(Context& ctx, Args args, ChannelKind kind) {
  auto& call = call_of(ctx);
  std::vector<std::string> all;
  if (args.size() == 1 && call.client.subscriptions != nullptr) {
    const auto& names = call.client.subscriptions->of(kind);
    all.assign(names.begin(), names.end());
  }
  std::vector<std::string_view> names(all.begin(), all.end());
  if (args.size() > 1) names.assign(args.begin() + 1, args.end());
  for (const auto& name : names) {
    call.server.pubsub().unsubscribe(call.connection, kind, name);
    confirm(call, kind, "unsubscribe", &name);
  }
  if (names.empty()) confirm(call, kind, "unsubscribe", nullptr);
}

void subscribe(Context& ctx, Args args) { subscribe_to(ctx, args, ChannelKind::plain); }
void psubscribe(Context& ctx, Args args) { subscribe_to(ctx, args, ChannelKind::pattern); }
void ssubscribe(Context& ctx, Args args) { subscribe_to(ctx, args, ChannelKind::shard); }
void unsubscribe(Context& ctx, Args args) { unsubscribe_from(ctx, args, ChannelKind::plain); }
void punsubscribe(Context& ctx, Args args) { unsubscribe_from(ctx, args, ChannelKind::pattern); }
void sunsubscribe(Context& ctx, Args args) { unsubscribe_from(ctx, args, ChannelKind::shard); }

void publish_to(Context& ctx, Args args, ChannelKind kind) {
  const auto receivers = call_of(ctx).server.pubsub().publish(kind, args[1], args[2]);
  ctx.reply.integer(static_cast<std::int64_t>(receivers));
}

void publish(Context& ctx, Args args) { publish_to(ctx, args, ChannelKind::plain); }
void spublish(Context& ctx, Args args) { publish_to(ctx, args, ChannelKind::shard); }

// --- PUBSUB

void list_channels(Context& ctx, Args args, ChannelKind kind) {
  if (args.size() > 3) {
    return ctx.reply.error(fmt::format(
        "ERR unknown subcommand or wrong number of arguments for '{}'. Try PUBSUB HELP.", args[1]));
  }
  auto reply = ctx.reply.defer();
  std::size_t count = 0;
  call_of(ctx).server.pubsub().for_each_channel(kind, [&](std::string_view name) {
    if (args.size() == 3 && !base::glob_matches(args[2], name)) return;
    ctx.reply.bulk(name);
    ++count;
  });
  reply.close_array(count);
}

void count_subscribers(Context& ctx, Args args, ChannelKind kind) {
  const auto names = args.subspan(2);
  ctx.reply.array(names.size() * 2);
  for (const auto name : names) {
    ctx.reply.bulk(name);
    ctx.reply.integer(
        static_cast<std::int64_t>(call_of(ctx).server.pubsub().subscribers(kind, name)));
  }
}

void channels(Context& ctx, Args args) { list_channels(ctx, args, ChannelKind::plain); }
void shardchannels(Context& ctx, Args args) { list_channels(ctx, args, ChannelKind::shard); }
void numsub(Context& ctx, Args args) { count_subscribers(ctx, args, ChannelKind::plain); }
void shardnumsub(Context& ctx, Args args) { count_subscribers(ctx, args, ChannelKind::shard); }

void numpat(Context& ctx, Args) {
  ctx.reply.integer(
      static_cast<std::int64_t>(call_of(ctx).server.pubsub().count(ChannelKind::pattern)));
}

constexpr auto kListens =
    flag::pubsub | flag::noscript | flag::loading | flag::stale | flag::while_subscribed;
constexpr auto kPublishes =
    flag::pubsub | flag::loading | flag::stale | flag::fast | flag::may_replicate;
constexpr auto kAsks = flag::pubsub | flag::loading | flag::stale;

constexpr Spec listens(std::string_view name, int arity, std::string_view since,
                       std::string_view summary, std::string_view arguments,
                       command::Handler handler) {
  return {.name = name,
          .arity = static_cast<std::int16_t>(arity),
          .group = Group::pubsub,
          .since = since,
          .flags = kListens,
          .complexity = "O(N), where N is the number of channels",
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec listens_to_shards(std::string_view name, int arity, std::string_view summary,
                                 std::string_view arguments, command::Handler handler) {
  auto spec = listens(name, arity, "7.0.0", summary, arguments, handler);
  spec.keys = keys::range(1, -1, 1, key_flag::not_key);
  return spec;
}

constexpr Spec asks(std::string_view name, int arity, std::string_view since,
                    std::string_view summary, std::string_view arguments,
                    command::Handler handler) {
  return {.name = name,
          .arity = static_cast<std::int16_t>(arity),
          .group = Group::pubsub,
          .since = since,
          .flags = kAsks,
          .complexity = "O(N), where N is the number of channels",
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec kPubsub[] = {
    asks("channels", -2, "2.8.0", "Returns the channels that have subscribers.",
         "[pattern:pattern]", channels),
    command::help_spec(Group::pubsub, "6.2.0"),
    asks("numpat", 2, "2.8.0", "Returns how many patterns are subscribed to.", "", numpat),
    asks("numsub", -2, "2.8.0", "Returns how many subscribers channels have.", "[(channel)+]",
         numsub),
    asks("shardchannels", -2, "7.0.0", "Returns the shard channels that have subscribers.",
         "[pattern:pattern]", shardchannels),
    asks("shardnumsub", -2, "7.0.0", "Returns how many subscribers shard channels have.",
         "[(shardchannel)+]", shardnumsub),
};

constexpr Spec kSpecs[] = {
    listens("psubscribe", -2, "2.0.0", "Listens to all channels that match patterns.",
            "(pattern:pattern)+", psubscribe),
    {.name = "publish",
     .arity = 3,
     .group = Group::pubsub,
     .since = "2.0.0",
     .flags = kPublishes,
     .complexity = "O(N+M), where N is the number of subscribers and M that of patterns",
     .summary = "Sends a message to everybody who listens to a channel.",
     .arguments = "channel message",
     .handler = publish},
    {.name = "pubsub",
     .arity = -2,
     .group = Group::pubsub,
     .since = "2.8.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for questions about channels and their subscribers.",
     .subcommands = kPubsub},
    listens("punsubscribe", -1, "2.0.0", "Stops listening to patterns, or to all of them.",
            "[(pattern:pattern)+]", punsubscribe),
    {.name = "spublish",
     .arity = 3,
     .group = Group::pubsub,
     .since = "7.0.0",
     .flags = kPublishes,
     .keys = keys::at(1, key_flag::not_key),
     .complexity = "O(N), where N is the number of subscribers",
     .summary = "Sends a message to everybody who listens to a shard channel.",
     .arguments = "shardchannel message",
     .handler = spublish},
    listens_to_shards("ssubscribe", -2, "Listens to shard channels.", "(shardchannel)+",
                      ssubscribe),
    listens("subscribe", -2, "2.0.0", "Listens to channels.", "(channel)+", subscribe),
    listens_to_shards("sunsubscribe", -1, "Stops listening to shard channels, or to all of them.",
                      "[(shardchannel)+]", sunsubscribe),
    listens("unsubscribe", -1, "2.0.0", "Stops listening to channels, or to all of them.",
            "[(channel)+]", unsubscribe),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> pubsub_commands() { return kSpecs; }

}  // namespace larder::control
