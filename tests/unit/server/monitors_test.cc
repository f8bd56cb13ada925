#include "server/monitors.h"

#include <gtest/gtest.h>

namespace larder::server {
namespace {

constexpr command::Spec kSpec{
    .name = "auth",
    .arity = -2,
    .group = command::Group::connection,
    .since = "1.0.0",
    .is_secret = [](command::Args, std::size_t index) { return index == 1; }};
constexpr command::Spec kPlain{
    .name = "set", .arity = -3, .group = command::Group::string, .since = "1.0.0"};

std::string line(const command::Spec& spec, const std::vector<std::string_view>& args) {
  return monitor_line({spec, args, 1'339'518'083'007'412, 3, "127.0.0.1:60866"});
}

TEST(MonitorLine, TellsWhenWhereAndWhat) {
  EXPECT_EQ(line(kPlain, {"keys", "*"}),
            "+1339518083.007412 [3 127.0.0.1:60866] \"keys\" \"*\"\r\n");
}

TEST(MonitorLine, EscapesWhatIsNotText) {
  using namespace std::string_view_literals;
  EXPECT_EQ(line(kPlain, {"\\\"\n\r\t\a\b\0\x7f\xff"sv}),
            "+1339518083.007412 [3 127.0.0.1:60866] "
            "\"\\\\\\\"\\n\\r\\t\\a\\b\\x00\\x7f\\xff\"\r\n");
}

TEST(MonitorLine, HidesSecrets) {
  EXPECT_EQ(line(kSpec, {"AUTH", "sesame"}),
            "+1339518083.007412 [3 127.0.0.1:60866] \"AUTH\" \"(redacted)\"\r\n");
}

}  // namespace
}  // namespace larder::server
