#include "script/engine.h"

#include <fmt/format.h>

#include "script/sha1.h"

namespace larder::script {

Engine::Engine()
    : interpreter_(std::make_unique<Interpreter>()), scripts_(std::make_unique<ScriptCache>()) {}

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

void Engine::flush_scripts(bool asynchronous) {
  evicted_before_ += scripts_->evicted();
  auto old_interpreter = std::exchange(interpreter_, std::make_unique<Interpreter>());
  auto old_scripts = std::exchange(scripts_, std::make_unique<ScriptCache>());
  if (!asynchronous) return;
  if (freeing_.joinable()) freeing_.join();
  freeing_ = std::thread(
      [interpreter = std::move(old_interpreter), scripts = std::move(old_scripts)]() mutable {
        scripts.reset();
        interpreter.reset();
      });
}

void Engine::run(command::Context& context, const Script& script, command::Args keys,
                 command::Args argv, bool is_read_only) {
  auto& executor = *context.ports().executor;
  const command::ScriptRules rules{.is_read_only = is_read_only || script.flags.no_writes,
                                   .allows_oom = script.flags.allow_oom,
                                   .is_on_stale = script.flags.allow_stale};
  Run run{.context = context, .executor = executor, .name = script.sha, .rules = rules};
  executor.begin(context);
  const bool is_counted =
      interpreter_->call(run, script.function, keys, argv, Interpreter::Pass::globals);
  executor.end(context, is_counted);
}

}  // namespace larder::script
