// Runs the scripts of fuzz targets, with the commands of the data families, within bounds of
// memory.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "command/table.h"
#include "families/families.h"
#include "input.h"
#include "keyspace/keyspace.h"
#include "script/debugger.h"
#include "script/interpreter.h"

namespace larder::fuzz {

// All that can be reached from the globals: names, types, and which functions they are.
inline constexpr std::string_view kPicture = R"(
local lines, seen = {}, {}
local function look(path, value)
  lines[#lines + 1] = path .. '=' .. tostring(value)
  if type(value) ~= 'table' or seen[value] then return end
  seen[value] = true
  for key, inner in pairs(value) do
    if value ~= _G or (key ~= 'KEYS' and key ~= 'ARGV') then look(path .. '.' .. tostring(key), inner) end
  end
end
look('', _G)
look('strings', getmetatable('').__index or 'hidden')
table.sort(lines)
return table.concat(lines, '\n'))";

class PlainExecutor final : public command::Executor {
 public:
  void begin(command::Context&, command::RunningScript::Kind, std::string_view) override {}
  void end(command::Context&, bool) override {}
  void run(command::Context& outer, command::Args args, resp::Writer& reply,
           const command::ScriptRules&) override {
    const auto* const command = outer.table.resolve(args);
    const bool fits = command != nullptr && command->spec->handler != nullptr &&
                      (args.size() < 2 || command->subcommands.empty()) &&
                      command::arity_fits(*command->spec, args.size());
    if (!fits) return reply.error("ERR Unknown command called from script");
    command::Context context(outer.keyspace, outer.settings, outer.table, outer.random, reply);
    context.database = outer.database;
    context.spec = command->spec;
    command->spec->handler(context, args);
  }
  bool may_go_on(command::Context&) override { return false; }
  bool is_out_of_memory() const noexcept override { return false; }
  std::optional<command::RunningScript> running() const override { return std::nullopt; }
  std::string_view kill(command::RunningScript::Kind) override { return "NOTBUSY"; }
};

// A script that takes much memory meets Lua's own error, not the fuzzer's limit.
inline lua_Alloc allocate_unbounded = nullptr;
inline void* allocate_bounded(void* interpreter, void* block, std::size_t old_bytes,
                              std::size_t bytes) {
  constexpr std::size_t kBytesMax = 32 << 20;
  const auto taken = static_cast<script::Interpreter*>(interpreter)->memory_bytes();
  if (bytes > old_bytes && taken + (bytes - old_bytes) > kBytesMax) return nullptr;
  return allocate_unbounded(interpreter, block, old_bytes, bytes);
}

class Scripts {
 public:
  // What it answers, or why it does not compile.
  std::string eval(std::string_view source, script::Debugger* debugger = nullptr) {
    script::FunctionRef function = 0;
    std::string error;
    if (!interpreter_->compile(source, function, error)) return error;
    base::ByteBuffer out;
    resp::Writer reply(out, resp::Protocol::resp3);
    command::Context context(keyspace_, settings_, table_, random_, reply, ports_);
    context.database = &keyspace_.database(0);
    script::Run run{.context = context, .executor = executor_, .name = "script", .rules = {}};
    const std::string_view keys[] = {"k", "l"};
    const std::string_view argv[] = {"1", "x"};
    interpreter_->set_debugger(debugger);
    interpreter_->call(run, function, keys, argv, script::Interpreter::Pass::globals);
    interpreter_->set_debugger(nullptr);
    interpreter_->release(function);
    return std::string(out.view());
  }

  // Has `act` run scripts in a new interpreter: none may change it for those that follow.
  template <class Act>
  void run(Act&& act) {
    reset();
    const auto before = picture();
    act();
    expect(picture() == before);
  }

 private:
  // Begins with a new interpreter, and no keys.
  void reset() {
    keyspace_.database(0).clear(false);
    interpreter_ = std::make_unique<script::Interpreter>(script::Dialect::scripts);
    void* interpreter = nullptr;
    allocate_unbounded = lua_getallocf(interpreter_->lua(), &interpreter);
    lua_setallocf(interpreter_->lua(), allocate_bounded, interpreter);
  }

  std::string picture() {
    auto text = eval(kPicture);
    expect(text.starts_with('$'));
    return text;
  }

  keyspace::Keyspace keyspace_{{.databases = 1, .hash_seed = 1, .random_seed = 1}};
  settings::Settings settings_;
  command::Table table_{families::all()};
  base::Random random_{7};
  PlainExecutor executor_;
  command::Ports ports_{nullptr, nullptr, &executor_, nullptr};
  std::unique_ptr<script::Interpreter> interpreter_;
};

}  // namespace larder::fuzz
