// Bytes as a script: as its text, or as a choice of words that make texts which parse more often.
// Whatever it does, it ends, and leaves what later scripts see as it was.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "command/table.h"
#include "families/families.h"
#include "input.h"
#include "keyspace/keyspace.h"
#include "script/interpreter.h"

namespace {

using namespace larder;

constexpr const char* kWords[] = {
    "local a = ",
    "local b, c = ",
    "a",
    "b",
    "c",
    "a.x = ",
    "a[b] = ",
    "a[1]",
    "a.x",
    "\n",
    ";",
    ", ",
    "(",
    ")",
    "()",
    "{",
    "}",
    "{}",
    "{1, 2, nil, 4}",
    "{x = 1}",
    "= ",
    " == ",
    " .. ",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " ^ ",
    " < ",
    " and ",
    " or ",
    " not ",
    "#",
    "-",
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2.5",
    "1e300",
    "-2147483648",
    "2147483647",
    "9007199254740993",
    "0/0",
    "''",
    "'x'",
    "'%d%s%q'",
    "'%.99f'",
    "'(.-)%b()%f[a]'",
    "'\\0\\255'",
    "'return 1'",
    "'\\27Lua'",
    "'{\"a\":[1,2,{}]}'",
    "return ",
    "if true then ",
    "while true do ",
    "repeat ",
    "until true ",
    "for i = 1, 3 do ",
    "for k, v in pairs(a) do ",
    "end ",
    "else ",
    "break ",
    "function(...) ",
    "local function f(...) ",
    "f",
    "...",
    "k",
    "v",
    "_G",
    "redis",
    "server",
    "KEYS",
    "ARGV",
    "redis.call",
    "redis.pcall",
    "redis.call('set', 'k', 'v')",
    "redis.call('get', 'k')",
    "redis.call('lrange', 'l', 0, -1)",
    "redis.error_reply",
    "redis.status_reply",
    "redis.sha1hex",
    "redis.setresp(3)",
    "redis.log",
    "redis.set_repl",
    "redis.acl_check_cmd",
    "setmetatable",
    "getmetatable",
    "rawset",
    "rawget",
    "rawequal",
    "next",
    "pairs",
    "ipairs",
    "select",
    "unpack",
    "pcall",
    "xpcall",
    "error",
    "assert",
    "tostring",
    "tonumber",
    "type",
    "load",
    "loadstring",
    "collectgarbage",
    "collectgarbage('collect')",
    "gcinfo",
    "string",
    "string.format",
    "string.rep('ab', 20)",
    "string.find",
    "string.gsub",
    "string.gmatch",
    "string.byte",
    "string.char",
    "string.dump",
    "string.sub",
    "table",
    "table.sort",
    "table.concat",
    "table.insert",
    "table.remove",
    "table.foreach",
    "table.maxn",
    "math.floor",
    "math.random",
    "math.fmod",
    "coroutine.create",
    "coroutine.wrap",
    "coroutine.resume",
    "coroutine.yield",
    "coroutine.running",
    "os.clock",
    "cjson.encode",
    "cjson.decode",
    "cjson.encode_max_depth",
    "cjson.encode_sparse_array",
    "cjson.new",
    "cmsgpack.pack",
    "cmsgpack.unpack",
    "cmsgpack.unpack_limit",
    "struct.pack",
    "struct.unpack",
    "struct.size",
    "bit.band",
    "bit.tohex",
    "bit.lshift",
    "__index = ",
    "__newindex = ",
    "__metatable = ",
    "__call = ",
    "__eq = ",
    "__lt = ",
    "__concat = ",
    "__len = ",
    "__gc = ",
    "__mode = ",
    "__tostring = ",
    "err = ",
    "ok = ",
    "map = ",
    "set = ",
    "double = ",
    "big_number = ",
    "verbatim_string = ",
    "a = a or {} ",
};

// All that can be reached from the globals: names, types, and which functions they are.
constexpr std::string_view kPicture = R"(
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
lua_Alloc allocate_unbounded = nullptr;
void* allocate_bounded(void* user, void* block, std::size_t old_bytes, std::size_t bytes) {
  constexpr std::size_t kBytesMax = 32 << 20;
  const auto taken = static_cast<script::Interpreter*>(user)->memory_bytes();
  if (bytes > old_bytes && taken + (bytes - old_bytes) > kBytesMax) return nullptr;
  return allocate_unbounded(user, block, old_bytes, bytes);
}

class Server {
 public:
  // Begins with a new interpreter, and no keys.
  void reset() {
    keyspace_.database(0).clear(false);
    interpreter_ = std::make_unique<script::Interpreter>(script::Dialect::scripts);
    void* user = nullptr;
    allocate_unbounded = lua_getallocf(interpreter_->lua(), &user);
    lua_setallocf(interpreter_->lua(), allocate_bounded, user);
  }

  std::string eval(std::string_view source) {
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
    interpreter_->call(run, function, keys, argv, script::Interpreter::Pass::globals);
    interpreter_->release(function);
    return std::string(out.view());
  }

 private:
  keyspace::Keyspace keyspace_{{.databases = 1, .hash_seed = 1, .random_seed = 1}};
  settings::Settings settings_;
  command::Table table_{families::all()};
  base::Random random_{7};
  PlainExecutor executor_;
  command::Ports ports_{nullptr, nullptr, &executor_, nullptr};
  std::unique_ptr<script::Interpreter> interpreter_;
};

std::string source_of(fuzz::Input& input) {
  const auto how = input.take<std::uint8_t>();
  if (how % 4 == 0) return std::string(input.rest());
  std::string source = "local a, b, c = {}, 1, 'x' ";
  for (const char choice : input.rest().substr(0, 200)) {
    source += kWords[static_cast<unsigned char>(choice) % std::size(kWords)];
    source += ' ';
  }
  return source;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Server server;
  server.reset();
  const auto before = server.eval(kPicture);
  fuzz::expect(before.starts_with('$'));
  fuzz::Input input(data, size);
  server.eval(source_of(input));
  fuzz::expect(server.eval(kPicture) == before);
  return 0;
}
