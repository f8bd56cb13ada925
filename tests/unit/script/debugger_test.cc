#include "script/debugger.h"

#include "fixture.h"
#include "script/debug_text.h"
#include "script/limits.h"

namespace larder::script {
namespace {

// A client that says what it was told to say, and is gone then.
class ScriptedConsole final : public DebugConsole {
 public:
  explicit ScriptedConsole(std::vector<std::string> commands) : commands_(std::move(commands)) {}

  Heard listen() override {
    words_.clear();
    if (next_ == commands_.size()) return {.words = {}, .error = error};
    std::string_view rest = commands_[next_++];
    while (!rest.empty()) {
      const auto end = rest.find(' ');
      words_.push_back(rest.substr(0, end));
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return {.words = words_};
  }
  void tell(std::string_view reply) override {
    ++replies;
    reply.remove_prefix(reply.find('\n') + 1);
    while (!reply.empty()) {
      const auto end = reply.find("\r\n");
      EXPECT_TRUE(reply.starts_with('+'));
      lines.emplace_back(reply.substr(1, end - 1));
      reply.remove_prefix(end + 2);
    }
  }

  const char* error = nullptr;  // that comes after the commands
  int replies = 0;
  std::vector<std::string> lines;

 private:
  std::vector<std::string> commands_;
  std::size_t next_ = 0;
  std::vector<std::string_view> words_;
};

class DebuggerTest : public ScriptTest {
 protected:
  // What the client of a session sees behind the stop at the first line.
  std::vector<std::string> session(std::string_view source, std::vector<std::string> commands) {
    ScriptedConsole console(std::move(commands));
    return session(source, console);
  }
  std::vector<std::string> session(std::string_view source, ScriptedConsole& console) {
    Debugger debugger(console, source, patience_);
    engine_.set_debugger(&debugger);
    reply_ = eval(source, {"key"}, {"argument"});
    engine_.set_debugger(nullptr);
    const auto first = std::min<std::size_t>(2, console.lines.size());
    return {console.lines.begin() + static_cast<std::ptrdiff_t>(first), console.lines.end()};
  }

  using Lines = std::vector<std::string>;
  std::chrono::milliseconds patience_{5000};
  std::string reply_;  // of the script
};

constexpr std::string_view kScript =
    "local a = 1\n"
    "local function f(x)\n"
    "  return x + a\n"
    "end\n"
    "local r = f(2)\n"
    "return r\n";

TEST_F(DebuggerTest, stops_at_the_first_line) {
  ScriptedConsole console({"c"});
  session(kScript, console);
  EXPECT_EQ(console.lines,
            (Lines{"* Stopped at 1, stop reason = step over", "-> 1   local a = 1"}));
  EXPECT_EQ(console.replies, 1);
  EXPECT_EQ(reply_, ":3\r\n");
}

TEST_F(DebuggerTest, steps) {
  EXPECT_EQ(session(kScript, {"step", "NEXT", "s", "n", "c"}),
            (Lines{"* Stopped at 4, stop reason = step over", "-> 4   end",
                   "* Stopped at 5, stop reason = step over", "-> 5   local r = f(2)",
                   "* Stopped at 3, stop reason = step over", "-> 3     return x + a",
                   "* Stopped at 6, stop reason = step over", "-> 6   return r"}));
  EXPECT_EQ(reply_, ":3\r\n");
}

TEST_F(DebuggerTest, breakpoints) {
  EXPECT_EQ(session(kScript, {"b", "b 3", "c", "b 9 x 3", "b", "b -3", "b -3", "b 0", "c"}),
            (Lines{"No breakpoints set. Use 'b <line>' to add one.", "   2   local function f(x)",
                   "  #3     return x + a", "   4   end",
                   "* Stopped at 3, stop reason = break point", "->#3     return x + a",
                   "Wrong line number.", "Invalid argument:'x'", "Wrong line number.",
                   "1 breakpoints set:", "->#3     return x + a", "Breakpoint removed.",
                   "No breakpoint in the specified line.", "All breakpoints removed."}));
  EXPECT_EQ(session("return 1", {"b -9223372036854775808", "b 9223372036854775807"}),
            (Lines{"No breakpoint in the specified line.", "Wrong line number."}));
}

TEST_F(DebuggerTest, so_many_breakpoints) {
  std::string source;
  std::vector<std::string> commands;
  for (std::size_t i = 1; i <= limits::kDebugBreakpointsMax + 1; ++i) {
    source += "KEYS[1] = KEYS[1]\n";
    commands.push_back("b " + std::to_string(i));
  }
  EXPECT_EQ(session(source, commands).back(), "Too many breakpoints set.");
}

TEST_F(DebuggerTest, a_script_sets_its_own) {
  EXPECT_EQ(session("local x = redis.breakpoint()\nredis.debug('a', {x}, 1.5)\nreturn x",
                    {"c", "s", "c"}),
            (Lines{"* Stopped at 2, stop reason = redis.breakpoint() called",
                   "-> 2   redis.debug('a', {x}, 1.5)", "<debug> line 2: \"a\", {true}, 1.5",
                   "* Stopped at 3, stop reason = step over", "-> 3   return x"}));
  EXPECT_EQ(eval("return redis.breakpoint()"), "$-1\r\n");
  EXPECT_EQ(eval("return redis.debug(1)"), "$-1\r\n");
}

TEST_F(DebuggerTest, lists) {
  EXPECT_EQ(
      session(kScript, {"l 3 1", "l 0 0", "l 99 0", "l 1 9223372036854775807"}),
      (Lines{"   2   local function f(x)", "   3     return x + a", "   4   end",
             "-> 1   local a = 1", "-> 1   local a = 1", "   2   local function f(x)",
             "   3     return x + a", "   4   end", "   5   local r = f(2)", "   6   return r"}));
  EXPECT_EQ(session(kScript, {"whole"}).size(), 6U);
  EXPECT_EQ(session("return 1\r\n\n", {"list"}), (Lines{"-> 1   return 1"}));
}

TEST_F(DebuggerTest, prints_variables) {
  EXPECT_EQ(
      session(kScript, {"p", "b 3", "c", "p", "p a", "p KEYS", "p ARGV", "p nope"}),
      (Lines{"No local variables in the current context.", "   2   local function f(x)",
             "  #3     return x + a", "   4   end", "* Stopped at 3, stop reason = break point",
             "->#3     return x + a", "<value> x = 2", "<value> 1", "<value> {\"key\"}",
             "<value> {\"argument\"}", "No such variable."}));
}

TEST_F(DebuggerTest, traces) {
  EXPECT_EQ(session(kScript, {"b 3", "c", "t"}).back(), "   5   local r = f(2)");
  const auto lines =
      session("local function f() return 1 end\nlocal a = f() return a", {"s", "s", "t"});
  EXPECT_EQ(Lines(lines.end() - 4, lines.end()),
            (Lines{"In f:", "-> 1   local function f() return 1 end",
                   "From top level:", "   2   local a = f() return a"}));
}

TEST_F(DebuggerTest, evaluates) {
  EXPECT_EQ(session("return 1", {"e 1 + 1", "e local x = 'a' return x .. KEYS[1]", "e", "e a b",
                                 "e error('x')", "e redis.call('nope')"}),
            (Lines{"<retval> 2", "<retval> \"akey\"", "<retval> nil",
                   "<error> ldb_eval:1: '=' expected near 'b'", "<error> ldb_eval:1: x",
                   "<error> ERR Unknown command called from script"}));
}

TEST_F(DebuggerTest, an_evaluation_has_an_end) {
  patience_ = std::chrono::milliseconds(1);
  const auto lines = session(
      "return 7", {"e while true do pcall(function() while true do end end) end", "e 5", "c"});
  EXPECT_EQ(lines, (Lines{"<error> the code runs for too long", "<retval> 5"}));
  EXPECT_EQ(reply_, ":7\r\n");
}

TEST_F(DebuggerTest, runs_commands) {
  EXPECT_EQ(
      session("return redis.call('get', 'x')", {"redis set x 5", "r get x", "server nope", "c"}),
      (Lines{"<redis> set x 5", "<reply> \"+OK\"", "<redis> get x", "<reply> \"5\"", "<redis> nope",
             "<reply> \"-ERR Unknown command called from script\""}));
  EXPECT_EQ(reply_, "$1\r\n5\r\n");
  std::string many = "redis nope";
  for (int i = 0; i < 200; ++i) many += " x";
  EXPECT_EQ(session("return 1", {many}).front(), "<redis> nope x x x x x x x x x ... (191 more)");
}

TEST_F(DebuggerTest, shows_the_commands_of_a_line_that_is_stepped_over) {
  EXPECT_EQ(session("redis.call('set', 'x', 1)\nredis.call('get', 'x')\nreturn redis.pcall({})",
                    {"s", "c"}),
            (Lines{"<redis> set x 1", "<reply> \"+OK\"", "* Stopped at 2, stop reason = step over",
                   "-> 2   redis.call('get', 'x')"}));
  EXPECT_EQ(session("redis.pcall({})\nreturn 1", {"s", "c"}).front(),
            "<error> ERR Command arguments must be strings or integers");
}

TEST_F(DebuggerTest, trims_what_is_long) {
  const auto lines = session("local s = string.rep('x', 1000)\nreturn 1",
                             {"s", "p s", "p s", "maxlen", "m 1", "p s", "m 0", "p s", "m x"});
  EXPECT_EQ(lines[2].size(), limits::kDebugValueBytes + 4);
  EXPECT_TRUE(lines[2].ends_with("xxx ..."));
  EXPECT_EQ(lines[3], "<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
  EXPECT_EQ(lines[4], lines[2]);
  EXPECT_EQ(lines[5], "<value> replies are truncated at 256 bytes.");
  EXPECT_EQ(lines[6], "<value> replies are truncated at 60 bytes.");
  EXPECT_EQ(lines[7].size(), 64U);
  EXPECT_EQ(lines[8], "<value> replies are unlimited.");
  EXPECT_EQ(lines[9].size(), std::string_view("<value> \"\"").size() + 1000);
  EXPECT_EQ(lines[10], "Invalid argument:'x'");
}

TEST_F(DebuggerTest, what_it_says_at_once_has_a_limit) {
  const auto lines = session(
      "local s = string.rep('x', 1000000)\n"
      "for i = 1, 20 do redis.debug(s) end\nreturn 1",
      {"m 0", "b 3", "c", "c"});
  EXPECT_LT(lines.size(), 30U);
  EXPECT_TRUE(lines.back().starts_with("<hint> ")) << lines.back().substr(0, 100);
}

TEST_F(DebuggerTest, a_client_that_is_gone_leaves_the_script_running) {
  ScriptedConsole console({"b 1 2 3 4 5"});
  session(kScript, console);
  EXPECT_EQ(reply_, ":3\r\n");
}

TEST_F(DebuggerTest, but_not_for_ever) {
  patience_ = std::chrono::milliseconds(1);
  session("while true do end", {"c"});
  EXPECT_TRUE(
      reply_.starts_with("-ERR timeout during Lua debugging with client closing connection"))
      << reply_;
}

TEST_F(DebuggerTest, a_script_without_an_end_is_stopped) {
  patience_ = std::chrono::milliseconds(1);
  const auto lines = session("while true do end", {"c", "a"});
  EXPECT_EQ(lines, (Lines{"* Stopped at 1, stop reason = timeout reached, infinite loop?",
                          "-> 1   while true do end"}));
}

TEST_F(DebuggerTest, an_end_is_not_caught) {
  session("while true do pcall(function() redis.call('set', 'x', 1) end) end", {"s", "a"});
  EXPECT_TRUE(reply_.starts_with("-ERR script aborted for user request script: ")) << reply_;
  ScriptedConsole console({});
  console.error = "protocol error";
  session("while true do pcall(function() end) end", console);
  EXPECT_TRUE(reply_.starts_with("-ERR protocol error script: ")) << reply_;
  EXPECT_EQ(eval("return 1"), ":1\r\n");
}

TEST_F(DebuggerTest, coroutines) {
  EXPECT_EQ(session("local f = coroutine.wrap(function()\n  coroutine.yield(1)\nend)\nreturn f()",
                    {"b 2", "c", "c"})
                .back(),
            "->#2     coroutine.yield(1)");
}

TEST_F(DebuggerTest, does_not_know_everything) {
  const std::string unknown = "<error> Unknown Lua debugger command or wrong number of arguments.";
  EXPECT_EQ(session("return 1", {"x", "redis", std::string("s\0", 2), std::string("\0s", 2)}),
            (Lines{unknown, unknown, unknown, unknown}));
  EXPECT_GT(session("return 1", {"help"}).size(), 10U);
}

using DebugTextTest = ScriptTest;

TEST_F(DebugTextTest, values) {
  const auto shown = [this](const std::string& value, std::size_t bytes_max = 1000) {
    Interpreter interpreter(Dialect::scripts);
    auto* const lua = interpreter.lua();
    const auto source = "return " + value;
    EXPECT_EQ(luaL_loadbuffer(lua, source.data(), source.size(), "x"), 0);
    EXPECT_EQ(lua_pcall(lua, 0, 1, 0), 0);
    std::string text;
    append_value(text, lua, -1, bytes_max);
    lua_pop(lua, 1);
    return text;
  };
  EXPECT_EQ(shown("'a\\nb\\0\"\\255'"), R"("a\nb\x00\"\xff")");
  EXPECT_EQ(shown("12345678"), "1.23457e+07");
  EXPECT_EQ(shown("{}"), "{}");
  EXPECT_EQ(shown("{1, {2, 'x'}, true}"), "{1; {2; \"x\"}; true}");
  EXPECT_EQ(shown("{a = {b = false}}"), "{[\"a\"]={[\"b\"]=false}}");
  EXPECT_EQ(shown("{[2] = 1}"), "{[2]=1}");
  EXPECT_TRUE(shown("type").starts_with("\"function@0x"));
  EXPECT_NE(shown("(function() local t = {} t[1] = t return t end)()").find("max recursion"),
            std::string::npos);
  // Each table in it twice: the whole has 2^9 of the last.
  const std::string doubled =
      "(function() local t = {'xxxxxxxx'} for i = 1, 9 do t = {t, t, t, t, t, t, t, t} end return "
      "t end)()";
  EXPECT_LT(shown(doubled, 500).size(), 600U);
}

TEST(DebugText, replies) {
  const auto shown = [](std::string_view reply, std::size_t bytes_max = 1000) {
    std::string text;
    append_reply(text, reply, bytes_max);
    return text;
  };
  EXPECT_EQ(shown(":-5\r\n"), "-5");
  EXPECT_EQ(shown("+OK\r\n"), "\"+OK\"");
  EXPECT_EQ(shown("-ERR x\r\n"), "\"-ERR x\"");
  EXPECT_EQ(shown("$3\r\na\nb\r\n"), "\"a\\nb\"");
  EXPECT_EQ(shown("$-1\r\n"), "NULL");
  EXPECT_EQ(shown("*-1\r\n"), "NULL");
  EXPECT_EQ(shown("*3\r\n:1\r\n*0\r\n$1\r\na\r\n"), "[1,[],\"a\"]");
  EXPECT_EQ(shown("~2\r\n:1\r\n:2\r\n"), "~(1,2)");
  EXPECT_EQ(shown("%1\r\n+a\r\n_\r\n"), "{\"+a\" => (null)}");
  EXPECT_EQ(shown("#t\r\n"), "#true");
  EXPECT_EQ(shown("#f\r\n"), "#false");
  EXPECT_EQ(shown(",1.5\r\n"), "(double) 1.5");
  EXPECT_EQ(shown("(123\r\n"), "\"(123\"");
  EXPECT_EQ(shown("=5\r\ntxt:x\r\n"), "\"txt:x\"");
  EXPECT_EQ(shown("|1\r\n+a\r\n:1\r\n:2\r\n"), "{\"+a\" => 1}2");
  EXPECT_LT(shown("*3\r\n$5\r\nabcde\r\n$5\r\nabcde\r\n$5\r\nabcde\r\n", 4).size(), 12U);
}

}  // namespace
}  // namespace larder::script
