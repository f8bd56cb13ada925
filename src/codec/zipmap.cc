#include "codec/zipmap.h"

#include "codec/bytes.h"

namespace larder::codec {
namespace {

constexpr std::uint8_t kEnd = 0xff;
constexpr std::uint8_t kLongLength = 0xfe;
constexpr std::uint8_t kCountUnknown = 0xfe;

}  // namespace

ZipmapReader::ZipmapReader(std::string_view bytes) noexcept : bytes_(bytes) {
  is_corrupt_ = bytes.size() < 2 || byte_at(bytes, bytes.size() - 1) != kEnd;
}

bool ZipmapReader::take_length(std::size_t& length) noexcept {
  const auto left = bytes_.size() - 1 - at_;
  if (left == 0) return false;
  const auto first = byte_at(bytes_, at_);
  if (first == kEnd) return false;
  if (first != kLongLength) {
    length = first;
    ++at_;
    return true;
  }
  if (left < 5) return false;
  length = read_le<std::uint32_t>(bytes_.data() + at_ + 1);
  at_ += 5;
  return true;
}

bool ZipmapReader::take_bytes(std::size_t count, std::string_view& taken) noexcept {
  if (count > bytes_.size() - 1 - at_) return false;
  taken = bytes_.substr(at_, count);
  at_ += count;
  return true;
}

bool ZipmapReader::next(std::string_view& name, std::string_view& value) noexcept {
  if (is_corrupt_ || at_ + 1 >= bytes_.size()) return false;
  std::size_t length = 0;
  std::string_view free_byte;
  std::string_view unused;
  const bool is_sound = take_length(length) && take_bytes(length, name) && take_length(length) &&
                        take_bytes(1, free_byte) && take_bytes(length, value) &&
                        take_bytes(byte_at(free_byte, 0), unused);
  if (!is_sound) {
    is_corrupt_ = true;
    return false;
  }
  ++count_;
  return true;
}

bool ZipmapReader::is_whole() const noexcept {
  if (is_corrupt_ || at_ + 1 != bytes_.size()) return false;
  const auto announced = byte_at(bytes_, 0);
  return announced >= kCountUnknown || announced == count_;
}

}  // namespace larder::codec
