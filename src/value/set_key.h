// How a member is the key of an ElementTable. Integers are a few bytes there too, in place of their
// digits; what is not an integer but begins like one is marked.
//
//   key = an integer as its item (item.h): begins with 0x80 to 0xc8, but not 0xc0
//       | 0xc0 text                        where the text begins with 0x80 to 0xc8
//       | text
#pragma once

#include <string>
#include <string_view>

#include "value/item.h"
#include "value/set_member.h"

namespace larder::value {

class SetKey {
 public:
  explicit SetKey(const SetMember& member) : bytes_(member.bytes()) {
    if (member.is_integer()) {
      const auto* end = member.encoded().write(integer_);
      bytes_ = {integer_, static_cast<std::size_t>(end - integer_)};
    } else if (needs_mark(bytes_)) {
      marked_ = kMark;
      marked_ += bytes_;
      bytes_ = marked_;
    }
  }
  SetKey(const SetKey&) = delete;
  SetKey& operator=(const SetKey&) = delete;

  std::string_view bytes() const noexcept { return bytes_; }

  // The member that has this key.
  static Item member(std::string_view key) noexcept {
    if (!needs_mark(key)) return {.bytes = key};
    if (key.front() == kMark) return {.bytes = key.substr(1)};
    const char* at = key.data();
    return read_item(at);
  }

 private:
  static constexpr char kMark = '\xc0';
  static bool needs_mark(std::string_view text) noexcept {
    if (text.empty()) return false;
    const auto first = static_cast<unsigned char>(text.front());
    return first >= 0x80 && first <= 0xc8;
  }

  std::string_view bytes_;
  std::string marked_;
  char integer_[9];
};

}  // namespace larder::value
