// Takes requests apart: arrays of bulk strings, and lines typed by hand (inline commands). Bytes
// in, views of arguments out; no sockets, no copies, and no memory for what is only announced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

namespace larder::resp {

// One for each connection: it remembers how far the command that is still arriving was understood.
class RequestParser {
 public:
  struct Limits {
    std::int64_t bulk_bytes_max = 512LL << 20;  // of one argument
    std::int64_t inline_bytes_max = 64 * 1024;  // of a line: an inline command or a length
    std::int64_t arguments_max = INT32_MAX;     // of one command
    bool authenticated = true;                  // before it: at most 10 arguments of 16 KiB
  };

  enum class Status : std::uint8_t {
    incomplete,  // the input ends within a command
    command,     // its arguments were appended
    nothing,     // an empty line or array: consumed, but there is nothing to run or to answer
    error,       // the connection cannot go on: error() says why
  };

  // Parses the command at the start of `input`, whose first byte is the first one not consumed yet,
  // and appends its arguments to `arguments` as views into `input` (or into the parser's memory,
  // for inline words with quotes). After `incomplete` or `error` nothing is appended. After
  // `incomplete` call again with the same bytes, wherever they are by then, and more behind them:
  // only the header of the argument that is being read is looked at again. What is answered does
  // not depend on how the bytes were split.
  Status parse(std::string_view input, std::vector<std::string_view>& arguments,
               const Limits& limits);

  // Bytes that the last `command` or `nothing` took.
  std::size_t consumed() const noexcept { return consumed_; }

  // After `incomplete`: bytes missing to the argument being read; 0 where its length is not known
  // yet. That is what a client announced: to allocate it at once would let him take memory for
  // nothing.
  std::size_t bytes_wanted() const noexcept { return bytes_wanted_; }

  // After `incomplete`: bytes of those arguments of the command that are complete.
  std::size_t argument_bytes() const noexcept { return argument_bytes_; }

  // After `incomplete`: bytes of the input that were understood, up to the bytes of the argument
  // that is being read. 0 where no command has begun.
  std::size_t understood_bytes() const noexcept { return understood_bytes_; }

  // After `error`: the reply, such as "ERR Protocol error: invalid bulk length".
  std::string_view error() const noexcept { return error_; }

  // Arguments in the parser's memory are valid until this. Call it before each batch of commands.
  void begin_batch() noexcept { unquoted_.clear(); }

  // Forgets an incomplete command: the next parse() begins anew.
  void reset() noexcept;

 private:
  struct Position {
    std::size_t offset;
    std::size_t bytes;
  };

  Status parse_array(std::string_view input, std::vector<std::string_view>& arguments,
                     const Limits& limits);
  Status resume_array(std::string_view input, std::vector<std::string_view>& arguments,
                      const Limits& limits);
  Status parse_inline(std::string_view input, std::vector<std::string_view>& arguments,
                      const Limits& limits);

  template <class Take>
  Status read_arguments(std::string_view input, std::size_t& at, std::int64_t& missing,
                        const Limits& limits, Take take);
  Status read_count(std::string_view input, std::size_t& at, std::int64_t& count,
                    const Limits& limits);
  Status read_bulk_length(std::string_view input, std::size_t& at, std::int64_t& bytes,
                          const Limits& limits);
  Status read_line(std::string_view input, std::size_t at, char terminator, std::string_view& line,
                   std::string_view too_long, const Limits& limits);
  bool split_words(std::string_view line, std::vector<std::string_view>& arguments);
  Status fail(std::string_view error);

  // Progress in an incomplete command: where its arguments stand, where to go on, how many are
  // missing, and up to where the line being read is known not to end.
  std::vector<Position> positions_;
  std::size_t at_ = 0;
  std::int64_t missing_ = 0;
  std::size_t scanned_ = 0;

  std::size_t consumed_ = 0;
  std::size_t bytes_wanted_ = 0;
  std::size_t argument_bytes_ = 0;
  std::size_t understood_bytes_ = 0;
  std::string error_;
  std::forward_list<std::string> unquoted_;  // a list: views of its short strings must stay valid
};

}  // namespace larder::resp
