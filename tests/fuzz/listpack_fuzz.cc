// Listpack: whatever is read lies within the bytes; what is read whole is written and read again as
// the same elements.
#include <string>
#include <vector>

#include "codec/listpack.h"
#include "input.h"

namespace {

using namespace larder::codec;
using larder::fuzz::expect;

std::vector<std::string> read(std::string_view bytes, bool& is_whole) {
  ListpackReader reader(bytes);
  std::vector<std::string> texts;
  for (Element element; reader.next(element);) {
    larder::base::IntegerText scratch;
    texts.emplace_back(element.text(scratch));
  }
  is_whole = reader.is_whole();
  return texts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bool is_whole = false;
  const auto texts = read(larder::fuzz::Input(data, size).rest(), is_whole);
  if (!is_whole) return 0;
  larder::base::ByteBuffer out;
  ListpackWriter writer(out);
  for (const auto& text : texts) writer.append(text);
  writer.finish();
  expect(read(out.view(), is_whole) == texts);
  expect(is_whole);
  return 0;
}
