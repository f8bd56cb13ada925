#include "base/raw_text.h"

#include <charconv>

#include "base/files.h"

namespace larder::base {

void RawText::put(char c) noexcept {
  if (size_ == buffer_.size()) flush();
  buffer_[size_++] = c;
}

RawText& RawText::text(std::string_view text) noexcept {
  for (const char c : text) put(c);
  return *this;
}

RawText& RawText::number(std::int64_t number) noexcept {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return text({digits, static_cast<std::size_t>(end - digits)});
}

RawText& RawText::hex(std::uint64_t number) noexcept {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  return text("0x").text({digits, static_cast<std::size_t>(end - digits)});
}

RawText& RawText::quoted(std::string_view bytes) noexcept {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 0x7f && c != '\\') {
      put(c);
    } else {
      text("\\x");
      put(kDigits[byte >> 4]);
      put(kDigits[byte & 15]);
    }
  }
  return *this;
}

void RawText::flush() noexcept {
  write_all(fd_, {buffer_.data(), size_});
  size_ = 0;
}

}  // namespace larder::base
