#include "script/debugger.h"

#include <fmt/format.h>

#include <algorithm>

#include "script/debug_text.h"
#include "script/interpreter.h"

namespace larder::script {
namespace {

constexpr std::string_view kScript = "@user_script";  // as the interpreter names its code

std::vector<std::string_view> lines_of(std::string_view source) {
  while (source.ends_with('\n') || source.ends_with('\r')) source.remove_suffix(1);
  std::vector<std::string_view> lines;
  for (;;) {
    const auto end = source.find('\n');
    lines.push_back(source.substr(0, end));
    if (end == source.npos) return lines;
    source.remove_prefix(end + 1);
  }
}

}  // namespace

Debugger::Debugger(DebugConsole& console, std::string_view source,
                   std::chrono::milliseconds patience)
    : console_(console),
      log_(console),
      lines_(lines_of(source)),
      patience_(patience),
      resumed_(Clock::now()) {}

void Debugger::end() {
  log_.add("<endsession>");
  log_.send();
}

// --- stops
// ----------------------------------------------------------------------------------------------

void Debugger::on_hook(Interpreter& interpreter, lua_State* lua, lua_Debug* event) {
  if (evaluating_ != nullptr) return end_evaluation(lua);
  lua_getinfo(lua, "Sl", event);
  if (event->source != kScript) return;
  line_ = event->currentline;
  const auto reason = reason_to_stop(event->event);
  if (reason.empty()) return;
  interpreter_ = &interpreter;
  is_stepping_ = stops_next_ = false;
  log_.add(fmt::format("* Stopped at {}, stop reason = {}", line_, reason));
  show_line(line_);
  log_.send();
  converse(lua, event->event == LUA_HOOKLINE);
  resumed_ = Clock::now();
}

std::string_view Debugger::reason_to_stop(int event) const {
  if (event == LUA_HOOKLINE) {
    if (stops_next_) return "redis.breakpoint() called";
    if (has_breakpoint(line_)) return "break point";
    return is_stepping_ ? "step over" : "";
  }
  return Clock::now() - resumed_ < patience_ ? "" : "timeout reached, infinite loop?";
}

// Follows commands until one lets the script go on. Where the client is gone it goes on, too, but
// not for ever.
void Debugger::converse(lua_State* lua, bool is_in_time) {
  for (auto next = Next::command; next == Next::command;) {
    const auto heard = console_.listen();
    if (heard.error != nullptr) interpreter_->end_run(lua, heard.error);
    if (heard.words.empty()) {
      breakpoints_.clear();
      if (is_in_time) return;
      interpreter_->end_run(lua, "timeout during Lua debugging with client closing connection");
    }
    if (const auto* const command = find_command(heard.words)) {
      next = (this->*command->run)(lua, heard.words);
    } else {
      log_.add("<error> Unknown Lua debugger command or wrong number of arguments.");
    }
    if (next == Next::command) log_.send();
  }
}

// Code that the client sent has the script's patience; whatever it catches is raised again.
void Debugger::end_evaluation(lua_State* lua) const {
  if (Clock::now() - resumed_ < patience_) return;
  for (auto* const state : {lua, evaluating_}) {
    lua_sethook(state, lua_gethook(state), LUA_MASKCOUNT, 1);
  }
  raise(lua, "the code runs for too long");
}

// --- what is shown
// ----------------------------------------------------------------------------------------------

bool Debugger::has_breakpoint(std::int64_t line) const {
  return std::find(breakpoints_.begin(), breakpoints_.end(), line) != breakpoints_.end();
}

void Debugger::show_line(std::int64_t line) {
  const bool is_known = line >= 1 && line <= static_cast<std::int64_t>(lines_.size());
  log_.add(fmt::format("{}{}{:<3} {}", line == line_ ? "->" : "  ",
                       has_breakpoint(line) ? '#' : ' ', line,
                       is_known ? lines_[static_cast<std::size_t>(line - 1)]
                                : std::string_view("<out of range source code line>")));
}

void Debugger::show_lines(std::int64_t around, std::int64_t context) {
  const auto count = static_cast<std::int64_t>(lines_.size());
  context = std::clamp<std::int64_t>(context, 0, count);
  around = std::clamp<std::int64_t>(around, -count, 2 * count);
  const auto last = std::min(count, around + context);
  for (auto line = std::max<std::int64_t>(1, around - context); line <= last; ++line) {
    show_line(line);
  }
}

void Debugger::show_value(lua_State* lua, int index, std::string text) {
  append_value(text, lua, index, log_.useful_bytes());
  log_.add_value(std::move(text));
}

void Debugger::show_arguments(lua_State* lua) {
  auto text = fmt::format("<debug> line {}: ", line_);
  const int count = lua_gettop(lua);
  for (int i = 1; i <= count; ++i) {
    if (i > 1) text += ", ";
    append_value(text, lua, i, log_.useful_bytes());
  }
  log_.add_value(std::move(text));
}

void Debugger::note_call(Words command) {
  constexpr std::size_t kWordsMax = 10;
  if (!is_stepping_) return;
  std::string text = "<redis>";
  for (const auto word : command.first(std::min(command.size(), kWordsMax))) {
    text += ' ';
    text += word.substr(0, log_.useful_bytes());
  }
  if (command.size() > kWordsMax) text += fmt::format(" ... ({} more)", command.size() - kWordsMax);
  log_.add(std::move(text));
}

void Debugger::note_reply(std::string_view reply) {
  if (!is_stepping_ || reply.empty()) return;
  std::string text = "<reply> ";
  append_reply(text, reply, log_.useful_bytes());
  log_.add_value(std::move(text));
}

void Debugger::note_error(std::string_view text) {
  if (is_stepping_) log_.add(fmt::format("<error> {}", text));
}

}  // namespace larder::script
