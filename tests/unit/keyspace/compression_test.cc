// Strings that are kept compressed look like all others.
#include <gtest/gtest.h>

#include "fixture.h"
#include "keyspace/parts.h"

namespace larder::keyspace {
namespace {

class CompressionTest : public KeyspaceTest {
 protected:
  CompressionTest() { keyspace.set_compression(true, 256); }

  static std::string document(std::size_t items) {
    std::string text;
    for (std::size_t i = 0; i < items; ++i) text += R"({"name":"item","number":)" + numbered("", i);
    return text;
  }
  std::uint64_t compressed() { return keyspace.compression().values; }

  const std::string text = document(60);
};

TEST_F(CompressionTest, KeepsWhatWasSet) {
  set("a", text);
  EXPECT_EQ(compressed(), 1U);
  EXPECT_LT(keyspace.compression().stored_bytes, text.size() / 2);
  EXPECT_EQ(keyspace.compression().raw_bytes, text.size());
  EXPECT_EQ(get("a"), text);
  EXPECT_EQ(db.find(key("a")).length(), text.size());
  EXPECT_LT(db.find(key("a")).memory_bytes(), text.size());
  db.erase(key("a"));
  EXPECT_EQ(compressed(), 0U);
  EXPECT_EQ(keyspace.compression().raw_bytes, 0U);
}

TEST_F(CompressionTest, LeavesWhatIsShortOrSavesLittle) {
  set("short", std::string(255, 'x'));
  std::string noise;
  base::Random random(1);
  while (noise.size() < 2000) noise.push_back(static_cast<char>(random.next()));
  set("noise", noise);
  EXPECT_EQ(compressed(), 0U);
  EXPECT_EQ(get("noise"), noise);
}

TEST_F(CompressionTest, ChangesInPlaceInflate) {
  for (const std::size_t length : {10UL, 600UL, text.size() - 1, text.size() + 500}) {
    set("a", text);
    auto entry = db.find(key("a"));
    db.resize_string(entry, length);
    auto expected = text;
    expected.resize(length, '\0');
    EXPECT_EQ(get("a"), expected) << length;
    EXPECT_EQ(compressed(), 0U);
  }
}

TEST_F(CompressionTest, UpdatesCopiesAndMovesKeepTheText) {
  set("a", "short");
  auto entry = db.find(key("a"));
  db.update_string(entry, text);
  EXPECT_EQ(compressed(), 1U);
  EXPECT_EQ(get("a"), text);
  db.copy_to(db.find(key("a")), keyspace.database(1), key("b"));
  db.move_to(db.find(key("a")), db, key("c"));
  EXPECT_EQ(compressed(), 2U);
  EXPECT_EQ(get("c"), text);
  EXPECT_EQ(get("b", &keyspace.database(1)), text);
  auto moved = db.find(key("c"));
  db.set_deadline(moved, kStart + 1000);
  EXPECT_EQ(get("c"), text);
  pass(3000);
  EXPECT_EQ(compressed(), 1U);
}

TEST_F(CompressionTest, TextsStayUntilTheyAreReleased) {
  const auto other = document(70);
  set("a", text);
  set("b", other);
  base::IntegerText scratch;
  const auto first = db.find(key("a")).text(scratch);
  const auto second = db.find(key("b")).text(scratch);
  EXPECT_EQ(first, text);
  EXPECT_EQ(second, other);
  keyspace.release_inflated();
  EXPECT_EQ(get("a"), text);
}

TEST_F(CompressionTest, PartsSayOtherwise) {
  PartRules plain;
  plain.name = plain.prefix = "plain";
  plain.compresses = false;
  keyspace.set_parts({plain});
  set("plain", text);
  EXPECT_EQ(compressed(), 0U);
  set("other", text);
  EXPECT_EQ(compressed(), 1U);
  const auto recounted = keyspace.recount_parts();
  EXPECT_EQ(keyspace.parts()->all()[0].size, recounted[0]);
}

TEST_F(CompressionTest, ManyChangesLeaveNothingBehind) {
  base::Random random(9);
  for (int i = 0; i < 5000; ++i) {
    const auto name = numbered("k", random.below(20));
    const auto value = document(random.below(80));
    switch (random.below(4)) {
      case 0:
        db.erase(key(name));
        break;
      case 1:
        if (auto entry = db.find(key(name))) {
          auto expected = *get(name);
          const auto length = random.below(3000);
          expected.resize(length, '\0');
          db.resize_string(entry, length);
          ASSERT_EQ(get(name), expected);
        }
        break;
      default:
        set(name, value);
        ASSERT_EQ(get(name), value);
    }
    keyspace.release_inflated();
  }
  keyspace.clear(false);
  EXPECT_EQ(compressed(), 0U);
  EXPECT_EQ(keyspace.memory().large_strings, 0U);
}

}  // namespace
}  // namespace larder::keyspace
