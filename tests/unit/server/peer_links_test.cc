#include <gtest/gtest.h>

#include "server/peer_link.h"

namespace larder::server {
namespace {

TEST(PeerLinks, OneIsKeptForItsPeerAlone) {
  PeerLinks links;
  PeerLink link;
  links.keep("there", "6379", PeerLink(), 0);
  EXPECT_FALSE(links.take("there", "6380", link));
  EXPECT_FALSE(links.take("elsewhere", "6379", link));
  EXPECT_TRUE(links.take("there", "6379", link));
  EXPECT_FALSE(links.take("there", "6379", link));
}

TEST(PeerLinks, OneThatNobodyWantsIsClosedAfterTenSeconds) {
  PeerLinks links;
  links.keep("there", "6379", PeerLink(), 1'000);
  links.keep("elsewhere", "6379", PeerLink(), 5'000);
  links.close_idle(11'000);
  EXPECT_EQ(links.size(), 2u);
  links.close_idle(11'001);
  EXPECT_EQ(links.size(), 1u);
  PeerLink link;
  EXPECT_TRUE(links.take("elsewhere", "6379", link));
}

TEST(PeerLinks, TheOldestMakesRoom) {
  PeerLinks links;
  for (std::size_t i = 0; i <= PeerLinks::kLinksMax; ++i) {
    links.keep(std::to_string(i), "6379", PeerLink(), 0);
  }
  EXPECT_EQ(links.size(), PeerLinks::kLinksMax);
  PeerLink link;
  EXPECT_FALSE(links.take("0", "6379", link));
  EXPECT_TRUE(links.take("1", "6379", link));
}

}  // namespace
}  // namespace larder::server
