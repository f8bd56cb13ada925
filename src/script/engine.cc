#include "script/engine.h"

#include <fmt/format.h>

#include <utility>

#include "base/threads.h"
#include "script/sha1.h"

namespace larder::script {

Engine::Engine()
    : interpreter_(std::make_unique<Interpreter>(Dialect::scripts)),
      scripts_(std::make_unique<ScriptCache>()),
      libraries_(std::make_unique<Libraries>()) {}

Engine::~Engine() {
  if (freeing_.joinable()) freeing_.join();
}

base::Result<Script*> Engine::load(std::string_view source, Origin origin) {
  if (auto* const known = scripts_->find_source(source)) {
    if (origin == Origin::load) scripts_->keep(*known);
    return known;
  }
  auto sha = sha1_hex(source);
  if (auto* const known = scripts_->find(sha)) {
    if (origin == Origin::load) scripts_->keep(*known);
    return known;
  }
  const auto header = read_script_header(source);
  if (!header) return base::failure("ERR " + header.error());
  auto script = std::make_unique<Script>();
  std::string error;
  if (!interpreter_->compile(header->body, script->function, error)) {
    return base::failure(fmt::format("ERR Error compiling script (new function): {}", error));
  }
  script->sha = std::move(sha);
  script->source = source;
  script->has_shebang = header->has_shebang;
  script->flags = header->flags;
  script->may_be_evicted = origin == Origin::eval;
  return &scripts_->add(std::move(script), *interpreter_);
}

namespace {

// Scripts that say what they need are not begun where there is no memory, unless they say that they
// need none.
bool is_refused_for_memory(command::Context& context, const command::ScriptRules& rules) {
  if (rules.allows_oom || rules.is_read_only) return false;
  if (!context.ports().executor->is_out_of_memory()) return false;
  context.reply.error(
      "OOM allow-oom flag is not set on the script, can not run it when used memory > "
      "'maxmemory'");
  return true;
}

}  // namespace

template <class Garbage>
void Engine::discard(Garbage garbage, When when) {
  auto kept = std::make_shared<Garbage>(std::move(garbage));
  if (is_running_) {
    discarded_.push_back(std::move(kept));
  } else if (when == When::later) {
    if (freeing_.joinable()) freeing_.join();
    freeing_ = base::start_background_thread("larder-scripts",
                                             [kept = std::move(kept)]() mutable { kept.reset(); });
  }
}

void Engine::flush_scripts(bool asynchronous) {
  evicted_before_ += scripts_->evicted();
  auto interpreter = std::exchange(interpreter_, std::make_unique<Interpreter>(Dialect::scripts));
  auto scripts = std::exchange(scripts_, std::make_unique<ScriptCache>());
  discard(std::make_pair(std::move(interpreter), std::move(scripts)),
          asynchronous ? When::later : When::now);
}

void Engine::flush_functions(bool asynchronous) {
  discard(std::exchange(libraries_, std::make_unique<Libraries>()),
          asynchronous ? When::later : When::now);
}

void Engine::set_libraries(std::unique_ptr<Libraries> libraries) {
  discard(std::exchange(libraries_, std::move(libraries)), When::now);
}

void Engine::run(command::Context& context, const Script& script, command::Args keys,
                 command::Args argv, bool is_read_only) {
  const command::ScriptRules rules{.is_read_only = is_read_only || script.flags.no_writes,
                                   .allows_oom = script.flags.allow_oom,
                                   .is_on_stale = script.flags.allow_stale};
  if (script.has_shebang && is_refused_for_memory(context, rules)) return;
  Run started{.context = context,
              .executor = *context.ports().executor,
              .name = script.sha,
              .rules = rules};
  run(started, *interpreter_, script.function, keys, argv, Interpreter::Pass::globals);
}

void Engine::run(command::Context& context, const Function& function, command::Args keys,
                 command::Args argv, bool is_read_only) {
  const command::ScriptRules rules{.is_read_only = is_read_only || function.flags.no_writes,
                                   .allows_oom = function.flags.allow_oom,
                                   .is_on_stale = function.flags.allow_stale};
  if (is_refused_for_memory(context, rules)) return;
  Run started{.context = context,
              .executor = *context.ports().executor,
              .name = function.name,
              .kind = command::RunningScript::Kind::function,
              .rules = rules};
  run(started, libraries_->interpreter(), function.callback, keys, argv,
      Interpreter::Pass::arguments);
}

void Engine::run(Run& started, Interpreter& interpreter, FunctionRef function, command::Args keys,
                 command::Args argv, Interpreter::Pass pass) {
  started.executor.begin(started.context, started.kind, started.name);
  is_running_ = true;
  if (debugger_ != nullptr) [[unlikely]]
    interpreter.set_debugger(debugger_);
  const bool is_counted = interpreter.call(started, function, keys, argv, pass);
  if (debugger_ != nullptr) [[unlikely]]
    interpreter.set_debugger(nullptr);
  is_running_ = false;
  started.executor.end(started.context, is_counted);
  discarded_.clear();
}

}  // namespace larder::script
