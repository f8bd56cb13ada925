#include "persist/append_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::persist {
namespace {

using Status = AppendReader::Status;

constexpr std::string_view kSet = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
constexpr std::string_view kMulti = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view kExec = "*1\r\n$4\r\nEXEC\r\n";

// Gives its bytes away one by one.
class Dripping final : public SnapshotSource {
 public:
  explicit Dripping(std::string text) : SnapshotSource(std::string_view()), text_(std::move(text)) {
    at_ = end_ = text_.data();
  }
  std::uint64_t offset() const noexcept override {
    return static_cast<std::uint64_t>(at_ - text_.data());
  }
  std::uint64_t checksum() const noexcept override { return 0; }

 protected:
  bool refill(std::size_t) override {
    if (end_ == text_.data() + text_.size()) return false;
    ++end_;
    return true;
  }

 private:
  std::string text_;
};

struct Read {
  std::size_t commands = 0;
  Status status = Status::end;
  std::uint64_t offset = 0;
  std::uint64_t whole_until = 0;
};

Read read_all(SnapshotSource& source) {
  AppendReader reader(source);
  Read read;
  while ((read.status = reader.next()) == Status::command) ++read.commands;
  read.offset = reader.offset();
  read.whole_until = reader.whole_until();
  return read;
}

Read read_all(std::string_view text) {
  SnapshotBytes source(text);
  return read_all(source);
}

TEST(AppendReader, ReadsCommandsAndTheirTimes) {
  const std::string text = "#TS:1700000000\r\n" + std::string(kSet);
  SnapshotBytes source(text);
  AppendReader reader(source);
  ASSERT_EQ(reader.next(), Status::command);
  ASSERT_EQ(reader.words().size(), 3U);
  EXPECT_EQ(reader.words()[2], "1");
  EXPECT_EQ(reader.time_s(), 1'700'000'000);
  EXPECT_EQ(reader.offset(), text.size());
  EXPECT_EQ(reader.next(), Status::end);
}

TEST(AppendReader, NothingDependsOnHowTheBytesCome) {
  const std::string text = std::string(kSet) + "#TS:5\r\n" + std::string(kMulti) +
                           std::string(kSet) + std::string(kExec);
  Dripping source(text);
  const auto read = read_all(source);
  EXPECT_EQ(read.status, Status::end);
  EXPECT_EQ(read.commands, 4U);
  EXPECT_EQ(read.whole_until, text.size());
}

TEST(AppendReader, EveryTornTailIsToldFromAWholeFile) {
  const std::string text = std::string(kSet) + std::string(kSet);
  for (auto size = kSet.size() + 1; size < text.size(); ++size) {
    const auto read = read_all(std::string_view(text).substr(0, size));
    EXPECT_EQ(read.status, Status::truncated) << size;
    EXPECT_EQ(read.offset, kSet.size());
    EXPECT_EQ(read.whole_until, kSet.size());
  }
}

TEST(AppendReader, AnOpenTransactionIsNotWhole) {
  const auto read = read_all(std::string(kSet) + std::string(kMulti) + std::string(kSet));
  EXPECT_EQ(read.status, Status::end);
  EXPECT_EQ(read.commands, 3U);
  EXPECT_EQ(read.whole_until, kSet.size());
}

TEST(AppendReader, WhatIsNoCommandIsDamage) {
  EXPECT_EQ(read_all(std::string(kSet) + "SET a 1\r\n").status, Status::damaged);
  EXPECT_EQ(read_all(std::string(kSet) + "SET a 1\r\n").offset, kSet.size());
  EXPECT_EQ(read_all("*1\r\n+4\r\nEXEC\r\n").status, Status::damaged);
  EXPECT_EQ(read_all("*1\r\n$3\r\nEXEC\r\n").status, Status::damaged);
  EXPECT_EQ(read_all("*0\r\n").status, Status::damaged);
  EXPECT_EQ(read_all("*1\r\n$99999999999999999\r\nEXEC\r\n").status, Status::damaged);
  EXPECT_EQ(read_all("#" + std::string(5000, 'x')).status, Status::damaged);
}

}  // namespace
}  // namespace larder::persist
