// Which files an append-only log consists of, in which order, as its manifest says: at most one
// base, increments that follow it, and history that is only waiting to be removed. The grammar
// stands in docs/formats/append-only.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::persist {

struct AppendFile {
  enum class Role : char { base = 'b', history = 'h', increment = 'i' };

  std::string name;  // in the log's directory
  std::int64_t sequence = 0;
  Role role = Role::increment;
};

class AppendManifest {
 public:
  // What is wrong with a text, and where.
  struct Failure {
    int line_number = 0;  // from 1 on; 0: of the text as a whole
    std::string line;
    std::string reason;
  };
  static base::Result<AppendManifest, Failure> parse(std::string_view text);
  std::string text() const;

  const std::optional<AppendFile>& base() const noexcept { return base_; }
  const std::vector<AppendFile>& increments() const noexcept {
    return increments_;
  }  // oldest first
  const std::vector<AppendFile>& history() const noexcept { return history_; }
  bool is_empty() const noexcept { return !base_ && increments_.empty(); }

  // Adds the next increment, behind all others. `prefix`: appendfilename.
  const AppendFile& add_increment(std::string_view prefix);
  // What the next increment will be called, and the next base.
  std::string next_increment_name(std::string_view prefix) const;
  std::string next_base_name(std::string_view prefix, bool is_snapshot) const;
  // A base that holds all that came before the newest `kept_increments` takes their place: they and
  // the base before become history.
  void replace_base(std::string_view prefix, bool is_snapshot, std::size_t kept_increments);
  // A log of a single file becomes the base, under the name it has.
  void adopt_base(std::string_view name);
  void forget_history() noexcept { history_.clear(); }

 private:
  base::Result<void> add(AppendFile file);

  std::optional<AppendFile> base_;
  std::vector<AppendFile> increments_;
  std::vector<AppendFile> history_;
  std::int64_t base_sequence_ = 0;       // the newest there was
  std::int64_t increment_sequence_ = 0;  // likewise
};

// Names of files beside those that the manifest lists.
std::string manifest_name(std::string_view prefix);

}  // namespace larder::persist
