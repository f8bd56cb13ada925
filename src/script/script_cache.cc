#include "script/script_cache.h"

#include <cstring>

#include "base/hash.h"
#include "script/limits.h"
#include "script/sha1.h"

namespace larder::script {
namespace {

std::size_t memory_of(const Script& script) {
  constexpr std::size_t kNodes = 3 * 4 * sizeof(void*);  // of two maps and a list
  return sizeof script + script.source.capacity() + script.sha.capacity() + kNodes;
}

}  // namespace

std::size_t ScriptCache::ShaHash::operator()(std::string_view sha) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, sha.data(), sizeof hash);
  return hash;
}

Script* ScriptCache::find(std::string_view sha) {
  if (sha.size() != kSha1HexBytes) return nullptr;
  char lower[kSha1HexBytes];
  for (std::size_t i = 0; i < kSha1HexBytes; ++i) {
    lower[i] = sha[i] >= 'A' && sha[i] <= 'F' ? static_cast<char>(sha[i] + 32) : sha[i];
  }
  const auto found = by_sha_.find(std::string_view(lower, kSha1HexBytes));
  if (found == by_sha_.end()) return nullptr;
  touch(*found->second);
  return found->second.get();
}

Script* ScriptCache::find_source(std::string_view source) {
  const auto found = by_source_.find(base::xxh3(source));
  if (found == by_source_.end() || found->second->source != source) return nullptr;
  touch(*found->second);
  return found->second;
}

void ScriptCache::touch(Script& script) {
  if (script.may_be_evicted) evictable_.splice(evictable_.end(), evictable_, script.in_order);
}

Script& ScriptCache::add(std::unique_ptr<Script> script, Interpreter& interpreter) {
  auto& added = *script;
  if (added.may_be_evicted) {
    if (evictable_.size() >= limits::kEvalScriptsMax) {
      erase(*evictable_.front(), interpreter);
      ++evicted_;
    }
    added.in_order = evictable_.insert(evictable_.end(), &added);
  }
  memory_bytes_ += memory_of(added);
  by_source_[base::xxh3(added.source)] = &added;
  by_sha_.emplace(added.sha, std::move(script));
  return added;
}

void ScriptCache::keep(Script& script) {
  if (!script.may_be_evicted) return;
  evictable_.erase(script.in_order);
  script.may_be_evicted = false;
}

void ScriptCache::erase(Script& script, Interpreter& interpreter) {
  interpreter.release(script.function);
  memory_bytes_ -= memory_of(script);
  evictable_.erase(script.in_order);
  const auto by_source = by_source_.find(base::xxh3(script.source));
  if (by_source != by_source_.end() && by_source->second == &script) by_source_.erase(by_source);
  by_sha_.erase(std::string_view(script.sha));
}

}  // namespace larder::script
