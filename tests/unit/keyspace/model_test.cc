// Random operations on a database and on a model of it made of the standard library; both must
// agree at every step, and the counts must agree with a recount.
#include <algorithm>
#include <string>
#include <unordered_map>

#include "fixture.h"

namespace larder::keyspace {
namespace {

struct Modelled {
  std::string value;
  Deadline deadline = kNever;
};
using Model = std::unordered_map<std::string, Modelled>;

class ModelTest : public KeyspaceTest {
 protected:
  std::string any_name() {
    auto name = numbered("key:", random_.below(names_));
    if (random_.below(50) == 0) name += std::string(random_.below(700), 'n');
    return name;
  }
  std::string any_value() {
    switch (random_.below(8)) {
      case 0:
        return std::to_string(static_cast<std::int64_t>(random_.next()) >> random_.below(64));
      case 1:
        return std::string(random_.below(1200), 'm');
      case 2:
        return random_.below(20) == 0 ? std::string(random_.below(20'000), 'l') : "";
      default:
        return std::string(random_.below(100), 's');
    }
  }
  Deadline any_deadline() {
    switch (random_.below(4)) {
      case 0:
        return keyspace.now() + 1 + static_cast<Deadline>(random_.below(3000));
      case 1:
        return random_.below(10) == 0 ? kNever - 1 : kNever;
      default:
        return kNever;
    }
  }

  // The model's live key, or null.
  Modelled* known(int index, const std::string& name) {
    auto& model = models_[index];
    const auto at = model.find(name);
    if (at == model.end()) return nullptr;
    if (at->second.deadline > keyspace.now()) return &at->second;
    model.erase(at);
    return nullptr;
  }

  void step();
  void change(Database& in, EntryRef entry, const std::string& name, Modelled& modelled);
  void recount();

  base::Random random_{42};
  std::uint64_t names_ = 2000;
  Model models_[3];
};

void ModelTest::step() {
  const int index = static_cast<int>(random_.below(3));
  auto& in = keyspace.database(index);
  const auto name = any_name();
  auto* modelled = known(index, name);
  const auto entry = in.find(key(name));
  ASSERT_EQ(static_cast<bool>(entry), modelled != nullptr) << name;
  if (modelled != nullptr) {
    base::IntegerText scratch;
    ASSERT_EQ(entry.text(scratch), modelled->value);
    ASSERT_EQ(entry.deadline(), modelled->deadline);
    ASSERT_EQ(entry.key(), name);
    ASSERT_EQ(entry.length(), modelled->value.size());
  }
  if (modelled == nullptr || random_.below(3) == 0) {
    Modelled next{any_value(), any_deadline()};
    in.set_string(key(name), next.value, next.deadline);
    models_[index][name] = next;
  } else {
    change(in, entry, name, *modelled);
  }
}

void ModelTest::change(Database& in, EntryRef entry, const std::string& name, Modelled& modelled) {
  switch (random_.below(7)) {
    case 0: {
      const auto length = random_.below(random_.below(10) == 0 ? 3000 : 200);
      char* bytes = in.resize_string(entry, length);
      modelled.value.resize(length, '\0');
      ASSERT_EQ(std::string_view(bytes, length), modelled.value);
      break;
    }
    case 1:
      modelled.deadline = any_deadline();
      in.set_deadline(entry, modelled.deadline);
      break;
    case 2:
      modelled.value = any_value();
      in.update_string(entry, modelled.value);
      break;
    case 3: {
      const auto integer = static_cast<std::int64_t>(random_.next()) >> random_.below(64);
      modelled.value = std::to_string(integer);
      in.update_integer(entry, integer);
      break;
    }
    case 4: {
      const auto target = any_name();
      const int to = static_cast<int>(random_.below(3));
      const auto copy = modelled;
      in.copy_to(entry, keyspace.database(to), key(target));
      models_[to][target] = copy;
      break;
    }
    case 5: {
      const auto target = any_name();
      const int to = static_cast<int>(random_.below(3));
      const auto moved = modelled;
      in.move_to(entry, keyspace.database(to), key(target));
      models_[in.index()].erase(name);
      models_[to][target] = moved;
      break;
    }
    default:
      ASSERT_TRUE(in.erase(key(name)));
      models_[in.index()].erase(name);
  }
}

void ModelTest::recount() {
  for (int index = 0; index < 3; ++index) {
    auto& in = keyspace.database(index);
    auto& model = models_[index];
    std::erase_if(model, [&](const auto& each) { return each.second.deadline <= keyspace.now(); });
    std::size_t visited = 0;
    std::size_t with_deadline = 0;
    in.for_each([&](EntryRef entry) {
      ++visited;
      with_deadline += entry.has_deadline() ? 1 : 0;
      const auto at = model.find(std::string(entry.key()));
      ASSERT_NE(at, model.end());
      base::IntegerText scratch;
      ASSERT_EQ(entry.text(scratch), at->second.value);
    });
    EXPECT_EQ(visited, model.size());
    std::size_t scanned = 0;
    std::uint64_t cursor = 0;
    do {
      cursor = in.scan(cursor, 20, [&](EntryRef) { ++scanned; });
    } while (cursor != 0);
    EXPECT_EQ(scanned, model.size());
    EXPECT_GE(in.size(), model.size());
    EXPECT_GE(in.with_deadline(), with_deadline);
    if (in.size() == model.size()) {
      EXPECT_EQ(in.with_deadline(), with_deadline);
    }
  }
  const auto memory = keyspace.memory();
  EXPECT_LE(memory.entries, memory.regions);
}

TEST_F(ModelTest, AgreesWithTheModel) {
  for (int round = 0; round < 60; ++round) {
    names_ = round % 20 < 10 ? 200 + static_cast<std::uint64_t>(round) * 400 : 300;
    for (int i = 0; i < 3000; ++i) ASSERT_NO_FATAL_FAILURE(step());
    if (round % 10 == 9) {  // most keys go, so that tables shrink and regions empty
      for (int index = 0; index < 3; ++index) {
        std::erase_if(models_[index], [&](const auto& each) {
          if (random_.below(8) == 0) return false;
          keyspace.database(index).erase(key(each.first));
          return true;
        });
      }
    }
    if (round % 7 == 0) {
      keyspace.swap(0, 1);
      std::swap(models_[0], models_[1]);
    }
    ASSERT_NO_FATAL_FAILURE(recount());
    pass(200);
    ASSERT_NO_FATAL_FAILURE(recount());
  }
  for (int index = 0; index < 3; ++index) {
    for (const auto& [name, modelled] : models_[index]) keyspace.database(index).erase(key(name));
  }
  pass(2000);
  for (int index = 0; index < 3; ++index) {
    EXPECT_EQ(keyspace.database(index).size(), 0U);
    EXPECT_EQ(keyspace.database(index).with_deadline(), 0U);
  }
  const auto memory = keyspace.memory();
  EXPECT_EQ(memory.entries, 0U);
  EXPECT_EQ(memory.large_strings, 0U);
  EXPECT_LE(memory.tables, 3U * 512);
}

}  // namespace
}  // namespace larder::keyspace
