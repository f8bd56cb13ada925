#include "fixture.h"

namespace larder::script {
namespace {

class LibraryTest : public ScriptTest {
 protected:
  std::string load(std::string_view body, std::string_view name = "lib") {
    const auto code = "#!lua name=" + std::string(name) + "\n" + std::string(body);
    const auto loaded = libraries().load(code, Libraries::Existing::replace);
    return loaded ? *loaded : loaded.error();
  }
  std::string fcall(std::string_view name) {
    out_.clear();
    resp::Writer writer(out_, protocol_);
    command::Context context(keyspace_, settings_, table_, random_, writer, ports_);
    context.database = &keyspace_.database(0);
    const auto* const function = libraries().find(name);
    if (function == nullptr) return "no such function";
    engine_.run(context, *function, {}, {}, false);
    return std::string(out_.view());
  }
  Libraries& libraries() { return engine_.libraries(); }
};

TEST_F(LibraryTest, functions_share_the_locals_of_their_library) {
  EXPECT_EQ(load("local n = 0 redis.register_function('up', function() n = n + 1 return n end)"),
            "lib");
  EXPECT_EQ(fcall("up"), ":1\r\n");
  EXPECT_EQ(fcall("UP"), ":2\r\n");
}

TEST_F(LibraryTest, a_failed_load_leaves_all_as_it_was) {
  load("redis.register_function('f', function() return 1 end)");
  const auto before = libraries().interpreter().memory_bytes();
  EXPECT_NE(load("redis.register_function('g', function() return 2 end) nope()"), "lib");
  EXPECT_EQ(fcall("f"), ":1\r\n");
  EXPECT_EQ(fcall("g"), "no such function");
  EXPECT_EQ(libraries().function_count(), 1u);
  EXPECT_LT(libraries().interpreter().memory_bytes(), before + 64 * 1024);
}

TEST_F(LibraryTest, what_is_there_at_load_is_not_there_at_call_and_the_other_way_round) {
  EXPECT_NE(load("redis.call('ping')").find("nonexistent global variable 'call'"),
            std::string::npos);
  EXPECT_NE(load("local m = math").find("nonexistent global variable 'math'"), std::string::npos);
  EXPECT_EQ(load("redis.register_function('f', function() redis.register_function('g', "
                 "function() end) end)"),
            "lib");
  EXPECT_NE(fcall("f").find("attempt to call field 'register_function' (a nil value)"),
            std::string::npos);
  load(
      "local r = redis redis.register_function('f', function() r.register_function('g', "
      "function() end) end)");
  EXPECT_NE(fcall("f").find("can only be called on FUNCTION LOAD command"), std::string::npos);
}

TEST_F(LibraryTest, a_dump_holds_all_libraries) {
  load("redis.register_function('f', function() return 1 end)", "one");
  load("redis.register_function('g', function() return 2 end)", "two");
  base::ByteBuffer payload;
  dump_libraries(libraries(), true, payload);
  const auto codes = read_library_dump(payload.view());
  ASSERT_TRUE(codes);
  ASSERT_EQ(codes->size(), 2u);
  EXPECT_EQ((*codes)[0], libraries().all().find("one")->second->code);
  auto damaged = std::string(payload.view());
  damaged[3] = static_cast<char>(damaged[3] ^ 1);
  EXPECT_FALSE(read_library_dump(damaged));
  EXPECT_FALSE(read_library_dump(""));
}

}  // namespace
}  // namespace larder::script
