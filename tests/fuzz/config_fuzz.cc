// Configuration files: reading anything is safe, words survive quoting, and what CONFIG REWRITE
// writes reads back as the same values.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/numbers.h"
#include "input.h"
#include "settings/file.h"
#include "settings/lexer.h"
#include "settings/rewrite.h"

namespace {

using namespace larder::settings;
using larder::fuzz::expect;

void check_words(std::string_view text) {
  const auto words = split_words(text);
  if (!words) return;
  for (const auto& word : *words) {
    const std::vector<std::string> same = {word};
    expect(split_words(quote(word)) == same);
    expect(split_words(quote_if_needed(word)) == same);
  }
}

void check_file(std::string_view text) {
  Table table;
  if (!load_text(table, text, "fuzz")) return;
  const auto content = rewritten(table, text);
  Table reread;
  expect(load_text(reread, content, "rewritten").has_value());
  table.for_each([&](const Definition& d) { expect(table.text(d.name) == reread.text(d.name)); });
  expect(rewritten(reread, content) == content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_words(text);
  // What other files hold is not the input's.
  if (larder::base::to_lower(text).find("include") == std::string::npos) check_file(text);
  return 0;
}
