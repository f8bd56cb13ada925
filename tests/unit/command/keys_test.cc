#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command/table.h"

namespace larder::command {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Found {
  bool ok;
  std::vector<std::size_t> at;
};

Found find(const KeySpecs& keys, std::vector<std::string_view> args) {
  Spec spec{.name = "x", .arity = -1, .group = Group::generic, .since = "1.0.0"};
  spec.keys = keys;
  const auto positions = find_keys(spec, args);
  Found found{positions.ok, {}};
  for (const auto& key : positions.keys) found.at.push_back(key.index);
  return found;
}

constexpr KeySpec numbered(std::int16_t keynum, std::int16_t first) {
  return {.begin = KeySpec::Begin::index,
          .index = 1,
          .find = KeySpec::Find::keynum,
          .keynum_index = keynum,
          .first_key = first};
}

TEST(FindKeys, Ranges) {
  EXPECT_THAT(find(keys::at(1, key_flag::ro), {"get", "a"}).at, ElementsAre(1));
  EXPECT_THAT(find(keys::range(1, -1, 1, key_flag::ro), {"mget", "a", "b", "c"}).at,
              ElementsAre(1, 2, 3));
  EXPECT_THAT(find(keys::range(1, -1, 2, key_flag::ow), {"mset", "a", "1", "b", "2"}).at,
              ElementsAre(1, 3));
}

TEST(FindKeys, ARangeBeyondTheArgumentsIsNoKey) {
  EXPECT_FALSE(find(keys::at(2, key_flag::ro), {"x", "a"}).ok);
  EXPECT_FALSE(find(keys::range(1, 3, 1, key_flag::ro), {"x", "a"}).ok);
}

TEST(FindKeys, HalfOfTheRest) {
  auto spec = keys::range_spec(1, -1, 1, key_flag::ro);
  spec.limit = 2;
  EXPECT_THAT(find(keys::of(spec), {"xread", "a", "b", "0", "0"}).at, ElementsAre(1, 2));
}

TEST(FindKeys, CountedByAnArgument) {
  const auto spec = keys::of(numbered(0, 1));
  EXPECT_THAT(find(spec, {"x", "2", "a", "b", "c"}).at, ElementsAre(2, 3));
  EXPECT_THAT(find(spec, {"x", "0", "a"}).at, IsEmpty());
}

TEST(FindKeys, AHostileCountReadsNothingOutside) {
  const auto spec = keys::of(numbered(0, 1));
  for (const std::string_view count : {"3", "-1", "9223372036854775807", "-9223372036854775808",
                                       "99999999999999999999", "x", ""}) {
    EXPECT_FALSE(find(spec, {"x", count, "a", "b"}).ok) << count;
  }
  EXPECT_FALSE(find(spec, {"x"}).ok);
  EXPECT_FALSE(find(keys::of(numbered(5, 6)), {"x", "1", "a"}).ok);
}

TEST(FindKeys, BehindAKeyword) {
  const KeySpec forward{
      .begin = KeySpec::Begin::keyword, .index = 1, .keyword = "KEYS", .last = -1};
  EXPECT_THAT(find(keys::of(forward), {"x", "1", "keys", "a", "b"}).at, ElementsAre(3, 4));
  EXPECT_THAT(find(keys::of(forward), {"x", "1", "2"}).at, IsEmpty());
  EXPECT_TRUE(find(keys::of(forward), {"x", "1", "2"}).ok) << "an optional keyword";
  const KeySpec backward{
      .begin = KeySpec::Begin::keyword, .index = -2, .keyword = "KEYS", .last = -1};
  EXPECT_THAT(find(keys::of(backward), {"x", "keys", "1", "keys", "a"}).at, ElementsAre(4));
}

}  // namespace
}  // namespace larder::command
