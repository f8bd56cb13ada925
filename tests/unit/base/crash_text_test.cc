// What reports of crashes are made of.
#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>

#include "base/program_symbols.h"
#include "base/raw_text.h"
#include "base/unique_fd.h"

namespace larder::base {
namespace {

template <class Write>
std::string written(Write write) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const UniqueFd reading(ends[0]);
  {
    const UniqueFd writing(ends[1]);
    RawText out(writing.get());
    write(out);
  }
  std::string text(16'384, '\0');
  const auto count = ::read(reading.get(), text.data(), text.size());
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

TEST(RawText, WritesNumbersAndWhatIsNotPrintable) {
  EXPECT_EQ(written([](RawText& out) {
              out.text("a ").number(INT64_MIN).text(" ").number(0).text(" ").hex(UINT64_MAX);
            }),
            "a -9223372036854775808 0 0xffffffffffffffff");
  using namespace std::string_view_literals;
  EXPECT_EQ(written([](RawText& out) { out.quoted("k\0\n\\\xff"sv); }), R"(k\x00\x0a\x5c\xff)");
}

TEST(RawText, MoreThanFitsAtOnceIsWrittenInOrder) {
  const std::string part = "0123456789";
  std::string all;
  EXPECT_EQ(written([&](RawText& out) {
              for (int i = 0; i < 300; ++i) {
                out.text(part);
                all += part;
              }
            }),
            all);
}

[[gnu::noinline]] int a_function_with_a_name(int number) {
  asm volatile("");
  return number + 1;
}

TEST(ProgramSymbols, KnowFunctionsByTheirAddresses) {
  const ProgramSymbols symbols;
  const auto* const address = reinterpret_cast<const char*>(&a_function_with_a_name);
  const auto function = symbols.at(address + 1);
  EXPECT_NE(function.name.find("a_function_with_a_name"), std::string_view::npos);
  EXPECT_EQ(function.offset, 1U);
}

TEST(ProgramSymbols, KnowNothingOfOtherAddresses) {
  const ProgramSymbols symbols;
  int on_the_stack = 0;
  EXPECT_EQ(symbols.at(&on_the_stack).name, "");
  EXPECT_EQ(symbols.at(nullptr).name, "");
}

}  // namespace
}  // namespace larder::base
