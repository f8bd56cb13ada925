// Everything of scripts and functions: the server owns one, commands reach it through their
// Context.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "command/context.h"
#include "script/debugging.h"
#include "script/interpreter.h"
#include "script/library.h"
#include "script/script_cache.h"

namespace larder::script {

class Engine final : public command::Scripting {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The script of that text, compiled and kept; the failure is what to answer. SCRIPT LOAD's stay,
  // EVAL's may be forgotten.
  enum class Origin { load, eval };
  base::Result<Script*> load(std::string_view source, Origin origin);

  ScriptCache& scripts() noexcept { return *scripts_; }
  const ScriptCache& scripts() const noexcept { return *scripts_; }
  // Whatever is flushed or replaced while a script runs lives until that ends.
  // Forgets all scripts and begins with a new interpreter; `asynchronous`: the old one is freed by
  // another thread.
  void flush_scripts(bool asynchronous);

  Libraries& libraries() noexcept { return *libraries_; }
  const Libraries& libraries() const noexcept { return *libraries_; }
  void set_libraries(std::unique_ptr<Libraries> libraries);
  void flush_functions(bool asynchronous);

  void run(command::Context& context, const Script& script, command::Args keys, command::Args argv,
           bool is_read_only);
  void run(command::Context& context, const Function& function, command::Args keys,
           command::Args argv, bool is_read_only);

  // Where scripts are debugged, nullptr for nowhere; and what scripts run under from here on.
  DebugSessions* debug_sessions() noexcept { return debug_sessions_; }
  void set_debug_sessions(DebugSessions* sessions) noexcept { debug_sessions_ = sessions; }
  void set_debugger(Debugger* debugger) noexcept { debugger_ = debugger; }

  std::size_t interpreter_bytes() const noexcept { return interpreter_->memory_bytes(); }
  std::uint64_t evicted_scripts() const noexcept { return evicted_before_ + scripts_->evicted(); }
  void reset_statistics() noexcept {
    evicted_before_ = 0;
    scripts_->reset_statistics();
  }

 private:
  void run(Run& run, Interpreter& interpreter, FunctionRef function, command::Args keys,
           command::Args argv, Interpreter::Pass pass);
  // Frees what was replaced: at once, in another thread, or at the end of the script that runs.
  enum class When { now, later };
  template <class Garbage>
  void discard(Garbage garbage, When when);

  std::unique_ptr<Interpreter> interpreter_;
  std::unique_ptr<ScriptCache> scripts_;
  std::unique_ptr<Libraries> libraries_;
  std::uint64_t evicted_before_ = 0;  // by caches that are gone
  DebugSessions* debug_sessions_ = nullptr;
  Debugger* debugger_ = nullptr;
  bool is_running_ = false;
  std::vector<std::shared_ptr<void>> discarded_;  // while a script ran, which may be in it
  std::thread freeing_;
};

// REQUIRES: the context's server has scripts.
inline Engine& engine_of(command::Context& context) noexcept {
  return static_cast<Engine&>(*context.ports().scripting);
}

}  // namespace larder::script
