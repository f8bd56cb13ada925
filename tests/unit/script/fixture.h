// Runs scripts as EVAL does, on a keyspace of its own; commands are run without a server's gates.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "command/table.h"
#include "families/families.h"
#include "script/commands.h"
#include "script/engine.h"

namespace larder::script {

// What scripts call, apart from the data commands: REPLY answers with its argument as it stands;
// FORGET does what a replica that is sent a new data set would, from inside.
inline void reply_raw(command::Context& context, command::Args args) { context.reply.raw(args[1]); }
inline void forget(command::Context& context, command::Args) {
  engine_of(context).flush_scripts(false);
  engine_of(context).flush_functions(true);
  context.reply.ok();
}
inline constexpr command::Spec kTestCommands[] = {
    {.name = "reply",
     .arity = 2,
     .group = command::Group::generic,
     .since = "1.0.0",
     .complexity = "O(1)",
     .summary = "Answers with bytes.",
     .handler = reply_raw},
    {.name = "forget",
     .arity = 1,
     .group = command::Group::generic,
     .since = "1.0.0",
     .complexity = "O(1)",
     .summary = "Forgets all scripts and functions.",
     .handler = forget},
};

class PlainExecutor final : public command::Executor {
 public:
  void begin(command::Context&, command::RunningScript::Kind, std::string_view) override {}
  void end(command::Context&, bool is_counted) override { last_is_counted = is_counted; }
  bool is_out_of_memory() const noexcept override { return out_of_memory; }
  void run(command::Context& outer, command::Args args, resp::Writer& reply,
           const command::ScriptRules&) override {
    const auto* const command = outer.table.resolve(args);
    if (command == nullptr) return reply.error("ERR Unknown command called from script");
    command::Context context(outer.keyspace, outer.settings, outer.table, outer.random, reply,
                             outer.ports());
    context.database = outer.database;
    context.spec = command->spec;
    command->spec->handler(context, args);
  }

  // A script may be looked at so many times before it is killed.
  bool may_go_on(command::Context&) override { return looks_left-- > 0; }
  std::optional<command::RunningScript> running() const override { return std::nullopt; }
  std::string_view kill(command::RunningScript::Kind) override { return "NOTBUSY"; }

  bool last_is_counted = false;
  bool out_of_memory = false;
  int looks_left = 1'000'000;
};

class ScriptTest : public ::testing::Test {
 protected:
  // The encoded reply.
  std::string eval(std::string_view source, std::vector<std::string_view> keys = {},
                   std::vector<std::string_view> argv = {}) {
    out_.clear();
    resp::Writer writer(out_, protocol_);
    command::Context context(keyspace_, settings_, table_, random_, writer, ports_);
    context.database = &keyspace_.database(0);
    const auto script = engine_.load(source, Engine::Origin::eval);
    if (!script) return script.error();
    engine_.run(context, **script, keys, argv, false);
    return std::string(out_.view());
  }

  // The error that a script ends with, as far as Lua's own text goes.
  std::string error_of(std::string_view source) {
    const auto reply = eval(source);
    return reply.substr(0, reply.find(" script: "));
  }

  static std::vector<std::span<const command::Spec>> families() {
    std::vector<std::span<const command::Spec>> all(families::all().begin(), families::all().end());
    all.emplace_back(kTestCommands);
    return all;
  }

  keyspace::Keyspace keyspace_{{.databases = 2, .hash_seed = 1, .random_seed = 1}};
  settings::Settings settings_;
  command::Table table_{families()};
  base::Random random_{7};
  base::ByteBuffer out_;
  resp::Protocol protocol_ = resp::Protocol::resp2;
  PlainExecutor executor_;
  Engine engine_;
  command::Ports ports_{nullptr, nullptr, &executor_, &engine_};
};

}  // namespace larder::script
