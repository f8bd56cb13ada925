#include "codec/listpack.h"

#include <algorithm>

#include "codec/bytes.h"

namespace larder::codec {
namespace {

constexpr std::size_t kHeaderBytes = 6;
constexpr std::uint8_t kEnd = 0xff;
constexpr std::size_t kCountUnknown = 0xffff;

// Bytes of the back-length of an entry with `length` bytes.
std::size_t back_bytes(std::size_t length) noexcept {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  if (length < 268435455) return 4;
  return 5;
}

void write_back_length(char* at, std::size_t length) noexcept {
  const auto bytes = back_bytes(length);
  for (std::size_t i = 0; i < bytes; ++i) {
    const auto group = length >> (7 * (bytes - 1 - i)) & 0x7f;
    at[i] = static_cast<char>(i == 0 ? group : group | 0x80);
  }
}

bool has_back_length(std::string_view bytes, std::size_t at, std::size_t length) noexcept {
  char wanted[5];
  const auto width = back_bytes(length);
  write_back_length(wanted, length);
  return bytes.substr(at).starts_with(std::string_view(wanted, width));
}

// What an entry's first byte says of it. `size` of 0: no entry begins so.
struct Head {
  std::size_t size = 0;       // with the length behind it, for a string
  std::size_t int_bytes = 0;  // for an integer that follows the head
};

Head head_of(std::uint8_t first) noexcept {
  if (first < 0xc0) return {.size = 1};  // an integer of 7 bits, or a short string
  if (first < 0xf0) return {.size = 2};  // an integer of 13 bits, or a string's 12 bits of length
  switch (first) {
    case 0xf0:
      return {.size = 5};
    case 0xf1:
      return {.size = 1, .int_bytes = 2};
    case 0xf2:
      return {.size = 1, .int_bytes = 3};
    case 0xf3:
      return {.size = 1, .int_bytes = 4};
    case 0xf4:
      return {.size = 1, .int_bytes = 8};
    default:
      return {};
  }
}

}  // namespace

ListpackReader::ListpackReader(std::string_view bytes) noexcept : bytes_(bytes) {
  is_corrupt_ = bytes.size() < kHeaderBytes + 1 ||
                read_le<std::uint32_t>(bytes.data()) != bytes.size() ||
                byte_at(bytes, bytes.size() - 1) != kEnd;
  at_ = is_corrupt_ ? 0 : kHeaderBytes;
}

std::size_t ListpackReader::count_hint() const noexcept {
  if (is_corrupt_) return 0;
  const std::size_t announced = read_le<std::uint16_t>(bytes_.data() + 4);
  return std::max(count_, std::min(announced, bytes_.size() / 2));
}

bool ListpackReader::next(Element& element) noexcept {
  if (is_corrupt_ || at_ + 1 >= bytes_.size()) return false;
  if (!read_entry(element)) {
    is_corrupt_ = true;
    return false;
  }
  ++count_;
  return true;
}

bool ListpackReader::is_whole() const noexcept {
  if (is_corrupt_ || at_ + 1 != bytes_.size()) return false;
  const std::size_t announced = read_le<std::uint16_t>(bytes_.data() + 4);
  return announced == kCountUnknown || announced == count_;
}

bool ListpackReader::read_entry(Element& element) noexcept {
  const std::size_t left = bytes_.size() - 1 - at_;  // the end mark is no entry's
  const char* const begin = bytes_.data() + at_;
  const auto first = byte_at(bytes_, at_);
  const auto head = head_of(first);
  if (head.size == 0 || head.size + head.int_bytes > left) return false;

  std::size_t string_bytes = 0;
  if (first < 0x80) {
    element = {.integer = first, .is_integer = true};
  } else if (first >= 0xc0 && first < 0xe0) {
    const auto bits = static_cast<std::int64_t>((first & 0x1f) << 8 | byte_at(bytes_, at_ + 1));
    element = {.integer = bits < 4096 ? bits : bits - 8192, .is_integer = true};
  } else if (head.int_bytes != 0) {
    element = {.integer = read_signed(begin + 1, head.int_bytes), .is_integer = true};
  } else {
    if (first < 0xc0) {
      string_bytes = first & 0x3f;
    } else if (first < 0xf0) {
      string_bytes = static_cast<std::size_t>((first & 0x0f) << 8) | byte_at(bytes_, at_ + 1);
    } else {
      string_bytes = read_le<std::uint32_t>(begin + 1);
    }
    if (string_bytes > left - head.size) return false;
    element = {.bytes = bytes_.substr(at_ + head.size, string_bytes)};
  }
  const auto length = head.size + head.int_bytes + string_bytes;
  const auto back = back_bytes(length);
  if (back > left - length || !has_back_length(bytes_, at_ + length, length)) return false;
  at_ += length + back;
  return true;
}

ListpackCheck check_listpack(std::string_view bytes) noexcept {
  ListpackReader reader(bytes);
  Element element;
  ListpackCheck check;
  while (reader.next(element)) ++check.count;
  check.is_valid = reader.is_whole();
  return check;
}

ListpackWriter::ListpackWriter(base::ByteBuffer& out) : out_(out), begin_(out.size()) {
  out_.prepare(kHeaderBytes);
  out_.commit(kHeaderBytes);
}

void ListpackWriter::entry(std::string_view head, std::string_view data) {
  const auto length = head.size() + data.size();
  out_.append(head);
  out_.append(data);
  write_back_length(out_.prepare(5), length);
  out_.commit(back_bytes(length));
  ++count_;
}

void ListpackWriter::append(std::string_view text) {
  if (const auto integer = base::parse_i64(text)) return append(*integer);
  append_bytes(text);
}

void ListpackWriter::append(std::int64_t integer) {
  char head[9];
  std::size_t width = 0;  // of the integer behind the first byte
  if (integer >= 0 && integer < 128) {
    head[0] = static_cast<char>(integer);
  } else if (integer >= -4096 && integer < 4096) {
    head[0] = static_cast<char>(0xc0 | (integer >> 8 & 0x1f));
    head[1] = static_cast<char>(integer);
    return entry({head, 2}, {});
  } else if (integer >= INT16_MIN && integer <= INT16_MAX) {
    head[0] = static_cast<char>(0xf1);
    width = 2;
  } else if (integer >= -(1 << 23) && integer < 1 << 23) {
    head[0] = static_cast<char>(0xf2);
    width = 3;
  } else if (integer >= INT32_MIN && integer <= INT32_MAX) {
    head[0] = static_cast<char>(0xf3);
    width = 4;
  } else {
    head[0] = static_cast<char>(0xf4);
    width = 8;
  }
  std::memcpy(head + 1, &integer, width);
  entry({head, 1 + width}, {});
}

void ListpackWriter::append_bytes(std::string_view bytes) {
  char head[5];
  if (bytes.size() < 64) {
    head[0] = static_cast<char>(0x80 | bytes.size());
    return entry({head, 1}, bytes);
  }
  if (bytes.size() < 4096) {
    head[0] = static_cast<char>(0xe0 | bytes.size() >> 8);
    head[1] = static_cast<char>(bytes.size());
    return entry({head, 2}, bytes);
  }
  head[0] = static_cast<char>(0xf0);
  write_le(head + 1, static_cast<std::uint32_t>(bytes.size()));
  entry({head, 5}, bytes);
}

void ListpackWriter::finish() {
  out_.push_back(static_cast<char>(kEnd));
  char* const begin = out_.data() + begin_;
  write_le(begin, static_cast<std::uint32_t>(out_.size() - begin_));
  write_le(begin + 4, static_cast<std::uint16_t>(std::min(count_, kCountUnknown)));
}

}  // namespace larder::codec
