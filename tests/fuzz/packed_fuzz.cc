// Intset, ziplist and zipmap, the forms that are only read: whatever is read lies within the bytes.
#include <vector>

#include "codec/intset.h"
#include "codec/ziplist.h"
#include "codec/zipmap.h"
#include "input.h"

namespace {

using namespace larder::codec;
using larder::fuzz::expect;

std::size_t touch(std::string_view bytes) {
  std::size_t sum = 0;
  for (const char byte : bytes) sum += static_cast<unsigned char>(byte);
  return sum;
}

void read_intset(std::string_view bytes) {
  const auto set = Intset::open(bytes);
  if (!set) return;
  std::vector<std::int64_t> integers;
  for (std::size_t i = 0; i < set->count(); ++i) integers.push_back((*set)[i]);
  larder::base::ByteBuffer out;
  append_intset(out, integers);
  const auto again = Intset::open(out.view());
  expect(again && again->count() == set->count());
  for (std::size_t i = 0; i < integers.size(); ++i) expect((*again)[i] == integers[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = larder::fuzz::Input(data, size).rest();
  read_intset(bytes);
  std::size_t sum = 0;
  ZiplistReader ziplist(bytes);
  for (Element element; ziplist.next(element);) sum += touch(element.bytes);
  ZipmapReader zipmap(bytes);
  for (std::string_view name, value; zipmap.next(name, value);) sum += touch(name) + touch(value);
  expect(sum != static_cast<std::size_t>(-1));
  return 0;
}
