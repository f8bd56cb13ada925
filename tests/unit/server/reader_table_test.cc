#include "server/reader_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/hash.h"
#include "base/random.h"

namespace larder::server {
namespace {

using Ids = std::vector<std::uint64_t>;

std::uint64_t hash_of(std::string_view name) { return base::xxh3(name); }

void add(ReaderTable& table, std::string_view name, const ReaderTable::Reader& reader) {
  table.add({name, hash_of(name)}, reader);
}

void sweep_all(ReaderTable& table) {
  while (table.needs_sweep()) table.sweep(1000);
}

TEST(ReaderTable, a_key_is_taken_with_its_readers) {
  ReaderTable table;
  const auto one = table.enter(10);
  const auto other = table.enter(20);
  add(table, "k", one);
  add(table, "k", other);
  add(table, "k", one);
  add(table, "l", other);
  EXPECT_EQ(table.keys(), 2u);
  EXPECT_EQ(table.items(), 3u);
  EXPECT_EQ(table.take(hash_of("k")), (Ids{10, 20}));
  EXPECT_EQ(table.take(hash_of("k")), Ids{});
  EXPECT_EQ(table.take(hash_of("none")), Ids{});
  EXPECT_EQ(table.keys(), 1u);
  EXPECT_EQ(table.items(), 1u);
}

TEST(ReaderTable, a_seat_is_given_away_again_when_nothing_is_left_of_its_client) {
  ReaderTable table;
  const auto gone = table.enter(1);
  add(table, "k", gone);
  table.leave(gone);
  const auto next = table.enter(2);
  EXPECT_NE(next.seat, gone.seat);
  EXPECT_EQ(table.take(hash_of("k")), Ids{});
  add(table, "l", gone);
  sweep_all(table);
  EXPECT_EQ(table.enter(3).seat, gone.seat);
  EXPECT_EQ(table.take(hash_of("l")), Ids{});
}

TEST(ReaderTable, a_client_that_leaves_takes_along_the_keys_that_only_it_has_read) {
  ReaderTable table;
  const auto stays = table.enter(1);
  const auto leaves = table.enter(2);
  for (int i = 0; i < 10'000; ++i) {
    const auto name = "key:" + std::to_string(i);
    add(table, name, leaves);
    if (i % 10 == 0) add(table, name, stays);
  }
  table.leave(leaves);
  sweep_all(table);
  EXPECT_EQ(table.keys(), 1000u);
  EXPECT_EQ(table.items(), 1000u);
  EXPECT_EQ(table.take(hash_of("key:10")), Ids{1});
  EXPECT_EQ(table.take(hash_of("key:11")), Ids{});
}

TEST(ReaderTable, more_readers_than_seats) {
  ReaderTable table;
  Ids expected;
  for (std::uint64_t id = 1; id <= 200; ++id) {
    expected.push_back(id);
    add(table, "k", table.enter(id));
  }
  EXPECT_EQ(table.items(), 200u);
  auto readers = table.take(hash_of("k"));
  std::sort(readers.begin(), readers.end());
  EXPECT_EQ(readers, expected);
  EXPECT_EQ(table.items(), 0u);
}

TEST(ReaderTable, any_key_is_told_by_its_name) {
  ReaderTable table;
  const auto reader = table.enter(1);
  std::set<std::string> names{"", "a", std::string(1000, 'x'), std::string("\0b", 2)};
  for (const auto& name : names) add(table, name, reader);
  for (std::uint64_t random = 1; table.keys() != 0; random *= 31) {
    const auto forgotten = table.take_any(random);
    EXPECT_EQ(names.erase(forgotten.name), 1u);
    EXPECT_EQ(forgotten.readers, Ids{1});
  }
  EXPECT_TRUE(names.empty());
}

TEST(ReaderTable, clear_forgets_all) {
  ReaderTable table;
  const auto reader = table.enter(1);
  for (int i = 0; i < 1000; ++i) add(table, std::to_string(i), reader);
  table.clear();
  EXPECT_EQ(table.keys(), 0u);
  EXPECT_EQ(table.items(), 0u);
  EXPECT_EQ(table.take(hash_of("1")), Ids{});
  add(table, "1", reader);
  sweep_all(table);
  EXPECT_EQ(table.take(hash_of("1")), Ids{1});
}

// Everything at random, beside a map of names to clients.
TEST(ReaderTable, behaves_as_a_map_does) {
  base::Random random(3);
  ReaderTable table;
  std::map<std::string, std::set<std::uint64_t>> model;
  std::vector<ReaderTable::Reader> readers;
  std::uint64_t next_id = 1;
  for (int step = 0; step < 200'000; ++step) {
    const auto choice = random.below(1000);
    const auto name = "k" + std::to_string(random.below(3000));
    if (readers.empty() || (choice < 5 && readers.size() < 100)) {
      readers.push_back(table.enter(next_id++));
    } else if (choice < 8) {
      const auto at = static_cast<std::ptrdiff_t>(random.below(readers.size()));
      const auto gone = readers[static_cast<std::size_t>(at)];
      readers.erase(readers.begin() + at);
      table.leave(gone);
      if (gone.seat == ReaderTable::kNoSeat) continue;  // stays until its keys change
      for (auto& [key, ids] : model) ids.erase(gone.client);
    } else if (choice < 20) {
      table.sweep(500);
    } else if (choice < 800) {
      const auto& reader = readers[random.below(readers.size())];
      add(table, name, reader);
      model[name].insert(reader.client);
    } else {
      const auto taken = table.take(hash_of(name));
      EXPECT_EQ(std::set<std::uint64_t>(taken.begin(), taken.end()), model[name]);
      model[name].clear();
    }
  }
  sweep_all(table);
  std::size_t keys = 0;
  std::size_t items = 0;
  for (const auto& [key, ids] : model) {
    items += ids.size();
    if (!ids.empty()) ++keys;
  }
  EXPECT_EQ(table.keys(), keys);
  EXPECT_EQ(table.items(), items);
}

}  // namespace
}  // namespace larder::server
