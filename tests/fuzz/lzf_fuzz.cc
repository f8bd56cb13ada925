// LZF: corrupt bytes are refused without a step beyond them; what was compressed comes back.
#include <string>

#include "codec/lzf.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using larder::fuzz::expect;
  larder::fuzz::Input in(data, size);
  const auto length = in.take<std::uint16_t>();
  std::string out(length, '\0');
  (void)larder::codec::lzf_decompress(in.rest(), out.data(), out.size());

  std::string packed(in.rest().size(), '\0');
  packed.resize(larder::codec::lzf_compress(in.rest(), packed.data(), packed.size()));
  if (packed.empty()) return 0;
  std::string back(in.rest().size(), '\0');
  expect(larder::codec::lzf_decompress(packed, back.data(), back.size()));
  expect(back == in.rest());
  return 0;
}
