#include "fixture.h"

namespace larder::families {
namespace {

using StringsCompare = FamiliesTest;

constexpr auto kHelloDigest = "9555e8555c62dcfd";

TEST_F(StringsCompare, DigestIsXxh3InHexadecimal) {
  const std::string zeros =
      "v8lf0c11xh8ymlqztfd3eeq16kfn4sspw7fqmnuuq3k3t75em5wdizgcdw7uc26nnf961u2jkfzkjytls2kwlj7626s"
      "d";
  run({"SET", "zeros", zeros});
  expect({{"SET k hello", "OK"},
          {"DIGEST k", "\"9555e8555c62dcfd\""},
          {"SET n 123", "OK"},
          {"DIGEST n", "\"404a763b3f4c8c9a\""},
          {"SET e ''", "OK"},
          {"DIGEST e", "\"2d06800538d394c2\""},
          {"DIGEST zeros", "\"00006c38adf31777\""},
          {"DIGEST none", "nil"}});
}

TEST_F(StringsCompare, DelexByValue) {
  expect({{"SET k hello", "OK"},
          {"DELEX k IFEQ other", "0"},
          {"DELEX k IFNE hello", "0"},
          {"DELEX k ifeq hello", "1"},
          {"DELEX k IFEQ hello", "0"},
          {"SET k 0123", "OK"},
          {"DELEX k IFEQ 123", "0"},
          {"DELEX k IFNE 123", "1"},
          {"SET k v", "OK"},
          {"DELEX k", "1"},
          {"DELEX k", "0"}});
}

TEST_F(StringsCompare, DelexByDigest) {
  const std::string digest = kHelloDigest;
  expect({{"SET k hello", "OK"}, {"DELEX k IFDEQ 0000000000000000", "0"}});
  EXPECT_EQ(run({"DELEX", "k", "IFDNE", digest}), "0");
  EXPECT_EQ(run({"DELEX", "k", "IFDEQ", digest}), "1");
  expect({{"SET k hello", "OK"}, {"DELEX k IFDEQ zzzzzzzzzzzzzzzz", "0"}});
  for (const auto& wrong : {digest.substr(1), "0" + digest, std::string()}) {
    EXPECT_EQ(run({"DELEX", "k", "IFDEQ", wrong}),
              "-ERR must be exactly 16 hexadecimal characters");
    EXPECT_EQ(run({"DELEX", "none", "IFDEQ", wrong}), "0");
  }
  expect({{"DELEX k IFDNE 0000000000000000", "1"}});
}

TEST_F(StringsCompare, DelexErrors) {
  expect({{"SET k hello", "OK"},
          {"DELEX k FOO hello", "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"},
          {"DELEX none FOO hello", "0"},
          {"DELEX k IFEQ", "-ERR wrong number of arguments for 'delex' command"},
          {"DELEX none IFEQ", "-ERR wrong number of arguments for 'delex' command"},
          {"DELEX k IFEQ hello extra", "-ERR wrong number of arguments for 'delex' command"},
          {"GET k", "\"hello\""}});
}

TEST_F(StringsCompare, DelifeqReleasesOnlyItsOwn) {
  expect({{"SET lock mine", "OK"},
          {"DELIFEQ lock yours", "0"},
          {"DELIFEQ lock mine", "1"},
          {"DELIFEQ lock mine", "0"}});
  EXPECT_EQ(take_changes(), 2u);
}

}  // namespace
}  // namespace larder::families
