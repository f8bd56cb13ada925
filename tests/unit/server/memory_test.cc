// What the process is resident with beyond what it is told to hold.
#include "server/memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

namespace larder::server {
namespace {

constexpr std::size_t kPages = 32 << 20;
constexpr std::size_t kNoise = 4 << 20;

// Pages of the system's, which nobody tells to hold.
class Pages {
 public:
  Pages()
      : at_(::mmap(nullptr, kPages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    std::memset(at_, 1, kPages);
  }
  ~Pages() { ::munmap(at_, kPages); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

 private:
  void* at_;
};

TEST(ResidentBytesTest, CountPagesInUse) {
  const auto before = resident_bytes();
  ASSERT_GT(before, 0U);
  const Pages pages;
  EXPECT_NEAR(static_cast<double>(resident_bytes() - before), double{kPages}, double{kNoise});
}

#if defined(LARDER_JEMALLOC)
TEST(ReturningMemoryTest, IsWhatIsHeldNoMoreAndStillResident) {
  ReturningMemory returning;
  EXPECT_EQ(returning.bytes(0), 0U);
  {
    const Pages pages;
    EXPECT_NEAR(static_cast<double>(returning.bytes(0)), double{kPages}, double{kNoise});
    EXPECT_LT(returning.bytes(kPages), kNoise);  // as long as it is told to be held
    EXPECT_NEAR(static_cast<double>(returning.bytes(0)), double{kPages}, double{kNoise});
  }
  EXPECT_LT(returning.bytes(0), kNoise);
}

TEST(ReturningMemoryTest, ForgetsWhatStays) {
  ReturningMemory returning;
  EXPECT_EQ(returning.bytes(0), 0U);
  const Pages pages;
  EXPECT_GT(returning.bytes(0), kPages - kNoise);
  returning.forget();
  EXPECT_LT(returning.bytes(0), kNoise);
}
#endif

}  // namespace
}  // namespace larder::server
