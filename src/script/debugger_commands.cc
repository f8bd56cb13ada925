// What the client of the debugger may say. Each can be shortened to its first letter.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/numbers.h"
#include "script/debugger.h"
#include "script/interpreter.h"
#include "script/limits.h"
#include "script/sandbox.h"

namespace larder::script {
namespace {

constexpr std::int64_t kContextLines = 5;  // before and after a line that is listed

constexpr const char* kHelp[] = {
    "Commands of the debugger, which their first letter stands for:",
    "[s]tep, [n]ext       Runs this line, and stops at the next.",
    "[c]ontinue           Runs up to a breakpoint, or the end.",
    "[l]ist [line] [n]    Shows n lines before and after a line; 0 is this one.",
    "[w]hole              Shows the whole script.",
    "[p]rint              Shows the local variables.",
    "[p]rint <name>       Shows one variable: a local one of any caller, KEYS or ARGV.",
    "[b]reak              Shows the breakpoints.",
    "[b]reak <line> ...   Sets some; -<line> removes one, 0 removes all.",
    "[t]race              Shows which functions called each other up to here.",
    "[e]val <code>        Runs Lua code, which does not see local variables.",
    "[r]edis <command>    Runs a command.",
    "[m]axlen [bytes]     Shows no more of a value or reply than this; 0: all of it.",
    "[a]bort              Ends the script. What it changed stays changed in sync mode.",
    "",
    "Functions for scripts:",
    "redis.debug(...)     Shows values here at the next stop.",
    "redis.breakpoint()   Stops at the next line."};

std::int64_t number_of(std::string_view word) { return base::parse_i64(word).value_or(0); }

// What was raised: a text, or the table of a command's error.
std::string_view text_of_error(lua_State* lua) {
  if (lua_istable(lua, -1)) get_raw(lua, -1, "err");
  return lua_isstring(lua, -1) != 0 ? view(lua, -1) : luaL_typename(lua, -1);
}

}  // namespace

const Debugger::Command Debugger::kCommands[] = {
    {"step", "s", 1, &Debugger::step},
    {"next", "n", 1, &Debugger::step},
    {"continue", "c", 1, &Debugger::go_on},
    {"list", "l", 1, &Debugger::list},
    {"whole", "w", 1, &Debugger::list_all},
    {"print", "p", 1, &Debugger::print},
    {"break", "b", 1, &Debugger::change_breakpoints},
    {"trace", "t", 1, &Debugger::trace},
    {"eval", "e", 1, &Debugger::evaluate},
    {"redis", "r", 2, &Debugger::call},
    {"server", "r", 2, &Debugger::call},
    {"maxlen", "m", 1, &Debugger::limit_values},
    {"abort", "a", 1, &Debugger::abort},
    {"help", "h", 1, &Debugger::help},
};

const Debugger::Command* Debugger::find_command(Words words) {
  const auto found = std::ranges::find_if(kCommands, [&](const Command& command) {
    return words.size() >= command.words_min &&
           (base::equal_ignoring_case(words.front(), command.name) ||
            base::equal_ignoring_case(words.front(), command.letter));
  });
  return found == std::ranges::end(kCommands) ? nullptr : &*found;
}

// --- how it goes on
// ----------------------------------------------------------------------------------------------

Debugger::Next Debugger::step(lua_State*, Words) {
  is_stepping_ = true;
  return Next::script;
}

Debugger::Next Debugger::go_on(lua_State*, Words) { return Next::script; }

Debugger::Next Debugger::abort(lua_State* lua, Words) {
  interpreter_->end_run(lua, "script aborted for user request");
}

Debugger::Next Debugger::change_breakpoints(lua_State*, Words words) {
  for (const auto word : words.subspan(1)) change_breakpoint(word);
  if (words.size() > 1) return Next::command;
  if (breakpoints_.empty()) {
    log_.add("No breakpoints set. Use 'b <line>' to add one.");
  } else {
    log_.add(fmt::format("{} breakpoints set:", breakpoints_.size()));
    for (const auto line : breakpoints_) show_line(line);
  }
  return Next::command;
}

void Debugger::change_breakpoint(std::string_view word) {
  const auto line = base::parse_i64(word);
  if (!line) return log_.add(fmt::format("Invalid argument:'{}'", word));
  if (*line == 0) {
    breakpoints_.clear();
    log_.add("All breakpoints removed.");
  } else if (*line < 0) {
    // Lines are compared by their negatives: the least of all numbers has no other.
    const auto is_it = [&](std::int64_t breakpoint) { return -breakpoint == *line; };
    log_.add(std::erase_if(breakpoints_, is_it) != 0 ? "Breakpoint removed."
                                                     : "No breakpoint in the specified line.");
  } else if (breakpoints_.size() == limits::kDebugBreakpointsMax) {
    log_.add("Too many breakpoints set.");
  } else if (*line > static_cast<std::int64_t>(lines_.size()) || has_breakpoint(*line)) {
    log_.add("Wrong line number.");
  } else {
    breakpoints_.push_back(*line);
    show_lines(*line, 1);
  }
}

// --- what there is
// ----------------------------------------------------------------------------------------------

Debugger::Next Debugger::list(lua_State*, Words words) {
  const auto line = words.size() > 1 ? number_of(words[1]) : 0;
  show_lines(line > 0 ? line : line_, words.size() > 2 ? number_of(words[2]) : kContextLines);
  return Next::command;
}

Debugger::Next Debugger::list_all(lua_State*, Words) {
  show_lines(1, static_cast<std::int64_t>(lines_.size()));
  return Next::command;
}

Debugger::Next Debugger::print(lua_State* lua, Words words) {
  lua_Debug place{};
  if (words.size() != 2) {
    bool has_shown = false;
    lua_getstack(lua, 0, &place);
    int index = 1;
    while (const char* const name = lua_getlocal(lua, &place, index++)) {
      if (name[0] != '(') {  // "(*temporary)" and its kind are no variables
        show_value(lua, -1, fmt::format("<value> {} = ", name));
        has_shown = true;
      }
      lua_pop(lua, 1);
    }
    if (!has_shown) log_.add("No local variables in the current context.");
  } else if (!show_local(lua, words[1])) {
    if (words[1] != "KEYS" && words[1] != "ARGV") {
      log_.add("No such variable.");
      return Next::command;
    }
    lua_getglobal(lua, words[1] == "KEYS" ? "KEYS" : "ARGV");
    show_value(lua, -1, "<value> ");
    lua_pop(lua, 1);
  }
  return Next::command;
}

// The variable of that name in this function, or the nearest of its callers that has one.
bool Debugger::show_local(lua_State* lua, std::string_view wanted) {
  lua_Debug place{};
  for (int level = 0; lua_getstack(lua, level, &place) != 0; ++level) {
    int index = 1;
    while (const char* const name = lua_getlocal(lua, &place, index++)) {
      const bool is_it = name == wanted;
      if (is_it) show_value(lua, -1, "<value> ");
      lua_pop(lua, 1);
      if (is_it) return true;
    }
  }
  return false;
}

Debugger::Next Debugger::trace(lua_State* lua, Words) {
  lua_Debug place{};
  for (int level = 0; lua_getstack(lua, level, &place) != 0; ++level) {
    lua_getinfo(lua, "Snl", &place);
    if (std::string_view(place.short_src) != "user_script") continue;
    log_.add(fmt::format("{} {}:", level == 0 ? "In" : "From",
                         place.name != nullptr ? place.name : "top level"));
    show_line(place.currentline);
  }
  return Next::command;
}

Debugger::Next Debugger::limit_values(lua_State*, Words words) {
  if (words.size() == 2) {
    const auto bytes = base::parse_i64(words[1]);
    if (!bytes || *bytes < 0) {
      log_.add(fmt::format("Invalid argument:'{}'", words[1]));
      return Next::command;
    }
    log_.set_value_bytes_max(static_cast<std::size_t>(*bytes));
  }
  log_.add(log_.value_bytes_max() == 0
               ? "<value> replies are unlimited."
               : fmt::format("<value> replies are truncated at {} bytes.", log_.value_bytes_max()));
  return Next::command;
}

Debugger::Next Debugger::help(lua_State*, Words) {
  for (const char* const line : kHelp) log_.add(line);
  return Next::command;
}

// --- what else it can run
// ----------------------------------------------------------------------------------------------

// As an expression, or as statements. In a thread of its own: hooks, which end what does not end by
// itself, are off inside of one.
Debugger::Next Debugger::evaluate(lua_State* lua, Words words) {
  const auto code = fmt::format("{}", fmt::join(words.subspan(1), " "));
  auto* const other = lua_newthread(lua);
  lua_pushliteral(other, "@ldb_eval");
  const char* const name = lua_tostring(other, 1);
  bool is_good = load_text(other, "return " + code, name);
  if (!is_good) {
    lua_pop(other, 1);
    is_good = load_text(other, code, name);
  }
  if (is_good) {
    resumed_ = Clock::now();
    evaluating_ = other;
    is_good = lua_pcall(other, 0, 1, 0) == 0;
    evaluating_ = nullptr;
  }
  if (is_good) {
    show_value(other, -1, "<retval> ");
  } else {
    log_.add_value(fmt::format("<error> {}", text_of_error(other)));
  }
  lua_pop(lua, 1);
  return Next::command;
}

Debugger::Next Debugger::call(lua_State*, Words words) {
  is_stepping_ = true;  // so that it is shown
  interpreter_->run_command(words.subspan(1));
  is_stepping_ = false;
  return Next::command;
}

}  // namespace larder::script
