// What values of one kind have in common. LZ4's format lets a text refer to it as if it stood
// before the text, which is where small values win: alone they hold little that repeats.
//
// The blocks are written by an encoder of our own. LZ4's fast one sees only every third byte of a
// dictionary, and misses a sixth of the saving; its thorough one needs a quarter of a megabyte set
// up for each text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace larder::value {

class Dictionary {
 public:
  // Nearly all of the gain for values of a kilobyte; and it stays in the cache of the CPU.
  static constexpr std::size_t kBytesMax = 8 << 10;
  // A longer text has enough of its own to refer to.
  static constexpr std::size_t kTextBytesMax = 16 << 10;

  // REQUIRES: 0 < text.size() <= kBytesMax
  explicit Dictionary(std::string text);
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  std::string_view text() const noexcept { return text_; }

  // Writes `text` as an LZ4 block and returns how many bytes that takes; 0 where it is more than
  // `room`. REQUIRES: not retired, and no more than kTextBytesMax.
  std::size_t compress(std::string_view text, char* to, std::size_t room) const noexcept;

  // No more is written with it: gives back the index, three times the memory of the text.
  void retire() noexcept;
  bool is_retired() const noexcept { return index_ == nullptr; }

  std::size_t memory_bytes() const noexcept;

 private:
  struct Index;

  std::string text_;
  std::unique_ptr<Index> index_;  // where in the text four bytes are found
};

}  // namespace larder::value
