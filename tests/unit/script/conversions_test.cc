#include "fixture.h"

namespace larder::script {
namespace {

using Conversions = ScriptTest;

TEST_F(Conversions, lua_to_resp2) {
  EXPECT_EQ(eval("return 3.99"), ":3\r\n");
  EXPECT_EQ(eval("return 'a\\0b'"), std::string("$3\r\na\0b\r\n", 9));
  EXPECT_EQ(eval("return true"), ":1\r\n");
  EXPECT_EQ(eval("return false"), "$-1\r\n");
  EXPECT_EQ(eval("return nil"), "$-1\r\n");
  EXPECT_EQ(eval("return {1, 'x', nil, 2}"), "*2\r\n:1\r\n$1\r\nx\r\n");
  EXPECT_EQ(eval("return {ok = 'a\\r\\nb'}"), "+a  b\r\n");
  EXPECT_EQ(eval("return {err = 'MY text'}"), "-MY text\r\n");
  EXPECT_EQ(eval("return {double = 0.1}"), "$3\r\n0.1\r\n");
  EXPECT_EQ(eval("return {map = {a = 1}}"), "*2\r\n$1\r\na\r\n:1\r\n");
  EXPECT_EQ(eval("return {set = {a = true}}"), "*1\r\n$1\r\na\r\n");
}

TEST_F(Conversions, lua_to_resp3) {
  protocol_ = resp::Protocol::resp3;
  EXPECT_EQ(eval("return nil"), "_\r\n");
  EXPECT_EQ(eval("return true"), ":1\r\n");
  EXPECT_EQ(eval("redis.setresp(3) return {true, false}"), "*2\r\n#t\r\n#f\r\n");
  EXPECT_EQ(eval("return {double = 1.5}"), ",1.5\r\n");
  EXPECT_EQ(eval("return {map = {a = {1}}}"), "%1\r\n$1\r\na\r\n*1\r\n:1\r\n");
  EXPECT_EQ(eval("return {set = {a = true}}"), "~1\r\n$1\r\na\r\n");
  EXPECT_EQ(eval("return {big_number = '12\\r\\n3'}"), "(12  3\r\n");
  EXPECT_EQ(eval("return {verbatim_string = {string = 'x', format = 'txt'}}"), "=5\r\ntxt:x\r\n");
}

// What a command replies, what Lua makes of it, and what becomes of that again.
TEST_F(Conversions, replies_to_lua_and_back) {
  protocol_ = resp::Protocol::resp3;
  for (const std::string_view reply :
       {":-9007199254740991\r\n", "$0\r\n\r\n", "*2\r\n$1\r\na\r\n*1\r\n:1\r\n", "+OK\r\n",
        "#t\r\n", "#f\r\n", "_\r\n", ",0.5\r\n", ",inf\r\n", "(123\r\n", "=5\r\ntxt:x\r\n",
        "%1\r\n$1\r\na\r\n:1\r\n", "~1\r\n$1\r\na\r\n", "-MY text\r\n", "*0\r\n"}) {
    EXPECT_EQ(eval("redis.setresp(3) return redis.pcall('reply', ARGV[1])", {}, {reply}), reply);
  }
}

TEST_F(Conversions, nulls) {
  const auto type = [this](std::string_view reply) {
    return eval("return type(redis.call('reply', ARGV[1]))", {}, {reply});
  };
  EXPECT_EQ(type("$-1\r\n"), "$7\r\nboolean\r\n");
  EXPECT_EQ(type("*-1\r\n"), "$7\r\nboolean\r\n");
  EXPECT_EQ(type("_\r\n"), "$3\r\nnil\r\n");
}

TEST_F(Conversions, attributes_are_skipped) {
  EXPECT_EQ(eval("return redis.call('reply', ARGV[1])", {}, {"|1\r\n+a\r\n:1\r\n:5\r\n"}),
            ":5\r\n");
}

TEST_F(Conversions, a_table_in_itself_ends_at_a_depth) {
  const auto reply = eval("local a = {} a[1] = a return a");
  EXPECT_TRUE(reply.ends_with("*1\r\n-ERR reached lua stack limit\r\n"));
  EXPECT_EQ(eval("return 1"), ":1\r\n");
}

TEST_F(Conversions, numbers_as_arguments) {
  EXPECT_EQ(eval("redis.call('mset', 'a', 1, 'b', 2^53, 'c', 0.1, 'd', -1e100)\n"
                 "return redis.call('mget', 'a', 'b', 'c', 'd')"),
            "*4\r\n$1\r\n1\r\n$16\r\n9007199254740992\r\n$19\r\n0.10000000000000001\r\n"
            "$7\r\n-1e+100\r\n");
}

TEST_F(Conversions, an_error_says_where_and_whether_it_was_counted) {
  EXPECT_EQ(error_of("return redis.call('nope')"), "-ERR Unknown command called from script");
  EXPECT_TRUE(executor_.last_is_counted);
  EXPECT_EQ(error_of("error('x')"), "-ERR user_script:1: x");
  EXPECT_FALSE(executor_.last_is_counted);
  EXPECT_TRUE(eval("\n\nerror('x')").ends_with(", on @user_script:3.\r\n"));
}

TEST_F(Conversions, a_call_takes_as_many_arguments_as_the_stack_does) {
  EXPECT_EQ(eval("local a = {} for i = 1, 7997 do a[i] = i end\n"
                 "return {redis.call('lpush', 'l', unpack(a)),\n"
                 "        redis.pcall('what', unpack(a)).err}"),
            "*2\r\n:7997\r\n$38\r\nERR Unknown command called from script\r\n");
}

}  // namespace
}  // namespace larder::script
