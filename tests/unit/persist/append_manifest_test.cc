#include "persist/append_manifest.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::persist {
namespace {

constexpr std::string_view kPrefix = "appendonly.aof";

AppendManifest parsed(std::string_view text) {
  auto manifest = AppendManifest::parse(text);
  EXPECT_TRUE(manifest) << manifest.error().reason;
  return manifest ? *manifest : AppendManifest{};
}

std::string reason_of(std::string_view text) {
  const auto manifest = AppendManifest::parse(text);
  return manifest ? "" : manifest.error().reason;
}

TEST(AppendManifest, WhatIsWrittenIsRead) {
  AppendManifest manifest;
  manifest.add_increment(kPrefix);
  manifest.replace_base(kPrefix, true, 1);
  manifest.add_increment(kPrefix);
  EXPECT_EQ(manifest.text(),
            "file appendonly.aof.1.base.rdb seq 1 type b\n"
            "file appendonly.aof.1.incr.aof seq 1 type i\n"
            "file appendonly.aof.2.incr.aof seq 2 type i\n");
  EXPECT_EQ(parsed(manifest.text()).text(), manifest.text());
}

TEST(AppendManifest, ANewBaseMakesWhatItHoldsHistory) {
  auto manifest = parsed(
      "file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n"
      "file a.2.incr.aof seq 2 type i\n");
  manifest.replace_base("a", false, 1);
  EXPECT_EQ(manifest.text(),
            "file a.2.base.aof seq 2 type b\n"
            "file a.1.incr.aof seq 1 type h\n"
            "file a.1.base.rdb seq 1 type h\n"
            "file a.2.incr.aof seq 2 type i\n");
  manifest.replace_base("a", true, 1);
  EXPECT_EQ(manifest.text(),
            "file a.3.base.rdb seq 3 type b\n"
            "file a.2.base.aof seq 2 type h\n"
            "file a.1.incr.aof seq 1 type h\n"
            "file a.1.base.rdb seq 1 type h\n"
            "file a.2.incr.aof seq 2 type i\n");
  manifest.forget_history();
  EXPECT_EQ(manifest.text(), "file a.3.base.rdb seq 3 type b\nfile a.2.incr.aof seq 2 type i\n");
}

TEST(AppendManifest, ASingleFileIsAdoptedUnderItsName) {
  AppendManifest manifest;
  manifest.adopt_base(kPrefix);
  EXPECT_EQ(manifest.text(), "file appendonly.aof seq 1 type b\n");
  EXPECT_EQ(manifest.next_base_name(kPrefix, true), "appendonly.aof.2.base.rdb");
}

TEST(AppendManifest, NamesWithBlanksAreQuoted) {
  AppendManifest manifest;
  manifest.add_increment("a \"b\"\n");
  EXPECT_EQ(parsed(manifest.text()).increments().front().name, "a \"b\"\n.1.incr.aof");
}

TEST(AppendManifest, CommentsAndUnknownPairsArePassedOver) {
  const auto manifest = parsed("# a comment\nfile x seq 1 type b startoffset 7\n");
  EXPECT_EQ(manifest.base()->name, "x");
}

TEST(AppendManifest, WhatIsWrongIsTold) {
  const std::string invalid = "Invalid AOF manifest file format";
  EXPECT_EQ(reason_of(""), "Found an empty AOF manifest");
  EXPECT_EQ(reason_of("file x seq 1 type b"), invalid);  // its line does not end
  EXPECT_EQ(reason_of("\n"), invalid);
  EXPECT_EQ(reason_of("file x seq 1 type\n"), invalid);
  EXPECT_EQ(reason_of("file x seq 0 type b\n"), invalid);
  EXPECT_EQ(reason_of("file \"x seq 1 type b\n"), invalid);
  EXPECT_EQ(reason_of("file x seq 1 type k\n"), "Unknown AOF file type");
  EXPECT_EQ(reason_of("file ../x seq 1 type b\n"), "File can't be a path, just a filename");
  EXPECT_EQ(reason_of("file x seq 1 type b\nfile y seq 2 type b\n"),
            "Found duplicate base file information");
  EXPECT_EQ(reason_of("file x seq 2 type i\nfile y seq 2 type i\n"),
            "Found a non-monotonic sequence number");
  EXPECT_EQ(reason_of("# " + std::string(2000, 'x') + "\n"),
            "The AOF manifest file contains too long line");
  EXPECT_EQ(AppendManifest::parse("#\nfile x\n").error().line_number, 2);
}

}  // namespace
}  // namespace larder::persist
