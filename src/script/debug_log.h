// What the debugger has to say: lines that are gathered, and sent together as one reply.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "script/debugging.h"

namespace larder::script {

class DebugLog {
 public:
  explicit DebugLog(DebugConsole& console) noexcept;

  void add(std::string line);
  // One with a value in it, of which no more than value_bytes_max() are shown.
  void add_value(std::string line);
  void send();

  // 0: all of it, within reason.
  std::size_t value_bytes_max() const noexcept { return value_bytes_max_; }
  void set_value_bytes_max(std::size_t bytes) noexcept;
  // From where on more of a value is of no use.
  std::size_t useful_bytes() const noexcept;

 private:
  DebugConsole& console_;
  std::vector<std::string> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::size_t value_bytes_max_;
  bool has_hinted_ = false;  // that there is more
};

}  // namespace larder::script
