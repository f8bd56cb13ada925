// cjson, cmsgpack, struct and bit: what they share with the originals is compared by a system test;
// here is what they must withstand.
#include "fixture.h"

namespace larder::script {
namespace {

using LuaLibraries = ScriptTest;

TEST_F(LuaLibraries, json_there_and_back) {
  for (const std::string_view text :
       {"{}", "[1,2.5,\"a\",true,false,null]", "{\"a\":[{\"b\":\"\\u00e9\\/\"}]}", "-0.5",
        "\"\\ud83d\\ude00\""}) {
    const auto once = eval("return cjson.encode(cjson.decode(ARGV[1]))", {}, {text});
    const auto twice =
        eval("return cjson.encode(cjson.decode(cjson.encode(cjson.decode(ARGV[1]))))", {}, {text});
    EXPECT_EQ(once, twice) << text;
  }
}

TEST_F(LuaLibraries, json_depth_is_bounded_whatever_is_asked_for) {
  EXPECT_NE(eval("cjson.encode_max_depth(2147483647) local t = {} t[1] = t "
                 "return cjson.encode(t)")
                .find("excessive nesting"),
            std::string::npos);
  EXPECT_NE(eval("cjson.decode_max_depth(2147483647) "
                 "return cjson.decode(string.rep('[', 1000000))")
                .find("too many nested data structures"),
            std::string::npos);
}

TEST_F(LuaLibraries, msgpack_takes_no_memory_for_what_is_only_announced) {
  for (const auto* input : {"\\221\\255\\255\\255\\255", "\\223\\255\\255\\255\\255",
                            "\\219\\255\\255\\255\\255", "\\220\\255\\255\\1"}) {
    EXPECT_EQ(error_of(std::string("return cmsgpack.unpack('") + input + "')"),
              "-ERR user_script:1: Missing bytes in input.");
  }
  EXPECT_LT(engine_.interpreter_bytes(), std::size_t{1} << 20);
}

TEST_F(LuaLibraries, msgpack_depth_is_bounded) {
  EXPECT_NE(eval("return cmsgpack.unpack(string.rep('\\145', 1000000))").find("stack overflow"),
            std::string::npos);
  EXPECT_EQ(eval("local t = {} t.t = t return #cmsgpack.pack(t)"), ":49\r\n");
}

TEST_F(LuaLibraries, struct_checks_every_size) {
  for (const auto* script :
       {"return struct.unpack('c2147483647', 'x')",
        "return struct.unpack('Lc0', "
        "'\\255\\255\\255\\255\\255\\255\\255\\127x')",
        "return struct.unpack('i4', 'abc')", "return struct.unpack('i4', 'abcdefgh', 2147483647)",
        "return struct.unpack('i4', 'abcdefgh', -2147483648)"}) {
    EXPECT_NE(eval(script).find("data string too short"), std::string::npos) << script;
  }
  EXPECT_NE(eval("return struct.pack('i2147483648', 1)").find("integral size overflow"),
            std::string::npos);
  EXPECT_NE(eval("return struct.pack('i33', 1)").find("larger than limit of 32"),
            std::string::npos);
  EXPECT_NE(eval("return struct.pack(string.rep('c0', 3), 'a')").find("string expected"),
            std::string::npos);
}

TEST_F(LuaLibraries, tohex_of_the_smallest_count) {
  EXPECT_EQ(eval("return bit.tohex(65535, -2147483648)"), "$8\r\n0000FFFF\r\n");
  EXPECT_EQ(eval("return bit.tohex(-1, 2147483647)"), "$8\r\nffffffff\r\n");
}

}  // namespace
}  // namespace larder::script
