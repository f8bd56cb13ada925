#include "codec/intset.h"

namespace larder::codec {
namespace {

constexpr std::size_t kHeaderBytes = 8;

std::size_t width_for(std::span<const std::int64_t> ascending) noexcept {
  if (ascending.empty()) return 2;
  const auto least = ascending.front();
  const auto most = ascending.back();
  if (least >= INT16_MIN && most <= INT16_MAX) return 2;
  if (least >= INT32_MIN && most <= INT32_MAX) return 4;
  return 8;
}

}  // namespace

std::optional<Intset> Intset::open(std::string_view bytes) noexcept {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const std::size_t width = read_le<std::uint32_t>(bytes.data());
  const std::size_t count = read_le<std::uint32_t>(bytes.data() + 4);
  if (width != 2 && width != 4 && width != 8) return std::nullopt;
  if (count == 0 || count * width != bytes.size() - kHeaderBytes) return std::nullopt;
  const Intset set(bytes.data() + kHeaderBytes, width, count);
  for (std::size_t i = 1; i < count; ++i) {
    if (set[i - 1] >= set[i]) return std::nullopt;
  }
  return set;
}

void append_intset(base::ByteBuffer& out, std::span<const std::int64_t> integers) {
  const auto width = width_for(integers);
  char* at = out.prepare(kHeaderBytes + integers.size() * width);
  write_le(at, static_cast<std::uint32_t>(width));
  write_le(at + 4, static_cast<std::uint32_t>(integers.size()));
  at += kHeaderBytes;
  for (const auto integer : integers) {
    std::memcpy(at, &integer, width);
    at += width;
  }
  out.commit(kHeaderBytes + integers.size() * width);
}

}  // namespace larder::codec
