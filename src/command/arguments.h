// Reads a command's options from left to right and remembers the first mistake, so that a handler
// reads as the command's grammar and asks once whether all was well.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/numbers.h"
#include "command/errors.h"
#include "command/spec.h"

namespace larder::command {

class ArgReader {
 public:
  ArgReader(Args args, std::size_t from) noexcept : args_(args), at_(from) {}

  bool has_more() const noexcept { return error_.empty() && at_ < args_.size(); }
  std::size_t remaining() const noexcept { return args_.size() - at_; }
  std::size_t position() const noexcept { return at_; }

  // Takes the next argument where it is `keyword` in any case.
  bool take(std::string_view keyword) noexcept {
    if (!has_more() || !base::equal_ignoring_case(args_[at_], keyword)) return false;
    ++at_;
    return true;
  }

  // The next argument; a syntax error where there is none.
  std::string_view next() noexcept {
    if (at_ < args_.size()) return args_[at_++];
    fail(errors::kSyntax);
    return {};
  }

  // The next argument as an integer within bounds; `error` where it is not.
  std::int64_t integer(std::string_view error = errors::kNotInteger, std::int64_t min = INT64_MIN,
                       std::int64_t max = INT64_MAX) noexcept {
    const auto text = next();
    if (!error_.empty()) return 0;
    const auto value = base::parse_i64(text);
    if (!value || *value < min || *value > max) {
      fail(error);
      return 0;
    }
    return *value;
  }

  // Keeps the first error only. `error` must outlive the reader: texts of errors.h or literals.
  void fail(std::string_view error) noexcept {
    if (error_.empty()) error_ = error;
  }
  bool ok() const noexcept { return error_.empty(); }
  std::string_view error() const noexcept { return error_; }

 private:
  Args args_;
  std::size_t at_;
  std::string_view error_;
};

}  // namespace larder::command
