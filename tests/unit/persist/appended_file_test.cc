#include "persist/appended_file.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "persist/append_reader.h"
#include "resp/command_text.h"

namespace larder::persist {
namespace {

// A file in memory that takes no more than so many bytes.
class Memory final : public Disk {
 public:
  ssize_t write(int, const char* bytes, std::size_t count, std::uint64_t offset) override {
    const auto taken = std::min(count, room - std::min(room, static_cast<std::size_t>(offset)));
    if (taken == 0) {
      errno = ENOSPC;
      return -1;
    }
    text.resize(std::max(text.size(), static_cast<std::size_t>(offset) + taken));
    text.replace(offset, taken, bytes, taken);
    return static_cast<ssize_t>(taken);
  }
  int sync(int) override { return 0; }
  int truncate(int, std::uint64_t bytes) override {
    if (fails_to_truncate) return -1;
    text.resize(bytes);
    reserved_until = bytes;
    ++truncations;
    return 0;
  }
  int reserve(int, std::uint64_t offset, std::uint64_t bytes) override {
    if (fails_to_reserve) return -1;
    reserved_until = offset + bytes;
    ++reservations;
    return 0;
  }

  std::string text;
  std::uint64_t reserved_until = 0;
  int reservations = 0;
  int truncations = 0;
  bool fails_to_reserve = false;
  std::size_t room = SIZE_MAX;
  bool fails_to_truncate = false;
};

std::string command(std::string_view value) {
  base::ByteBuffer buffer;
  const std::string_view words[] = {"SET", "key", value};
  resp::append_command(buffer, words);
  return std::string(buffer.view());
}

std::string_view without_filler(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kFiller) + 1);
}

struct Found {
  std::vector<std::string> values;
  AppendReader::Status status{};
  std::uint64_t whole_until = 0;
};
Found read(std::string_view file) {
  const auto text = without_filler(file);
  SnapshotBytes source(text);
  AppendReader reader(source, text.size() != file.size());
  Found found;
  while ((found.status = reader.next()) == AppendReader::Status::command) {
    found.values.emplace_back(reader.words()[2]);
  }
  found.whole_until = reader.whole_until();
  return found;
}

class AppendedFileTest : public testing::Test {
 protected:
  AppendedFileTest() { file_.open(base::UniqueFd(::dup(0)), 0); }

  // A file large enough to be laid out, and laid out.
  void begin() {
    while (!file_.wants_layout()) append(command(std::string(1000, 'a')));
    ASSERT_TRUE(file_.lay_out());
    file_.note_synced_layout();
    begin_bytes_ = file_.bytes();
  }
  void append(const std::string& bytes) {
    const auto [done, error] = file_.append(bytes, true);
    EXPECT_EQ(done, bytes.size());
    EXPECT_EQ(error, 0);
  }
  std::string_view appended() {
    return std::string_view(disk_.text).substr(begin_bytes_, file_.bytes() - begin_bytes_);
  }

  Memory disk_;
  AppendedFile file_{disk_};
  std::uint64_t begin_bytes_ = 0;
};

TEST_F(AppendedFileTest, SmallOnesAreAppendedTo) {
  append(command("a"));
  EXPECT_FALSE(file_.wants_layout());
  EXPECT_EQ(disk_.text, command("a"));
}

TEST_F(AppendedFileTest, WhatIsLaidOutIsReplaced) {
  begin();
  const auto size = disk_.text.size();
  EXPECT_GE(size, 2 * begin_bytes_);
  append(command("b"));
  EXPECT_EQ(disk_.text.size(), size);
  EXPECT_EQ(appended(), sum_line(command("b")) + command("b"));
  EXPECT_EQ(disk_.text[file_.bytes()], kFiller);
  const auto found = read(disk_.text);
  EXPECT_EQ(found.status, AppendReader::Status::end);
  EXPECT_EQ(found.values.back(), "b");
  EXPECT_EQ(found.whole_until, file_.bytes());
}

TEST_F(AppendedFileTest, FillerCountsWhenItIsOnTheDisk) {
  begin();
  const auto until = disk_.text.size();
  while (!file_.wants_layout()) append(command(std::string(1000, 'b')));
  ASSERT_TRUE(file_.lay_out());
  EXPECT_GT(disk_.text.size(), until);
  const auto before = file_.bytes();
  append(command(std::string(until - before, 'c')));  // goes beyond what is surely there
  EXPECT_EQ(disk_.text.size(), file_.bytes());
  EXPECT_EQ(disk_.text.substr(before), command(std::string(until - before, 'c')));
}

TEST_F(AppendedFileTest, WhatIsNotSyncedNextIsAppended) {
  begin();
  EXPECT_EQ(file_.append(command("b"), false).error, 0);
  EXPECT_EQ(appended(), command("b"));
  EXPECT_EQ(disk_.text.size(), file_.bytes());
}

TEST_F(AppendedFileTest, TrimmedItIsAsItWouldHaveBeen) {
  begin();
  append(command("b"));
  EXPECT_TRUE(file_.trim());
  EXPECT_EQ(disk_.text.size(), file_.bytes());
  EXPECT_EQ(read(disk_.text).values.back(), "b");
}

TEST_F(AppendedFileTest, RoomIsTakenAheadWhereNoSyncIsAwaited) {
  const auto bytes = command(std::string(1000, 'a'));
  while (file_.bytes() < 4 * kReservedBytesMax) {
    EXPECT_EQ(file_.append(bytes, false).error, 0);
    const bool is_small = file_.bytes() < 80 * 1024;
    EXPECT_TRUE(is_small || disk_.reserved_until >= file_.bytes());
    EXPECT_LE(disk_.reserved_until, file_.bytes() + std::min(file_.bytes(), kReservedBytesMax));
    EXPECT_EQ(disk_.text.size(), file_.bytes());
  }
  EXPECT_LT(disk_.reservations, 20);
  EXPECT_EQ(disk_.truncations, 0);
  EXPECT_TRUE(file_.trim());
  EXPECT_EQ(disk_.reserved_until, file_.bytes());
  EXPECT_EQ(disk_.text.size(), file_.bytes());
}

TEST_F(AppendedFileTest, WhereThereIsNoRoomAheadItDoesWithout) {
  disk_.fails_to_reserve = true;
  const auto bytes = command(std::string(1000, 'a'));
  while (file_.bytes() < 100'000) EXPECT_EQ(file_.append(bytes, false).error, 0);
  disk_.fails_to_reserve = false;
  EXPECT_EQ(file_.append(bytes, false).error, 0);
  EXPECT_EQ(disk_.reservations, 0);
}

TEST_F(AppendedFileTest, AFullDiskLeavesItWhole) {
  append(command("a"));
  disk_.room = disk_.text.size() + 5;
  EXPECT_EQ(file_.append(command("b"), true).error, ENOSPC);
  EXPECT_EQ(disk_.text, command("a"));
  disk_.room = SIZE_MAX;
  append(command("c"));
  EXPECT_EQ(read(disk_.text).values, (std::vector<std::string>{"a", "c"}));
}

TEST_F(AppendedFileTest, WhatCannotBeCutOffHasToBeBeforeMoreIsAppended) {
  begin();
  disk_.room = file_.bytes() + 20;
  disk_.fails_to_truncate = true;
  EXPECT_EQ(file_.append(command("b"), true).bytes, 0U);
  EXPECT_EQ(file_.bytes(), begin_bytes_);
  EXPECT_EQ(file_.append(command("b"), true).bytes, 0U);
  disk_.room = SIZE_MAX;
  disk_.fails_to_truncate = false;
  append(command("c"));
  EXPECT_EQ(disk_.text.substr(begin_bytes_), command("c"));
}

// After a crash of the machine any block of what was written last may be as it was before.
void expect_all_or_none(const std::string& before, const std::string& after, std::size_t begin,
                        std::size_t end) {
  constexpr std::size_t kBlockBytes = 512;
  const auto first_block = begin / kBlockBytes;
  const auto blocks = (end - 1) / kBlockBytes - first_block + 1;
  ASSERT_GE(blocks, 4U);
  for (std::size_t kept = 0; kept < (std::size_t{1} << blocks); ++kept) {
    auto text = after;
    for (std::size_t block = 0; block < blocks; ++block) {
      if ((kept >> block & 1) != 0) continue;
      const auto at = (first_block + block) * kBlockBytes;
      text.replace(at, kBlockBytes, before, at, kBlockBytes);
    }
    const auto found = read(text);
    const bool is_whole = text == after;
    EXPECT_EQ(found.whole_until, is_whole ? end : begin) << begin << ", " << kept;
    EXPECT_EQ(found.values.back() == "whole", !is_whole) << begin << ", " << kept;
    EXPECT_NE(found.status, AppendReader::Status::damaged) << begin << ", " << kept;
  }
}

TEST_F(AppendedFileTest, ACrashLeavesAllOfTheLastBytesOrNone) {
  begin();
  std::string last;
  for (const char c : {'x', '#', 'y', 'z'}) last += command(std::string(450, c));
  for (std::size_t i = 0; i < 40; ++i) {
    append(command(std::string(i, 'w')));
    append(command("whole"));
    const auto before = disk_.text;
    const auto begin = file_.bytes();
    append(last);
    expect_all_or_none(before, disk_.text, begin, file_.bytes());
  }
}

TEST_F(AppendedFileTest, AFlippedBitBeforeTheEndIsDamage) {
  begin();
  append(command("b"));
  const auto at = file_.bytes() - 3;
  append(command("c"));
  disk_.text[at] ^= 1;
  EXPECT_EQ(read(disk_.text).status, AppendReader::Status::damaged);
}

TEST_F(AppendedFileTest, WhatSomebodyCutIsReadAsFarAsItGoes) {
  begin();
  append(command("b") + command("c"));
  const auto found = read(disk_.text.substr(0, file_.bytes() - command("c").size()));
  EXPECT_EQ(found.status, AppendReader::Status::end);
  EXPECT_EQ(found.values.back(), "b");
}

TEST(EndOfAppended, IsWhereFillerBegins) {
  const base::UniqueFd fd(::memfd_create("test", 0));
  const auto end_of = [&](const std::string& text) {
    EXPECT_EQ(::ftruncate(fd.get(), 0), 0);
    EXPECT_EQ(::pwrite(fd.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return end_of_appended(fd.get(), text.size());
  };
  EXPECT_EQ(end_of(""), 0U);
  EXPECT_EQ(end_of("abc"), 3U);
  EXPECT_EQ(end_of("#a##"), 2U);
  EXPECT_EQ(end_of("abc" + std::string(300'000, kFiller)), 3U);
  EXPECT_EQ(end_of(std::string(200'000, 'a') + std::string(65'536, kFiller)), 200'000U);
  EXPECT_EQ(end_of(std::string(65'536, kFiller)), 0U);
}

TEST(SumLine, IsReadAsItWasWritten) {
  const auto line = sum_line("abc");
  ASSERT_TRUE(line.ends_with("\r\n"));
  Sum sum;
  ASSERT_TRUE(parse_sum(std::string_view(line).substr(0, line.size() - 2), sum));
  EXPECT_EQ(sum.bytes, 3U);
  for (const char* const other :
       {"#SUM:", "#SUM:0123456789abcdef", "#SUM:0123456789abcdef ", "#SUM:0123456789abcdeg 1",
        "#SUM:0123456789abcdef 1x", "#SUM:0123456789abcdef -1", "#SUM:0123456789abcdef 99999999",
        "#TS:1"}) {
    EXPECT_FALSE(parse_sum(other, sum)) << other;
  }
}

}  // namespace
}  // namespace larder::persist
