// Who frees large values: the background thread or the command, as lazyfree-lazy-* say.
#include <thread>

#include "fixture.h"

namespace larder::families {
namespace {

class KeysFreeing : public FamiliesTest {
 protected:
  KeysFreeing() {
    settings_.lazyfree_lazy_user_del = false;
    keyspace_.set_lazy_free({.expired = false, .evicted = false, .replaced = false});
  }

  void make_large(const std::string& name) {
    std::vector<std::string> words = {"RPUSH", name};
    for (int i = 0; i < 1000; ++i) words.push_back(std::to_string(i));
    run(words);
  }

  // Of the background thread, once it has nothing to do.
  std::uint64_t freed() {
    while (keyspace_.lazyfree_pending_objects() != 0) std::this_thread::yield();
    return keyspace_.lazyfreed_objects();
  }
};

TEST_F(KeysFreeing, DelFreesAsItsSettingSays) {
  make_large("a");
  call("DEL a");
  EXPECT_EQ(freed(), 0U);
  settings_.lazyfree_lazy_user_del = true;
  make_large("a");
  call("DEL a");
  EXPECT_EQ(freed(), 1U);
}

TEST_F(KeysFreeing, UnlinkAlwaysFreesInTheBackgroundWhatIsLarge) {
  make_large("a");
  call("RPUSH small 1");
  EXPECT_EQ(call("UNLINK a small"), "2");
  EXPECT_EQ(freed(), 1U);
}

TEST_F(KeysFreeing, OverwritingAndExpiringHaveTheirOwn) {
  make_large("a");
  call("SET a 1");
  make_large("b");
  call("PEXPIRE b 10");
  advance_ms(20);
  EXPECT_EQ(call("EXISTS b"), "0");
  EXPECT_EQ(freed(), 0U);

  keyspace_.set_lazy_free({.expired = false, .evicted = false, .replaced = true});
  make_large("c");
  call("SET c 1");
  EXPECT_EQ(freed(), 1U);
  make_large("b");
  call("PEXPIRE b 10");
  advance_ms(20);
  EXPECT_EQ(call("EXISTS b"), "0");
  EXPECT_EQ(freed(), 1U);
}

}  // namespace
}  // namespace larder::families
