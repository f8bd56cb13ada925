// What one client has queued since MULTI, and what it watches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command/table.h"

namespace larder::server {

class Transaction {
 public:
  // --- from MULTI to EXEC
  bool is_open() const noexcept { return open_; }
  void open() noexcept { open_ = true; }
  // Refuses EXEC: a command could not be queued.
  void fail() noexcept { failed_ = true; }
  bool has_failed() const noexcept { return failed_; }

  // `request_bytes`: that the command came as. `flags`: its own, or what its script says of itself.
  void queue(const command::Command& command, command::Args args, std::size_t request_bytes,
             command::Flags flags) {
    commands_.push_back({&command, ends_.size(), args.size(), request_bytes});
    flags_ |= flags;
    for (const auto argument : args) {
      bytes_.append(argument);
      ends_.push_back(bytes_.size());
    }
  }
  std::size_t size() const noexcept { return commands_.size(); }
  // Flags that at least one of the commands has.
  command::Flags flags() const noexcept { return flags_; }
  const command::Command& command(std::size_t index) const noexcept {
    return *commands_[index].command;
  }
  std::size_t request_bytes(std::size_t index) const noexcept {
    return commands_[index].request_bytes;
  }
  // The arguments of a queued command; valid until the transaction changes.
  void arguments(std::size_t index, std::vector<std::string_view>& into) const {
    const auto& queued = commands_[index];
    into.clear();
    for (auto i = queued.first; i < queued.first + queued.count; ++i) {
      const auto begin = i == 0 ? 0 : ends_[i - 1];
      into.push_back(std::string_view(bytes_).substr(begin, ends_[i] - begin));
    }
  }

  // Takes the queue, to be run; closes this.
  Transaction take() {
    auto taken = std::move(*this);
    *this = {};
    return taken;
  }

  // Bytes, for CLIENT LIST and the memory report.
  std::size_t argument_bytes() const noexcept { return bytes_.size(); }
  void trim() { bytes_.shrink_to_fit(); }
  std::size_t memory_bytes() const noexcept {
    return bytes_.capacity() + ends_.capacity() * sizeof ends_[0] +
           commands_.capacity() * sizeof commands_[0];
  }

 private:
  struct Queued {
    const command::Command* command;
    std::size_t first;  // argument
    std::size_t count;
    std::size_t request_bytes;
  };

  bool open_ = false;
  bool failed_ = false;
  command::Flags flags_ = 0;
  std::string bytes_;              // of all arguments, one after the other
  std::vector<std::size_t> ends_;  // of each argument in them
  std::vector<Queued> commands_;
};

}  // namespace larder::server
