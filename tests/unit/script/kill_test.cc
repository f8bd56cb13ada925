#include "fixture.h"

namespace larder::script {
namespace {

using Kill = ScriptTest;

TEST_F(Kill, a_script_that_may_not_go_on_ends) {
  executor_.looks_left = 3;
  EXPECT_EQ(error_of("while true do end"), "-ERR Script killed by user with SCRIPT KILL.");
  executor_.looks_left = 3;
  EXPECT_EQ(eval("for i = 1, 1000 do end return 1"), ":1\r\n");
}

TEST_F(Kill, whatever_catches_it) {
  for (const auto* script :
       {"while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function(e) return e end) end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "local f = coroutine.wrap(function() while true do pcall(function() while true do end end) "
        "end end) while true do pcall(f) end"}) {
    executor_.looks_left = 2;
    EXPECT_EQ(error_of(script), "-ERR Script killed by user with SCRIPT KILL.") << script;
  }
  EXPECT_EQ(eval("return 1"), ":1\r\n");
}

TEST_F(Kill, a_library_that_does_not_end_is_not_loaded) {
  const auto loaded =
      engine_.libraries().load("#!lua name=a\nwhile true do end", Libraries::Existing::refuse);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error(), "ERR Error registering functions: ERR FUNCTION LOAD timeout");
}

}  // namespace
}  // namespace larder::script
