// Counts replies in a stream of RESP2 or RESP3 without keeping them; remembers the first error's
// text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace larder::load {

class ReplyReader {
 public:
  // Reads on where the last call stopped. Returns how many replies were completed in `bytes`.
  std::size_t read(std::string_view bytes);

  std::uint64_t errors() const noexcept { return errors_; }
  const std::string& first_error() const noexcept { return first_error_; }
  bool is_broken() const noexcept { return is_broken_; }  // not RESP: the stream cannot be read on

 private:
  void take_line(std::string_view line);

  // Elements of the reply under way that are still to come, 1 between replies.
  std::uint64_t elements_left_ = 1;
  std::uint64_t bytes_to_skip_ = 0;  // of a bulk string, with its CR and LF
  std::string partial_line_;
  std::uint64_t errors_ = 0;
  std::string first_error_;
  bool is_broken_ = false;
};

}  // namespace larder::load
