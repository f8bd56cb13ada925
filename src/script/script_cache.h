// Scripts by their SHA1, compiled. Those that EVAL brought are forgotten when there are too many;
// those that somebody loaded stay until SCRIPT FLUSH.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "script/interpreter.h"
#include "script/shebang.h"

namespace larder::script {

struct Script {
  std::string sha;
  std::string source;  // with its shebang
  FunctionRef function = 0;
  bool has_shebang = false;
  Flags flags;
  bool may_be_evicted = false;
  std::list<Script*>::iterator in_order;  // of those that may be evicted
};

class ScriptCache {
 public:
  // By SHA1 in any case; nullptr where there is none. Counts as a use.
  Script* find(std::string_view sha);
  // By its text, which saves computing the SHA1 of one that is there.
  Script* find_source(std::string_view source);

  Script& add(std::unique_ptr<Script> script, Interpreter& interpreter);
  // From now on it stays.
  void keep(Script& script);

  std::size_t size() const noexcept { return by_sha_.size(); }
  std::size_t memory_bytes() const noexcept { return memory_bytes_; }
  std::uint64_t evicted() const noexcept { return evicted_; }
  void reset_statistics() noexcept { evicted_ = 0; }

 private:
  // A SHA1 is its own hash.
  struct ShaHash {
    std::size_t operator()(std::string_view sha) const noexcept;
  };

  void touch(Script& script);
  void erase(Script& script, Interpreter& interpreter);

  std::unordered_map<std::string_view, std::unique_ptr<Script>, ShaHash> by_sha_;
  std::unordered_map<std::uint64_t, Script*> by_source_;  // by a hash of it
  std::list<Script*> evictable_;                          // used longest ago first
  std::size_t memory_bytes_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace larder::script
