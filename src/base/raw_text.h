// Writes text to a descriptor from where nothing may be allocated and no lock taken: a signal's
// handler, a process that is broken.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace larder::base {

class RawText {
 public:
  explicit RawText(int fd) noexcept : fd_(fd) {}
  RawText(const RawText&) = delete;
  RawText& operator=(const RawText&) = delete;
  ~RawText() { flush(); }

  RawText& text(std::string_view text) noexcept;
  RawText& number(std::int64_t number) noexcept;
  RawText& hex(std::uint64_t number) noexcept;  // as 0x1f
  // Each byte that is not printable as \x1f.
  RawText& quoted(std::string_view bytes) noexcept;
  void flush() noexcept;

 private:
  void put(char c) noexcept;

  int fd_;
  std::size_t size_ = 0;
  std::array<char, 512> buffer_;
};

}  // namespace larder::base
