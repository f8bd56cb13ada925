// All commands by name. Built once at start from the families' lists; looked up once a request.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command/spec.h"

namespace larder::command {

// A command or subcommand of this server, with its numbers. Owned by the Table and never moved.
struct Command {
  const Spec* spec = nullptr;
  const Command* parent = nullptr;  // of a subcommand
  std::vector<std::unique_ptr<Command>> subcommands;
  std::string full_name;           // "config|get"
  Categories categories = 0;       // all, with those that flags imply
  std::int16_t first_key = 0;      // argument that holds the first key where that is fixed, else 0
  bool is_of_collections = false;  // its group is that of a type that is kept in objects
  std::uint16_t id = 0;            // dense, from 0: index of per-command statistics

  // Statistics since start or CONFIG RESETSTAT, as INFO commandstats shows them.
  struct Statistics {
    std::uint64_t calls = 0;
    std::uint64_t cycles = 0;
    std::uint64_t rejected = 0;
    std::uint64_t failed = 0;
  };
  mutable Statistics statistics;

  bool has(Flags flags) const noexcept { return (spec->flags & flags) != 0; }
  const Command* subcommand(std::string_view name) const noexcept;  // in any case
};

class Table {
 public:
  // REQUIRES: the specs live as long as the table. Applies `rename-command`s: (from, to), `to`
  // empty removes.
  struct Rename {
    std::string from;
    std::string to;
  };
  explicit Table(std::span<const std::span<const Spec>> families,
                 std::span<const Rename> renames = {});
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // By name in any case; a container such as CONFIG is returned itself: resolve() goes on to its
  // subcommand.
  const Command* find(std::string_view name) const noexcept;

  // The command that `args` call, a subcommand where args[1] names one; nullptr where there is
  // none.
  const Command* resolve(Args args) const noexcept;

  // By full name in any case: "get", "config|get".
  const Command* named(std::string_view full_name) const noexcept;

  // In order of name.
  const std::vector<const Command*>& all() const noexcept { return sorted_; }
  std::size_t id_count() const noexcept {
    return id_count_;
  }  // ids of commands and subcommands are below this

 private:
  struct Slot {
    std::uint64_t packed = 0;  // hash of the name, the same for its capitals
    std::string name;
    const Command* command = nullptr;
  };
  std::vector<std::unique_ptr<Command>> commands_;
  std::vector<const Command*> sorted_;
  std::vector<Slot> slots_;  // open addressing, a power of two
  std::size_t id_count_ = 0;
};

// Whether a call of `count` arguments, the name among them, has as many as it needs.
bool arity_fits(const Spec& spec, std::size_t count) noexcept;

// All categories of a command: its own and those its flags and group imply.
Categories categories_of(const Spec& spec) noexcept;

// Positions of the keys among `args`, with how they are used. Empty `ok` where the arguments
// contradict the spec.
struct KeyPosition {
  std::size_t index;
  KeyFlags flags;
};
struct KeyPositions {
  std::vector<KeyPosition> keys;
  bool ok = true;
};
KeyPositions find_keys(const Spec& spec, Args args);

}  // namespace larder::command
