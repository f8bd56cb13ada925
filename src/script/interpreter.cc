#include "script/interpreter.h"

#include <fmt/format.h>

#include <cstdlib>
#include <new>

#include "script/conversions.h"
#include "script/debugger.h"
#include "script/library_api.h"
#include "script/limits.h"
#include "script/sandbox.h"

namespace larder::script {
namespace {

// "ERR " and the value at `index` as text.
void push_described(lua_State* lua, int index) {
  if (lua_isboolean(lua, index)) {
    lua_pushstring(lua, lua_toboolean(lua, index) != 0 ? "ERR true" : "ERR false");
    return;
  }
  const char* const text = lua_tostring(lua, index);
  lua_pushfstring(lua, "ERR %s", text != nullptr ? text : luaL_typename(lua, index));
}

// Makes a table of whatever was raised, with the place where it was: the function that raised it,
// or the script's line that called Lua's library.
int describe_error(lua_State* lua) {
  lua_Debug place{};
  bool is_known = lua_getstack(lua, 1, &place) != 0 && lua_getinfo(lua, "nSl", &place) != 0;
  if (is_known && std::string_view(place.what) == "C") {
    is_known = lua_getstack(lua, 2, &place) != 0 && lua_getinfo(lua, "nSl", &place) != 0;
  }
  if (!lua_istable(lua, 1)) {
    lua_createtable(lua, 0, 3);
    push_described(lua, 1);
    set_raw(lua, -2, "err");
    lua_replace(lua, 1);
  }
  if (is_known) {
    lua_pushstring(lua, place.source);
    set_raw(lua, 1, "source");
    lua_pushinteger(lua, place.currentline);
    set_raw(lua, 1, "line");
  }
  lua_settop(lua, 1);
  return 1;
}

}  // namespace

Interpreter::Interpreter(Dialect dialect) : dialect_(dialect), lua_(lua_newstate(allocate, this)) {
  if (lua_ == nullptr) throw std::bad_alloc();
  open_sandbox(lua_);
  add_api(*this);
  lua_pushliteral(lua_, "KEYS");
  lua_pushliteral(lua_, "ARGV");
  lua_pushcfunction(lua_, describe_error);
  lua_pushstring(lua_, dialect == Dialect::scripts ? "@user_script" : "@user_function");
  dialect == Dialect::functions ? push_load_globals(*this) : lua_pushnil(lua_);
  lua_gc(lua_, LUA_GCCOLLECT, 0);
  set_hook();
}

Interpreter::~Interpreter() { lua_close(lua_); }

void Interpreter::set_hook() {
  const int lines = debugger_ == nullptr ? 0 : LUA_MASKLINE;
  lua_sethook(lua_, on_hook, LUA_MASKCOUNT | lines, limits::kInstructionsPerLook);
}

void Interpreter::set_debugger(Debugger* debugger) {
  debugger_ = debugger;
  set_hook();
}

// Coroutines have the hook from the state that made them.
void Interpreter::on_hook(lua_State* lua, lua_Debug* event) {
  void* user = nullptr;
  lua_getallocf(lua, &user);
  auto& self = *static_cast<Interpreter*>(user);
  if (self.end_reason_ != nullptr) self.end_run(lua, self.end_reason_);
  if (self.loading_ != nullptr) {
    const auto duration = std::chrono::steady_clock::now() - self.loading_since_;
    if (duration < std::chrono::milliseconds(limits::kLibraryLoadMs)) return;
    self.end_run(lua, "FUNCTION LOAD timeout");
  }
  if (self.run_ == nullptr) return;
  if (self.debugger_ != nullptr) return self.debugger_->on_hook(self, lua, event);
  if (self.run_->executor.may_go_on(self.run_->context)) return;
  self.end_run(lua, self.run_->kind == command::RunningScript::Kind::script
                        ? "Script killed by user with SCRIPT KILL."
                        : "Script killed by user with FUNCTION KILL.");
}

// From here on at each instruction, in whichever of the two catches this one.
void Interpreter::end_run(lua_State* lua, const char* why) {
  end_reason_ = why;
  for (auto* const state : {lua, lua_}) lua_sethook(state, on_hook, LUA_MASKCOUNT, 1);
  raise(lua, why);
}

void Interpreter::revive() {
  if (end_reason_ == nullptr) return;
  end_reason_ = nullptr;
  set_hook();
}

std::string_view Interpreter::run_command(command::Args args) {
  if (debugger_ != nullptr) [[unlikely]]
    debugger_->note_call(args);
  scratch_.reply.clear();
  resp::Writer reply(scratch_.reply, run_->protocol);
  run_->executor.run(run_->context, args, reply, run_->rules);
  if (debugger_ != nullptr) [[unlikely]]
    debugger_->note_reply(scratch_.reply.view());
  return scratch_.reply.view();
}

void* Interpreter::allocate(void* self, void* block, std::size_t old_bytes, std::size_t bytes) {
  auto& total = static_cast<Interpreter*>(self)->memory_bytes_;
  if (bytes == 0) {
    std::free(block);
    total -= old_bytes;
    return nullptr;
  }
  void* const moved = std::realloc(block, bytes);
  if (moved != nullptr) total += bytes - old_bytes;
  return moved;
}

bool Interpreter::compile(std::string_view source, FunctionRef& function, std::string& error) {
  const bool ok = load_text(lua_, source, lua_tostring(lua_, kCodeName));
  if (ok) {
    function = luaL_ref(lua_, LUA_REGISTRYINDEX);
  } else {
    error = view(lua_, -1);
    lua_pop(lua_, 1);
  }
  return ok;
}

void Interpreter::release(FunctionRef function) { luaL_unref(lua_, LUA_REGISTRYINDEX, function); }

bool Interpreter::load_library(FunctionRef chunk, Library& library, std::string& error) {
  lua_pushvalue(lua_, kLoadGlobals);
  set_visible_globals(lua_);
  loading_ = &library;
  loading_since_ = std::chrono::steady_clock::now();
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, chunk);
  const bool ok = lua_pcall(lua_, 0, 0, kErrorHandler) == 0;
  loading_ = nullptr;
  revive();
  if (!ok) {
    if (lua_istable(lua_, -1)) get_raw(lua_, -1, "err");
    error = lua_isstring(lua_, -1) != 0 ? view(lua_, -1) : "unknown error";
  }
  lua_settop(lua_, kSlots);
  lua_pushvalue(lua_, kGlobals);
  set_visible_globals(lua_);
  return ok;
}

void Interpreter::push_strings(command::Args strings) {
  lua_createtable(lua_, static_cast<int>(strings.size()), 0);
  int index = 0;
  for (const auto text : strings) {
    push(lua_, text);
    lua_rawseti(lua_, -2, ++index);
  }
}

bool Interpreter::call(Run& run, FunctionRef function, command::Args keys, command::Args argv,
                       Pass pass) {
  run_ = &run;
  int arguments = 0;
  if (pass == Pass::globals) {
    lua_pushvalue(lua_, kKeys);
    push_strings(keys);
    lua_rawset(lua_, kGlobals);
    lua_pushvalue(lua_, kArgv);
    push_strings(argv);
    lua_rawset(lua_, kGlobals);
  }
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, function);
  if (pass == Pass::arguments) {
    push_strings(keys);
    push_strings(argv);
    arguments = 2;
  }
  const bool ok = lua_pcall(lua_, arguments, 1, kErrorHandler) == 0;
  revive();
  const bool is_counted =
      ok ? write_value(lua_, run.context.reply, run.protocol) : answer_error(run);
  lua_settop(lua_, kSlots);
  run_ = nullptr;
  if (scratch_.reply.capacity() > limits::kKeptReplyBytes) scratch_.reply.release();
  return is_counted;
}

// The text, then which script, and where in it.
bool Interpreter::answer_error(Run& run) {
  auto& reply = run.context.reply;
  if (!lua_istable(lua_, -1)) {  // no memory, or no stack to describe it
    const char* const text = lua_tostring(lua_, -1);
    reply.error(
        fmt::format("ERR {} script: {}", text != nullptr ? text : "unknown error", run.name));
    return false;
  }
  const auto field = [this](std::string_view name) {
    get_raw(lua_, -1, name);
    const bool has_text = lua_isstring(lua_, -1) != 0;
    const std::string text(has_text ? view(lua_, -1) : std::string_view{});
    lua_pop(lua_, 1);
    return text;
  };
  const auto text = field("err");
  const auto source = field("source");
  const auto line = field("line");
  get_raw(lua_, -1, "ignore_error_stats_update");
  const bool is_counted = lua_toboolean(lua_, -1) != 0;
  const std::string_view shown = text.empty() ? std::string_view("ERR unknown error") : text;
  if (source.empty() || line.empty()) {
    reply.error(fmt::format("{} script: {}", shown, run.name));
  } else {
    reply.error(fmt::format("{} script: {}, on {}:{}.", shown, run.name, source, line));
  }
  return is_counted;
}

}  // namespace larder::script
