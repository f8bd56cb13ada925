#include "fixture.h"

namespace larder::families {
namespace {

class KeysDump : public FamiliesTest {
 protected:
  std::string dumped(std::string_view name) {
    const auto shown = run({"DUMP", std::string(name)});
    return shown.substr(1, shown.size() - 2);
  }
};

TEST_F(KeysDump, ATtlIsFromNowOrATime) {
  call("SET k v");
  const auto payload = dumped("k");
  EXPECT_EQ(run({"RESTORE", "a", "5000", payload}), "OK");
  EXPECT_EQ(ttl_ms("a"), 5'000);
  EXPECT_EQ(run({"RESTORE", "b", std::to_string(kStart + 70), payload, "ABSTTL"}), "OK");
  EXPECT_EQ(ttl_ms("b"), 70);
  EXPECT_EQ(run({"RESTORE", "c", "0", payload}), "OK");
  EXPECT_EQ(ttl_ms("c"), -1);
  EXPECT_EQ(run({"RESTORE", "d", std::to_string(INT64_MAX), payload}),
            "-ERR Invalid TTL value, must be >= 0");
}

TEST_F(KeysDump, ATimeThatHasPassedRemovesTheKey) {
  call("SET k v");
  const auto payload = dumped("k");
  take_changes();
  EXPECT_EQ(run({"RESTORE", "k", "5", payload, "ABSTTL", "REPLACE"}), "OK");
  EXPECT_EQ(take_changes(), 1u);
  EXPECT_EQ(run({"RESTORE", "k", "5", payload, "ABSTTL"}), "OK");
  EXPECT_EQ(take_changes(), 0u);
  EXPECT_FALSE(entry("k"));
}

TEST_F(KeysDump, ARefusedPayloadLeavesTheKey) {
  call("SET k v");
  EXPECT_EQ(run({"RESTORE", "k", "0", "nonsense", "REPLACE"}),
            "-ERR DUMP payload version or checksum are wrong");
  keyspace_.set_skip_checksums(true);
  EXPECT_EQ(run({"RESTORE", "k", "0", std::string("\x0a\x01?\x0a\x00????????", 13), "REPLACE"}),
            "-ERR Bad data format");
  EXPECT_EQ(call("GET k"), "\"v\"");
}

TEST_F(KeysDump, HowAKeyWasUsedIsSet) {
  call("SET k v");
  const auto payload = dumped("k");
  EXPECT_EQ(run({"RESTORE", "a", "0", payload, "IDLETIME", "1000"}), "OK");
  EXPECT_EQ(call("OBJECT IDLETIME a"), "1000");
  EXPECT_EQ(run({"RESTORE", "b", "0", payload, "FREQ", "33"}), "OK");
  EXPECT_EQ(call("OBJECT FREQ b"), "33");
  EXPECT_EQ(run({"RESTORE", "b", "0", payload, "FREQ", "255", "REPLACE"}), "OK");
  EXPECT_EQ(call("OBJECT FREQ b"), "100");  // the most there is
  EXPECT_EQ(run({"RESTORE", "b", "0", payload, "FREQ", "0", "REPLACE"}), "OK");
  EXPECT_EQ(call("OBJECT FREQ b"), "5");  // the least
}

}  // namespace
}  // namespace larder::families
