// Takes requests apart: arrays of bulk strings, and lines typed by hand (inline commands). Bytes in, views of arguments
// out; it neither copies nor allocates for what is only announced.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace larder::resp {

class RequestParser {
 public:
  struct Limits {
    std::int64_t bulk_bytes_max = 512LL << 20;  // of one argument
    std::int64_t inline_bytes_max = 64 * 1024;  // of a line: an inline command, or a length
    std::int64_t arguments_max = INT32_MAX;     // of one command
    bool authenticated = true;                  // before it: at most 10 arguments of 16 KiB
  };

  enum class Status {
    incomplete,  // the input ends within a command
    command,     // its arguments were appended; none for an empty line or array
    error,       // the connection cannot go on: error() says why
  };

  // Parses the command at the start of `input`, whose first byte is the first not consumed yet, and appends its
  // arguments to `arguments` as views into `input` (or into memory of the parser's, for inline commands with quotes).
  // After `incomplete` call again with the same bytes, wherever they are by then, and more behind them: what was
  // understood is remembered, and no byte is read twice but those of a line that is not complete.
  Status parse(std::string_view input, std::vector<std::string_view>& arguments, const Limits& limits);

  // Bytes that the last complete command took.
  std::size_t consumed() const noexcept { return consumed_; }
  // After `incomplete`: how many more bytes the argument being read has announced.
  std::size_t bytes_wanted() const noexcept { return bytes_wanted_; }
  // Bytes of the arguments of the incomplete command that are complete.
  std::size_t argument_bytes() const noexcept { return argument_bytes_; }
  std::string_view error() const noexcept { return error_; }

  // Arguments that the parser holds memory for are valid until this.
  void begin_batch() noexcept {
    if (!inline_texts_.empty()) inline_texts_.clear();
  }

  // Forgets an incomplete command: the next parse() begins anew.
  void reset() noexcept;

 private:
  struct Position {
    std::size_t offset;
    std::size_t size;
  };

  Status parse_array(std::string_view input, std::vector<std::string_view>& arguments, const Limits& limits);
  Status parse_inline(std::string_view input, std::vector<std::string_view>& arguments, const Limits& limits);
  Status remember(std::string_view input, std::vector<std::string_view>& arguments, std::size_t first,
                  std::size_t at, std::size_t wanted);
  Status fail(std::string_view error) {
    error_ = error;
    return Status::error;
  }

  // Progress in an incomplete array: its arguments so far, where to go on, how many are missing.
  std::vector<Position> positions_;
  std::size_t at_ = 0;
  std::int64_t missing_ = 0;
  std::size_t consumed_ = 0;
  std::size_t bytes_wanted_ = 0;
  std::size_t argument_bytes_ = 0;
  std::string error_;
  std::deque<std::string> inline_texts_;
};

}  // namespace larder::resp
