#include "settings/manual.h"

#include <gmock/gmock.h>

#include "settings/file.h"

namespace larder::settings {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Manual, TheExampleFileIsValidAndShipsWhatTheTableSays) {
  Table table;
  const auto done = load_text(table, example_file(), "larder.conf");
  ASSERT_TRUE(done.has_value()) << fatal_text(done.error());
  table.for_each(
      [&](const Definition& d) { EXPECT_EQ(table.is_initial(d), d.shipped.empty()) << d.name; });
}

// With the marks of its defaults taken away, the file still loads and says nothing else than the
// defaults.
TEST(Manual, TheExampleFilesDefaultsAreTheDefaults) {
  std::string text = example_file();
  for (std::size_t at = 0; (at = text.find("\n#", at)) != text.npos; ++at) {
    const char next = text[at + 2];
    const bool is_directive = next >= 'a' && next <= 'z' && text.compare(at + 2, 7, "include") != 0;
    if (is_directive) text.erase(at + 1, 1);
  }
  Table table;
  const auto done = load_text(table, text, "larder.conf");
  ASSERT_TRUE(done.has_value()) << fatal_text(done.error());
  table.for_each([&](const Definition& d) {
    if (d.shipped.empty()) {
      EXPECT_TRUE(table.is_initial(d)) << d.name << " " << table.text(d.name);
    }
  });
}

TEST(Manual, ListsEverySettingThatIsNotHidden) {
  const auto text = manual();
  Table().for_each([&](const Definition& d) {
    const auto name = "| `" + std::string(d.name) + "`";
    if (d.hidden) {
      EXPECT_THAT(text, Not(HasSubstr(name)));
    } else {
      EXPECT_THAT(text, HasSubstr(name));
    }
  });
}

}  // namespace
}  // namespace larder::settings
