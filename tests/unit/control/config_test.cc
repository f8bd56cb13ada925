#include "control/config.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/byte_buffer.h"

namespace larder::control {
namespace {

class ConfigTest : public testing::Test {
 protected:
  std::string text() {
    const auto bytes = out_.view();
    std::string copy(bytes.data(), bytes.size());
    out_.consume(bytes.size());
    return copy;
  }
  std::string get(std::vector<std::string_view> args,
                  resp::Protocol protocol = resp::Protocol::resp2) {
    args.insert(args.begin(), {"config", "get"});
    resp::Writer reply(out_, protocol);
    reply_config_get(table_, args, reply);
    return text();
  }
  std::string set(std::vector<std::string_view> args, settings::Table::Caller caller = {}) {
    args.insert(args.begin(), {"config", "set"});
    resp::Writer reply(out_, resp::Protocol::resp2);
    reply_config_set(table_, args, caller, reply);
    return text();
  }
  std::string rewrite(const std::string& file) {
    resp::Writer reply(out_, resp::Protocol::resp2);
    reply_config_rewrite(table_, file, reply);
    return text();
  }

  settings::Table table_;
  base::ByteBuffer out_;
};

TEST_F(ConfigTest, GetAnswersPairs) {
  EXPECT_EQ(get({"port", "nosuch"}), "*2\r\n$4\r\nport\r\n$4\r\n6379\r\n");
  EXPECT_EQ(get({"port"}, resp::Protocol::resp3), "%1\r\n$4\r\nport\r\n$4\r\n6379\r\n");
  EXPECT_EQ(get({"nosuch*"}), "*0\r\n");
}

TEST_F(ConfigTest, SetAnswersOkOrWhatIsWrong) {
  EXPECT_EQ(set({"maxmemory", "1gb", "timeout", "5"}), "+OK\r\n");
  EXPECT_EQ(set({"maxmemory", "1", "timeout"}), "-ERR syntax error\r\n");
  EXPECT_EQ(set({"no", "1"}),
            "-ERR Unknown option or number of arguments for CONFIG SET - 'no'\r\n");
  EXPECT_EQ(
      set({"timeout", "-1"}),
      "-ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between "
      "0 and 2147483647 inclusive\r\n");
  EXPECT_EQ(set({"dir", "/tmp"}, {.may_set_protected = true, .is_loading = true}),
            "-LOADING Redis is loading the dataset in memory\r\n");
}

TEST_F(ConfigTest, RewriteNeedsAFile) {
  EXPECT_EQ(rewrite(""), "-ERR The server is running without a config file\r\n");
  EXPECT_EQ(rewrite("/nonexistent/larder.conf"),
            "-ERR Rewriting config file: No such file or directory\r\n");
  const auto path = std::filesystem::temp_directory_path() / "larder-config-test.conf";
  std::ofstream(path) << "timeout 1\n";
  EXPECT_EQ(set({"timeout", "7"}), "+OK\r\n");
  EXPECT_EQ(rewrite(path.string()), "+OK\r\n");
  std::string line;
  std::ifstream content(path);
  std::getline(content, line);
  EXPECT_EQ(line, "timeout 7");
  std::filesystem::remove(path);
}

TEST_F(ConfigTest, GuardsAreOpenToSome) {
  using settings::Allow;
  EXPECT_FALSE(is_allowed(Allow::no, true));
  EXPECT_TRUE(is_allowed(Allow::local, true));
  EXPECT_FALSE(is_allowed(Allow::local, false));
  EXPECT_TRUE(is_allowed(Allow::yes, false));
}

}  // namespace
}  // namespace larder::control
