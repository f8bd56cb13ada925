#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "fixture.h"
#include "keyspace/hit_density.h"
#include "persist/file_sink.h"
#include "persist/file_source.h"
#include "persist/snapshot_reader.h"
#include "persist/snapshot_writer.h"
#include "value/bloom_filter.h"
#include "value/hash.h"
#include "value/set.h"
#include "value/sorted_set.h"

namespace larder::persist {
namespace {

using keyspace::kNever;
using keyspace::Type;

class Bytes final : public SnapshotSink {
 public:
  bool write(std::string_view bytes) override {
    if (text.size() + bytes.size() > bytes_max) return false;
    text += bytes;
    return true;
  }

  std::string text;
  std::size_t bytes_max = SIZE_MAX;
};

class Observer final : public LoadObserver {
 public:
  base::Result<void> on_library(std::string_view code) override {
    libraries.emplace_back(code);
    return {};
  }
  bool on_key(const LoadedSnapshot&) override { return --keys_left > 0; }

  std::vector<std::string> libraries;
  int keys_left = 1'000'000;
};

class SnapshotsTest : public PersistTest {
 protected:
  std::string snapshot() {
    Bytes sink;
    keys_written_ = 0;
    EXPECT_TRUE(write_snapshot(sink, contents(), [this] { ++keys_written_; }));
    return sink.text;
  }
  SnapshotContents contents() {
    return {.keyspace = keyspace_, .settings = settings_, .libraries = libraries_};
  }

  // "" where all was loaded, or why not.
  std::string load(SnapshotSource& source, LoadOptions options) {
    auto result = load_snapshot(source, keyspace_, options, observer_);
    if (!result) return result.error();
    loaded_ = *result;
    return "";
  }
  std::string load(std::string_view bytes) {
    keyspace_.clear(false);
    SnapshotBytes source(bytes);
    return load(source, {.settings = settings_});
  }
  // A file of `version` with these parts and no checksum.
  static std::string file(std::string_view parts, std::string_view version = "0010") {
    return "REDIS" + std::string(version) + std::string(parts) + '\xff' + std::string(8, '\0');
  }
  template <std::size_t N>
  static std::string file(const char (&parts)[N], std::string_view version = "0010") {
    return file(std::string_view(parts, N - 1), version);
  }

  void set(std::string_view name, std::string_view value, keyspace::Deadline deadline = kNever) {
    database().set_string(key(name), value, deadline);
  }

  std::vector<std::string_view> libraries_;
  Observer observer_;
  LoadedSnapshot loaded_;
  int keys_written_ = 0;
};

TEST_F(SnapshotsTest, AnEmptySnapshotIsLoaded) {
  const auto bytes = snapshot();
  EXPECT_EQ(bytes.substr(0, 9), "REDIS0010");
  EXPECT_EQ(load(bytes), "");
  EXPECT_EQ(loaded_.keys, 0U);
  EXPECT_TRUE(loaded_.has_checksum);
  EXPECT_EQ(loaded_.created_s, kNow / 1000);
}

TEST_F(SnapshotsTest, KeysComeBackWithTheirDeadlines) {
  set("a", "1");
  set("b", std::string(100'000, 'x'));
  set("c", "text", kNow + 5000);
  EXPECT_EQ(load(snapshot()), "");
  EXPECT_EQ(keys_written_, 3);
  EXPECT_EQ(loaded_.keys, 3U);
  EXPECT_EQ(text("a"), "1");
  EXPECT_EQ(text("b"), std::string(100'000, 'x'));
  EXPECT_EQ(entry("c").deadline(), kNow + 5000);
  EXPECT_FALSE(entry("a").has_deadline());
}

TEST_F(SnapshotsTest, KeysPastTheirDeadlineAreWrittenAndLeftOutOnLoading) {
  set("a", "1", kNow - 1);
  EXPECT_EQ(load(snapshot()), "");
  EXPECT_EQ(keys_written_, 1);
  EXPECT_EQ(loaded_.keys, 0U);
  EXPECT_EQ(loaded_.expired_keys, 1U);
}

TEST_F(SnapshotsTest, KeysPastTheirDeadlineAreLoadedWhereCommandsFollow) {
  set("a", "1", kNow - 1);
  const auto bytes = snapshot();
  keyspace_.clear(false);
  SnapshotBytes source(bytes);
  EXPECT_EQ(load(source, {.settings = settings_, .keeps_expired = true}), "");
  EXPECT_TRUE(database().contains_even_expired(key("a")));
}

TEST_F(SnapshotsTest, UseIsKeptWhereEvictionLooksAtIt) {
  settings_.maxmemory_policy = settings::MaxmemoryPolicy::allkeys_lru;
  set("a", "1");
  auto a = entry("a");
  database().set_idle_seconds(a, 300);
  database().set_frequency(a, 25);
  EXPECT_EQ(entry("a").frequency(), 20);  // one a minute
  EXPECT_EQ(load(snapshot()), "");
  EXPECT_EQ(entry("a").idle_seconds(), 300U);
  EXPECT_EQ(entry("a").frequency(), 20);
}

TEST_F(SnapshotsTest, DeadlinesOfFieldsAndMembersComeBack) {
  {
    const value::HashOptions options = {.hasher = keyspace_.hasher(), .now = kNow};
    auto created = database().create(key("hash"), Type::hash, kNever);
    keyspace::EntryCell cell(database(), created);
    value::Hash hash(cell, options);
    hash.set("a", "1");
    hash.set("b", "2", kNow + 7000);
  }
  {
    const value::SetOptions options = {.hasher = keyspace_.hasher(), .now = kNow};
    auto created = database().create(key("set"), Type::set, kNever);
    keyspace::EntryCell cell(database(), created);
    value::Set set(cell, options);
    set.add(value::SetMember("a"));
    set.add(value::SetMember("12"));
    set.set_deadline(value::SetMember("12"), kNow + 9000);
  }
  {
    auto created = database().create(key("sorted set"), Type::sorted_set, kNever);
    keyspace::EntryCell cell(database(), created);
    value::SortedSet set(cell, {128, 64});
    set.add("a", 1);
    set.add("12", 2);
    set.set_deadline("12", kNow + 9000);
  }
  EXPECT_EQ(load(snapshot()), "");
  const value::SortedSetView sorted(entry("sorted set").packed(), entry("sorted set").object());
  EXPECT_EQ(sorted.deadline("a"), value::kNoDeadline);
  EXPECT_EQ(sorted.deadline("12"), kNow + 9000);
  const value::HashView hash(entry("hash").packed(), entry("hash").object(), kNow);
  EXPECT_EQ(hash.find("a")->deadline, value::kNoDeadline);
  EXPECT_EQ(hash.find("b")->deadline, kNow + 7000);
  const value::SetView set(entry("set").packed(), entry("set").object(), kNow);
  EXPECT_EQ(set.deadline(value::SetMember("a")), value::kNoDeadline);
  EXPECT_EQ(set.deadline(value::SetMember("12")), kNow + 9000);
}

TEST_F(SnapshotsTest, BloomFiltersStandWhereRedisPassesThemOver) {
  value::FreeCell cell;
  cell.become(value::BloomFilter::make({.error_rate = 0.01, .capacity = 100}, 1 << 20));
  database().put(key("filter"), Type::bloom_filter, std::move(cell), kNow + 5000);
  const auto bytes = snapshot();
  EXPECT_NE(bytes.find("larder-key"), std::string::npos);
  EXPECT_EQ(load(bytes), "");
  EXPECT_EQ(entry("filter").type(), Type::bloom_filter);
  EXPECT_EQ(entry("filter").deadline(), kNow + 5000);
}

TEST_F(SnapshotsTest, LibrariesAreHandedOver) {
  libraries_ = {"#!lua name=a\n", "#!lua name=b\n"};
  EXPECT_EQ(load(snapshot()), "");
  EXPECT_EQ(observer_.libraries, (std::vector<std::string>{"#!lua name=a\n", "#!lua name=b\n"}));
}

TEST_F(SnapshotsTest, AFailingSinkIsReported) {
  set("a", std::string(1'000'000, 'x'));
  Bytes sink;
  sink.bytes_max = 1000;
  settings_.rdb_compression = false;
  EXPECT_FALSE(write_snapshot(sink, contents(), [] {}));
}

TEST_F(SnapshotsTest, EveryFlippedBitIsNoticed) {
  settings_.rdb_compression = false;
  for (int i = 0; i < 5; ++i) set("key" + std::to_string(i), "value" + std::to_string(i));
  const auto bytes = snapshot();
  for (std::size_t at = 0; at < bytes.size() - 8; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      EXPECT_NE(load(flipped), "") << at << "." << bit;
    }
  }
}

TEST_F(SnapshotsTest, ACutOffFileIsRefusedWithItsOffset) {
  set("a", "1");
  const auto bytes = snapshot();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(load(bytes.substr(0, size)).find("(at byte "), std::string::npos) << size;
  }
}

TEST_F(SnapshotsTest, AChecksumOfZeroIsNone) {
  settings_.rdbchecksum = false;
  set("a", "1");
  const auto bytes = snapshot();
  EXPECT_EQ(bytes.substr(bytes.size() - 8), std::string(8, '\0'));
  EXPECT_EQ(load(bytes), "");
  EXPECT_FALSE(loaded_.has_checksum);
}

TEST_F(SnapshotsTest, VersionsAreChecked) {
  EXPECT_EQ(load(std::string_view("REDIS0001\0\1a\1b\xff", 15)), "");
  EXPECT_EQ(text("a"), "b");
  EXPECT_EQ(load(file("", "0013")), "Can't handle RDB format version 13 (at byte 9)");
  EXPECT_EQ(load("VALKEY080\xff" + std::string(8, '\0')), "");
  EXPECT_EQ(load("VALKEY081\xff" + std::string(8, '\0')),
            "Can't handle RDB format version 81 (at byte 9)");
  EXPECT_EQ(load("RADIS0010\xff"), "Wrong signature trying to load DB from file (at byte 9)");
}

TEST_F(SnapshotsTest, WhatStandsBetweenKeysIsRead) {
  // Module data, sizes, a slot, an unknown field, a deadline in seconds.
  EXPECT_EQ(load(file("\xf7\x05\x01\x07\x02\x07\x03\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00"
                      "\x00\x05\x01x\x00\xfe\x00\xfb\x01\x01\xf4\x01\x02\x03\xfa\x04some\x03"
                      "any\xfd\xff\xff\xff\x7f\x00\x01"
                      "a\x01z")),
            "");
  EXPECT_EQ(text("a"), "z");
  EXPECT_EQ(entry("a").deadline(), 0x7fffffffLL * 1000);
}

TEST_F(SnapshotsTest, HostileFilesAreRefused) {
  const auto reason_of = [this](std::string_view bytes) {
    const auto text = load(bytes);
    return text.substr(0, text.find(" (at byte"));
  };
  const auto kShort = "Short read or OOM loading DB. Unrecoverable error, aborting now.";
  EXPECT_EQ(reason_of(file("\xfe\x01")),
            "Data file was created with a server configured to handle more than 1 databases");
  EXPECT_EQ(reason_of(file("\x00\x01"
                           "a\x01"
                           "b\x00\x01"
                           "a\x01"
                           "b")),
            "RDB file was saved with duplicate key");
  EXPECT_EQ(reason_of(file("\x63\x01"
                           "a")),
            "Unknown RDB encoding type: 99");
  EXPECT_EQ(reason_of(file("\x00\x81\xff\xff\xff\xff\xff\xff\xff\xff"
                           "a")),
            kShort);
  EXPECT_EQ(reason_of(file("\xf6\x01"
                           "a")),
            "Pre-release function format not supported.");
  EXPECT_EQ(reason_of(file("\xfa\x0alarder-key\x00")), kShort);
}

TEST_F(SnapshotsTest, EmptyCollectionsAreLeftOut) {
  EXPECT_EQ(load(file("\x02\x01s\x00\x00\x01"
                      "a\x01"
                      "b")),
            "");
  EXPECT_EQ(loaded_.empty_keys, 1U);
  EXPECT_EQ(loaded_.keys, 1U);
}

TEST_F(SnapshotsTest, TheObserverEndsTheLoading) {
  for (int i = 0; i < 10; ++i) set("key" + std::to_string(i), "value");
  const auto bytes = snapshot();
  observer_.keys_left = 3;
  EXPECT_EQ(load(bytes).substr(0, 24), "Loading was interrupted ");
}

TEST_F(SnapshotsTest, FilesAreReadPieceByPiece) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "larder-snapshots";
  std::filesystem::create_directories(folder);
  const auto path = (folder / "dump.rdb").string();
  settings_.rdb_compression = false;
  for (int i = 0; i < 20'000; ++i) set("key" + std::to_string(i), std::string(100, 'x'));
  set("large", std::string(5'000'000, 'y'));
  {
    FileSink sink((folder / "temp.rdb").string(), true);
    ASSERT_TRUE(write_snapshot(sink, contents(), [] {}));
    ASSERT_TRUE(sink.keep_as(path)) << sink.failure();
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "temp.rdb"));
  keyspace_.clear(false);
  auto source = FileSource::open(path, true);
  ASSERT_TRUE(source);
  EXPECT_EQ(load(**source, {.settings = settings_}), "");
  EXPECT_TRUE(loaded_.has_checksum);
  EXPECT_EQ(loaded_.keys, 20'001U);
  EXPECT_EQ(text("large"), std::string(5'000'000, 'y'));
  EXPECT_EQ((*source)->offset(), (*source)->size());
  std::filesystem::remove_all(folder);
}

TEST_F(SnapshotsTest, NothingIsTakenForFillerInASnapshot) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "larder-filler";
  const auto size_of = [&](std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return FileSource::open_appended(path.string(), false).value()->size();
  };
  EXPECT_EQ(size_of("*1\r\n$4\r\nPING\r\n##"), 14U);
  EXPECT_EQ(size_of("##"), 0U);
  EXPECT_EQ(size_of("REDIS0010\xff"
                    "1234567#"),
            18U);  // a checksum ends in it
  std::filesystem::remove(path);
}

TEST_F(SnapshotsTest, AFileThatIsNotKeptIsRemoved) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "larder-temp.rdb";
  {
    FileSink sink(path.string(), false);
    EXPECT_TRUE(sink.write("bytes"));
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SnapshotsTest, FilesThatCannotBeWrittenOrReadSayWhy) {
  FileSink sink("/nonexistent/temp.rdb", false);
  EXPECT_FALSE(sink.write("bytes"));
  EXPECT_NE(sink.failure().find("No such file or directory"), std::string::npos);
  EXPECT_EQ(FileSource::open("/nonexistent/dump.rdb", true).error(), ENOENT);
  auto folder = FileSource::open("/", true);
  ASSERT_TRUE(folder);
  EXPECT_NE(load(**folder, {.settings = settings_}).find("Is a directory"), std::string::npos);
}

TEST_F(SnapshotsTest, AnAnnouncedNumberOfKeysIsBelievedAsFarAsTheFileReaches) {
  const auto one_key = [](std::string_view keys) {
    return file(std::string("\xfe\0\xfb", 3) + std::string(keys) + std::string("\0\0\1a\1b", 6));
  };
  EXPECT_EQ(load(one_key({"\x81\xff\xff\xff\xff\xff\xff\xff\xff", 9})), "");
  EXPECT_EQ(text("a"), "b");
  EXPECT_LT(keyspace_.memory().tables, 4096U);
  EXPECT_EQ(load(one_key({"\0", 1})), "");
  EXPECT_EQ(text("a"), "b");
}

TEST_F(SnapshotsTest, ATableThatWasMadeForKeysThatDoNotComeIsGivenBack) {
  for (int i = 0; i < 20'000; ++i) set("key:" + std::to_string(i), "v", kNow - 1);
  EXPECT_EQ(load(snapshot()), "");
  EXPECT_EQ(loaded_.expired_keys, 20'000U);
  EXPECT_LT(keyspace_.memory().tables, 4096U);
}

TEST_F(SnapshotsTest, WhatEvictionLearnedComesBack) {
  keyspace::EvictionRules rules;
  rules.order = keyspace::EvictionOrder::least_worth;
  keyspace_.set_eviction(rules);
  EXPECT_EQ(keyspace_.learned(), "");
  const auto learned = keyspace::HitDensity().saved();
  ASSERT_TRUE(keyspace_.restore_learned(learned));
  ASSERT_EQ(keyspace_.learned(), learned);
  settings_.rdb_compression = false;
  settings_.rdbchecksum = false;
  auto bytes = snapshot();
  const auto at = bytes.find(learned);
  ASSERT_NE(at, std::string::npos);
  auto other = learned;
  other[other.size() - 2] ^= 1;  // a worth
  keyspace_.set_eviction({});
  keyspace_.set_eviction(rules);
  EXPECT_EQ(load(bytes.replace(at, other.size(), other)), "");
  EXPECT_EQ(keyspace_.learned(), other);

  keyspace_.set_eviction({});
  EXPECT_EQ(load(bytes), "") << "with other rules it is passed over";
  EXPECT_EQ(keyspace_.learned(), "");
  EXPECT_EQ(snapshot().find("larder-learned"), std::string::npos);
  EXPECT_EQ(load(file(std::string("\xfa\x0elarder-learned\3abc"))), "");
}

}  // namespace
}  // namespace larder::persist
