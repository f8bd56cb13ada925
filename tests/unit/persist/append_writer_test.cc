#include "persist/append_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <string>

namespace larder::persist {
namespace {

// Keeps what is written; takes no more than so many bytes, and fails syncs when it is told to.
class Memory final : public Disk {
 public:
  ssize_t write(int, const char* bytes, std::size_t count, std::uint64_t offset) override {
    const std::lock_guard lock(mutex_);
    text_.resize(offset);
    const auto taken = std::min(count, room_ - std::min(room_, text_.size()));
    if (taken == 0) {
      errno = ENOSPC;
      return -1;
    }
    text_.append(bytes, taken);
    return static_cast<ssize_t>(taken);
  }
  int sync(int) override {
    const std::lock_guard lock(mutex_);
    errno = EIO;
    return fails_syncs_ ? -1 : 0;
  }
  int truncate(int, std::uint64_t bytes) override {
    const std::lock_guard lock(mutex_);
    text_.resize(bytes);
    return 0;
  }
  int reserve(int, std::uint64_t, std::uint64_t) override { return 0; }

  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  void set_room(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    room_ = bytes;
  }
  void fail_syncs(bool fail) {
    const std::lock_guard lock(mutex_);
    fails_syncs_ = fail;
  }

 private:
  std::mutex mutex_;
  std::string text_;
  std::size_t room_ = SIZE_MAX;
  bool fails_syncs_ = false;
};

class AppendWriterTest : public testing::Test {
 protected:
  AppendWriterTest() { writer_.switch_to(base::UniqueFd(::dup(0)), 0); }

  Memory disk_;
  AppendWriter writer_{100, nullptr, disk_};
};

TEST_F(AppendWriterTest, AFlushLeavesAllOnTheDisk) {
  writer_.append("one");
  writer_.append("two");
  EXPECT_TRUE(writer_.flush());
  EXPECT_EQ(disk_.text(), "onetwo");
  EXPECT_EQ(writer_.progress().synced, 106U);
  EXPECT_EQ(writer_.pending_bytes(), 0U);
}

TEST_F(AppendWriterTest, MuchIsWrittenInItsOrder) {
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const auto bytes = std::to_string(i) + std::string(static_cast<std::size_t>(i) * 7, 'x');
    writer_.append(bytes);
    all += bytes;
    if (i == 500) {
      EXPECT_TRUE(writer_.flush());
    }
  }
  const std::string large(1 << 20, 'y');
  writer_.append(large);
  EXPECT_TRUE(writer_.flush());
  EXPECT_EQ(disk_.text(), all + large);
}

TEST_F(AppendWriterTest, AFullDiskIsLeftWholeAndTriedAgain) {
  disk_.set_room(4);
  writer_.append("abc");
  EXPECT_TRUE(writer_.flush());
  writer_.append("defg");
  EXPECT_FALSE(writer_.flush());
  EXPECT_EQ(disk_.text(), "abc");
  EXPECT_EQ(writer_.progress().write_error, ENOSPC);
  disk_.set_room(100);
  EXPECT_TRUE(writer_.flush());
  EXPECT_EQ(disk_.text(), "abcdefg");
  EXPECT_EQ(writer_.progress().write_error, 0);
}

TEST_F(AppendWriterTest, AFailedSyncIsRemembered) {
  disk_.fail_syncs(true);
  writer_.append("abc");
  EXPECT_FALSE(writer_.flush());
  EXPECT_EQ(writer_.progress().sync_error, EIO);
  disk_.fail_syncs(false);
  EXPECT_TRUE(writer_.flush());
  EXPECT_EQ(writer_.progress().sync_error, 0);
  EXPECT_TRUE(writer_.progress().has_lost_sync);
}

TEST_F(AppendWriterTest, WhatALostSyncMayHaveLeftOutIsNotOnTheDiskBeforeANewBaseIs) {
  writer_.append("abc");
  EXPECT_TRUE(writer_.flush());
  disk_.fail_syncs(true);
  writer_.append("def");
  EXPECT_FALSE(writer_.flush());
  disk_.fail_syncs(false);
  EXPECT_TRUE(writer_.flush());
  EXPECT_EQ(writer_.progress().synced, 103U);
  writer_.forget_lost_sync(105);  // a base that began before
  EXPECT_EQ(writer_.progress().synced, 103U);
  writer_.forget_lost_sync(106);
  EXPECT_EQ(writer_.progress().synced, 106U);
  EXPECT_FALSE(writer_.progress().has_lost_sync);
}

TEST_F(AppendWriterTest, TheBacklogIsWhatIsToBeWrittenAndWhatTheDiskHasNotSynced) {
  writer_.set_sync(settings::AppendSync::everysec);
  disk_.set_room(0);
  EXPECT_EQ(writer_.append("abc").age_us, 0);
  EXPECT_FALSE(writer_.flush());
  EXPECT_EQ(writer_.backlog().bytes, 3U);
  EXPECT_GT(writer_.backlog().age_us, 0);
  disk_.set_room(100);
  disk_.fail_syncs(true);
  EXPECT_FALSE(writer_.flush());
  EXPECT_EQ(writer_.backlog().bytes, 0U);
  EXPECT_GT(writer_.backlog().age_us, 0);
  disk_.fail_syncs(false);
  EXPECT_TRUE(writer_.flush());
  EXPECT_EQ(writer_.backlog().age_us, 0);
}

TEST_F(AppendWriterTest, NothingIsAwaitedWhileSyncsAreHeldOrNotPromised) {
  writer_.hold_sync(true);
  writer_.append("abc");
  EXPECT_EQ(writer_.backlog().age_us, 0);
  writer_.hold_sync(false);
  writer_.set_sync(settings::AppendSync::no);
  writer_.append("def");
  EXPECT_EQ(writer_.backlog().age_us, 0);
}

TEST(AppendWriterTelling, WritesStandForSyncsThatAreHeld) {
  Memory disk;
  std::mutex mutex;
  std::condition_variable told;
  int count = 0;
  AppendWriter writer(
      0,
      [&] {
        const std::lock_guard lock(mutex);
        ++count;
        told.notify_one();
      },
      disk);
  writer.set_sync(settings::AppendSync::always);
  writer.hold_sync(true);
  writer.switch_to(base::UniqueFd(::dup(0)), 0);
  writer.append("abc");
  std::unique_lock lock(mutex);
  told.wait(lock, [&] { return count != 0; });
  lock.unlock();
  EXPECT_TRUE(writer.progress().is_sync_held);
  EXPECT_EQ(writer.progress().written, 3U);
  EXPECT_EQ(writer.progress().synced, 0U);
}

TEST(AppendWriterTelling, TellsOnceTheBacklogIsLow) {
  Memory disk;
  std::mutex mutex;
  std::condition_variable told;
  bool is_told = false;
  AppendWriter writer(
      0,
      [&] {
        const std::lock_guard lock(mutex);
        is_told = true;
        told.notify_one();
      },
      disk);
  writer.set_sync(settings::AppendSync::no);
  writer.switch_to(base::UniqueFd(::dup(0)), 0);
  writer.tell_when_below(10);
  writer.append("abc");
  std::unique_lock lock(mutex);
  told.wait(lock, [&] { return is_told; });
}

// Its syncs take until they are let go.
class SlowDisk final : public Disk {
 public:
  ssize_t write(int, const char*, std::size_t count, std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    written_ += count;
    changed_.notify_all();
    return static_cast<ssize_t>(count);
  }
  int sync(int) override {
    std::unique_lock lock(mutex_);
    ++syncs_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return lets_go_; });
    return 0;
  }

  void wait_for_sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return syncs_ != 0; });
  }
  void wait_for_bytes(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return written_ == count; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    lets_go_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t written_ = 0;
  int syncs_ = 0;
  bool lets_go_ = false;
};

TEST(AppendWriterSyncing, EverysecWritesWhileTheDiskSyncs) {
  SlowDisk disk;
  AppendWriter writer(0, nullptr, disk);
  writer.switch_to(base::UniqueFd(::dup(0)), 0);
  writer.append("abc");
  disk.wait_for_sync();
  writer.append("def");
  disk.wait_for_bytes(6);
  EXPECT_EQ(writer.progress().synced, 0U);
  disk.let_go();
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(writer.progress().synced, 6U);
}

}  // namespace
}  // namespace larder::persist
