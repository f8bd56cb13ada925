#include "server/sockets.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace larder::server {
namespace {

TEST(AddressText, WritesTheThreeFamilies) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(6379);
  ::inet_pton(AF_INET, "127.0.0.1", &v4.sin_addr);
  EXPECT_EQ(address_text(storage, ""), "127.0.0.1:6379");

  storage = {};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(65535);
  ::inet_pton(AF_INET6, "::1", &v6.sin6_addr);
  EXPECT_EQ(address_text(storage, ""), "[::1]:65535");

  storage = {};
  storage.ss_family = AF_UNIX;
  EXPECT_EQ(address_text(storage, "/run/larder.sock"), "/run/larder.sock:0");
}

}  // namespace
}  // namespace larder::server
