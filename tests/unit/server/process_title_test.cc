#include "server/process_title.h"

#include <gtest/gtest.h>

namespace larder::server {
namespace {

struct ProcessTitle : testing::Test {
  std::string text(std::string_view form) {
    settings.proc_title_template = form;
    return title_text(settings, "larder-server", "/etc/larder.conf");
  }
  settings::Settings settings;
};

TEST_F(ProcessTitle, ByDefaultSaysWhereItListens) {
  EXPECT_EQ(text("{title} {listen-addr} {server-mode}"), "larder-server *:6379");
  settings.bind = {"-127.0.0.1", "::1"};
  settings.port = 7000;
  EXPECT_EQ(text("{title} {listen-addr} {server-mode}"), "larder-server 127.0.0.1:7000");
  settings.port = 0;
  settings.unixsocket = "/run/l.sock";
  EXPECT_EQ(text("{listen-addr}"), "/run/l.sock");
}

TEST_F(ProcessTitle, HasAllVariables) {
  settings.unixsocket = "/run/l.sock";
  EXPECT_EQ(text("A {port} {tls-port} {unixsocket} {config-file} Z"),
            "A 6379 0 /run/l.sock /etc/larder.conf Z");
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("{title}{title}"), "larder-serverlarder-server");
}

}  // namespace
}  // namespace larder::server
