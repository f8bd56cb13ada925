#include "codec/ziplist.h"

#include "codec/bytes.h"

namespace larder::codec {
namespace {

constexpr std::size_t kHeaderBytes = 10;
constexpr std::uint8_t kEnd = 0xff;
constexpr std::uint8_t kLongPrevious = 0xfe;
constexpr std::size_t kCountUnknown = 0xffff;

// Bytes of the integer behind a head that is no string's; 0 where the head itself is the integer.
// -1: no entry has such a head.
int integer_bytes(std::uint8_t head) noexcept {
  switch (head) {
    case 0xc0:
      return 2;
    case 0xd0:
      return 4;
    case 0xe0:
      return 8;
    case 0xf0:
      return 3;
    case 0xfe:
      return 1;
    default:
      return head >= 0xf1 && head <= 0xfd ? 0 : -1;
  }
}

}  // namespace

ZiplistReader::ZiplistReader(std::string_view bytes) noexcept : bytes_(bytes) {
  is_corrupt_ = bytes.size() < kHeaderBytes + 1 ||
                read_le<std::uint32_t>(bytes.data()) != bytes.size() ||
                byte_at(bytes, bytes.size() - 1) != kEnd;
  at_ = is_corrupt_ ? 0 : kHeaderBytes;
}

bool ZiplistReader::next(Element& element) noexcept {
  if (is_corrupt_ || at_ + 1 >= bytes_.size()) return false;
  if (!read_entry(element)) {
    is_corrupt_ = true;
    return false;
  }
  ++count_;
  return true;
}

bool ZiplistReader::is_whole() const noexcept {
  if (is_corrupt_ || at_ + 1 != bytes_.size()) return false;
  const std::size_t tail = read_le<std::uint32_t>(bytes_.data() + 4);
  const std::size_t announced = read_le<std::uint16_t>(bytes_.data() + 8);
  return tail == at_ - previous_bytes_ && (announced == kCountUnknown || announced == count_);
}

bool ZiplistReader::read_entry(Element& element) noexcept {
  std::size_t left = bytes_.size() - 1 - at_;  // the end mark is no entry's
  const std::size_t entry_at = at_;
  auto at = at_;

  const bool is_long = byte_at(bytes_, at) == kLongPrevious;
  const std::size_t previous_field = is_long ? 5 : 1;
  if (left < previous_field + 1) return false;
  const std::size_t previous =
      is_long ? read_le<std::uint32_t>(bytes_.data() + at + 1) : byte_at(bytes_, at);
  if (previous != previous_bytes_) return false;
  at += previous_field;
  left -= previous_field;

  const auto head = byte_at(bytes_, at);
  if (head < 0xc0) {
    const std::size_t head_bytes = head < 0x40 ? 1 : head < 0x80 ? 2 : 5;
    if (left < head_bytes) return false;
    std::size_t length = head & 0x3f;
    if (head_bytes == 2) length = length << 8 | byte_at(bytes_, at + 1);
    if (head_bytes == 5) length = read_be32(bytes_.data() + at + 1);
    if (length > left - head_bytes) return false;
    element = {.bytes = bytes_.substr(at + head_bytes, length)};
    at += head_bytes + length;
  } else {
    const int width = integer_bytes(head);
    if (width < 0 || left < 1 + static_cast<std::size_t>(width)) return false;
    const auto integer = width == 0
                             ? (head & 0x0f) - 1
                             : read_signed(bytes_.data() + at + 1, static_cast<std::size_t>(width));
    element = {.integer = integer, .is_integer = true};
    at += 1 + static_cast<std::size_t>(width);
  }
  previous_bytes_ = at - entry_at;
  at_ = at;
  return true;
}

}  // namespace larder::codec
