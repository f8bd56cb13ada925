#include "fixture.h"

namespace larder::script {
namespace {

using Sandbox = ScriptTest;

constexpr std::string_view kReadOnly = "-ERR user_script:1: Attempt to modify a readonly table";
constexpr std::string_view kReadOnlyPlain = "-ERR Attempt to modify a readonly table";

TEST_F(Sandbox, nothing_global_can_be_changed) {
  for (const auto* script :
       {"x = 1", "redis = 1", "_G = {}", "_G.x = 1", "redis.call = 1", "string.len = 1",
        "getmetatable(_G).__index = {}", "getmetatable('').__index = {}",
        "getmetatable('').__index.len = nil", "table.x = 1"}) {
    EXPECT_EQ(error_of(script), kReadOnly) << script;
  }
  for (const auto* script : {"rawset(_G, 'x', 1)", "rawset(redis, 'x', 1)", "setmetatable(_G, {})",
                             "setmetatable(redis, nil)", "table.insert(redis, 1)"}) {
    EXPECT_EQ(error_of(script), kReadOnlyPlain) << script;
  }
}

TEST_F(Sandbox, libraries_can_be_looked_through) {
  EXPECT_EQ(eval("local n = 0 for k, v in pairs(redis) do n = n + 1 end return n > 10"), ":1\r\n");
  EXPECT_EQ(eval("local n = 0 for k, v in next, _G do n = n + 1 end return n > 10"), ":1\r\n");
  EXPECT_EQ(eval("return type(rawget(_G, 'redis'))"), "$5\r\ntable\r\n");
  EXPECT_EQ(eval("for k in pairs(os) do return k end"), "$5\r\nclock\r\n");
}

TEST_F(Sandbox, what_leads_out_is_not_there) {
  for (const auto* name : {"io", "debug", "package", "require", "dofile", "loadfile", "print",
                           "newproxy", "getfenv", "setfenv", "module", "load_text"}) {
    EXPECT_TRUE(error_of(std::string("return ") + name)
                    .ends_with("nonexistent global variable '" + std::string(name) + "'"))
        << name;
  }
  EXPECT_EQ(error_of("os.execute()"),
            "-ERR user_script:1: attempt to call field 'execute' (a nil value)");
}

TEST_F(Sandbox, bytecode_is_not_loaded) {
  EXPECT_EQ(error_of("return loadstring(string.dump(function() end))()"),
            "-ERR user_script:1: attempt to call a nil value");
  EXPECT_EQ(eval("local s = string.dump(function() end)\n"
                 "return (load(function() local r = s s = nil return r end))"),
            "$-1\r\n");
  EXPECT_TRUE(eval("\033Lua").starts_with("ERR Error compiling script"));
}

TEST_F(Sandbox, what_is_loaded_has_the_same_globals) {
  EXPECT_EQ(error_of("loadstring('x = 1', '=n')()"),
            "-ERR n:1: Attempt to modify a readonly table");
  EXPECT_EQ(eval("return coroutine.wrap(function() return redis.call('ping') == nil end) ~= nil"),
            ":1\r\n");
}

// Ranges of the width of an integer; the library's own count overflows.
TEST_F(Sandbox, unpack_checks_its_range) {
  for (const auto* script :
       {"return {unpack({}, 0, 2147483647)}", "return {unpack({}, -2147483648, 2147483647)}",
        "return {unpack({}, 1, 100000000)}"}) {
    EXPECT_EQ(error_of(script), "-ERR user_script:1: too many results to unpack") << script;
  }
  EXPECT_EQ(eval("return {unpack({1, 2, 3}, 2)}"), "*2\r\n:2\r\n:3\r\n");
}

TEST_F(Sandbox, a_pattern_cannot_overflow_the_stack) {
  EXPECT_EQ(error_of("return string.find(string.rep('a', 300000), string.rep('a?', 300000))"),
            "-ERR user_script:1: pattern too complex");
  EXPECT_EQ(error_of("return ('a'):rep(300000):match(('.-'):rep(300000) .. 'b')"),
            "-ERR user_script:1: pattern too complex");
  EXPECT_EQ(eval("return #string.match(string.rep('a', 300000), 'a*')"), ":300000\r\n");
}

TEST_F(Sandbox, deep_recursion_is_an_error) {
  EXPECT_NE(error_of("local function f() return 1 + f() end return f()").find("stack overflow"),
            std::string::npos);
  EXPECT_NE(error_of("return loadstring(string.rep('(', 100000))()"), "");
  EXPECT_NE(error_of("local s = 'x' for i = 1, 20 do s = s .. s end "
                     "return tostring(setmetatable({}, {__tostring = function(t) return "
                     "tostring(t) end}))"),
            "");
  EXPECT_EQ(eval("return 1"), ":1\r\n");
}

// The parser holds the name of a chunk while collecting garbage.
TEST_F(Sandbox, names_of_chunks_live_as_long_as_the_parser) {
  EXPECT_EQ(eval("collectgarbage('setpause', 0) local f\n"
                 "for i = 1, 200 do\n"
                 "  f = loadstring('local a = {' .. string.rep('{},', 200) .. '} return ' .. i,\n"
                 "                 'chunk' .. i)\n"
                 "end return f()"),
            ":200\r\n");
}

TEST_F(Sandbox, nobody_stops_the_collector) {
  eval("collectgarbage('stop')");
  eval("local t for i = 1, 200000 do t = {i} end");
  EXPECT_LT(engine_.interpreter_bytes(), std::size_t{4} << 20);
}

TEST_F(Sandbox, errors_of_tables_are_texts_for_pcall) {
  EXPECT_EQ(eval("return {pcall(error, {err = 'E x'})}"), "*2\r\n$-1\r\n$3\r\nE x\r\n");
  EXPECT_EQ(eval("return select('#', pcall(function() return 1, 2 end))"), ":3\r\n");
}

// A replica that runs a script may be sent a new data set: the interpreter lives as long as the
// run.
TEST_F(Sandbox, a_script_outlives_a_flush_in_its_middle) {
  EXPECT_EQ(eval("local t = {} for i = 1, 100 do t[i] = {i} end redis.call('forget')\n"
                 "for i = 1, 1000 do t[i] = {i .. 'x'} end collectgarbage()\n"
                 "return {KEYS[1], t[1000][1], redis.call('set', 'k', 'v')}",
                 {"a"}),
            "*3\r\n$1\r\na\r\n$5\r\n1000x\r\n+OK\r\n");
  EXPECT_EQ(eval("return 1"), ":1\r\n");
}

TEST_F(Sandbox, an_error_is_one_line) {
  for (const auto* script :
       {"return redis.error_reply('A\\r\\n+OK')", "error('A\\r\\n+OK')",
        "error({err = 'A\\r\\n+OK'})", "return {err = 'A\\n+OK'}", "return {ok = 'A\\r+OK'}",
        "return redis.call('a\\r\\nb')", "return {big_number = '1\\r\\n+OK'}",
        "return {verbatim_string = {format = 'a\\r\\n', string = 'x'}}",
        "local a = nil; a['\\r\\n+OK']()", "return _G['\\r\\n+OK']"}) {
    for (const auto protocol : {resp::Protocol::resp2, resp::Protocol::resp3}) {
      protocol_ = protocol;
      const auto reply = eval(script);
      EXPECT_EQ(reply.find("\n+OK"), std::string::npos) << script;
      EXPECT_EQ(reply.find_first_of("\r\n", 1), reply.find("\r\n")) << script;
    }
  }
}

// Values that are no tables share one metatable a type: who changes it changes it for all.
TEST_F(Sandbox, the_types_of_plain_values_have_no_metatable_to_reach) {
  EXPECT_EQ(eval("local function f() end\n"
                 "local n = 0\n"
                 "for _, v in ipairs({1, true, f, coroutine.create(f), cjson.null}) do\n"
                 "  if getmetatable(v) ~= nil then n = n + 1 end\n"
                 "end\n"
                 "return n + (getmetatable(nil) == nil and 0 or 1)"),
            ":0\r\n");
  EXPECT_EQ(error_of("setmetatable('', {})"),
            "-ERR user_script:1: bad argument #1 to 'setmetatable' (table expected, got string)");
  EXPECT_EQ(error_of("rawset(getmetatable('').__index, 'len', 1)"), kReadOnlyPlain);
}

TEST_F(Sandbox, long_brackets_and_numbers_end_where_the_text_does) {
  for (const auto& source :
       {"return [" + std::string(100'000, '=') + "[x", "return [" + std::string(100'000, '='),
        "--[" + std::string(100'000, '=') + "[", "return '" + std::string(100'000, '\\'),
        "return 0x" + std::string(100'000, 'f'), "return " + std::string(100'000, '9')}) {
    eval(source);
    EXPECT_EQ(eval("local f, e = loadstring(ARGV[1]) return type(e)", {}, {source})[0], '$');
  }
  EXPECT_EQ(eval("return 1"), ":1\r\n");
}

}  // namespace
}  // namespace larder::script
