#include "fixture.h"
#include "value/bloom_filter.h"

namespace larder::persist {
namespace {

using value::BloomFilter;

class BloomFilters : public PersistTest {
 protected:
  static constexpr std::size_t kAnySize = std::size_t{1} << 30;

  BloomFilter& create(std::string_view name, const BloomFilter::Options& options, int items) {
    auto filter = BloomFilter::make(options, kAnySize);
    auto& made = *filter;
    for (int i = 0; i < items; ++i) filter->add(std::to_string(i), kAnySize);
    value::FreeCell cell;
    cell.become(std::move(filter));
    database().put(key(name), keyspace::Type::bloom_filter, std::move(cell), keyspace::kNever);
    return made;
  }
  BloomFilter& filter(std::string_view name) {
    return static_cast<BloomFilter&>(*entry(name).object());
  }
};

TEST_F(BloomFilters, ComeBack) {
  for (const int items : {0, 5, 3'000}) {
    create("k", {.error_rate = 0.01, .capacity = 100, .expansion = 3}, items);
    ASSERT_EQ(restore("back", dumped("k")), "");
    EXPECT_EQ(filter("back").items(), filter("k").items());
    EXPECT_EQ(filter("back").expansion(), 3u);
    for (int i = 0; i < items; ++i) EXPECT_TRUE(filter("back").contains(std::to_string(i)));
    EXPECT_EQ(dumped("back"), dumped("k"));
  }
  create("k", {.capacity = 100, .expansion = 0}, 100);
  ASSERT_EQ(restore("back", dumped("k")), "");
  EXPECT_EQ(filter("back").add("more", kAnySize), BloomFilter::Added::full);
}

TEST_F(BloomFilters, AreWrittenAsTheModuleDoes) {
  create("k", {.error_rate = 0.01, .capacity = 10}, 0);
  // The type; the module's name and version in 64 bits; then, each behind an opcode: items, layers,
  // options and the expansion.
  EXPECT_EQ(
      dumped("k").substr(0, 18),
      std::string("\x07\x81\x30\x16\xe5\xa2\x89\xbe\xf8\x04\x02\x00\x02\x01\x02\x05\x02\x02", 18));
}

TEST_F(BloomFilters, HostileOnesAreRefused) {
  create("k", {.error_rate = 0.01, .capacity = 10}, 25);
  const auto good = dumped("k");
  const auto content = good.substr(1, good.size() - 11);
  for (std::size_t at = 0; at < content.size(); ++at) {
    EXPECT_NE(restore(RdbType::module, content.substr(0, at)), "") << at;
    auto bad = content;
    bad[at] ^= 1;
    if (restore(RdbType::module, bad).empty()) (void)filter("restored").contains("x");
  }
  EXPECT_EQ(restore(RdbType::module, "\x05"), "Value of a module that is not known");
}

}  // namespace
}  // namespace larder::persist
