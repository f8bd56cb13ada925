// What commands need of the server and cannot see: to be told apart from them who waits, and to
// tell what changed. The server implements these; data commands reach them through their Context.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keyspace/database.h"

namespace larder::resp {
class Writer;
}

namespace larder::command {

class Context;

// Classes of keyspace events, as notify-keyspace-events tells them apart.
enum class Event : std::uint8_t {
  generic,
  string,
  list,
  set,
  hash,
  sorted_set,
  expired,
  evicted,
  stream,
  silent  // a change that nobody is notified of
};

// A command that cannot be served yet, and what it waits for: it is run again from its beginning,
// in the order of arrival, when one of `keys` was changed and holds `type`.
struct Wait {
  // `counts`: the command is run once more, and has to answer with what there is.
  enum class OnTimeout : std::uint8_t { null, null_array, zero, counts };

  keyspace::Type type = keyspace::Type::string;
  std::span<const std::string_view> keys = {};
  std::int64_t timeout_ms = 0;               // 0: for ever. What a second run says does not count
  OnTimeout on_timeout = OnTimeout::null;    // the answer then, and at once where nobody may wait
  std::optional<OnTimeout> if_refused = {};  // the answer where nobody may wait, if it is another
  bool also_on_removal = false;              // also when a key goes, or holds another type
  std::int64_t again_ms = 0;                 // also after so long, whatever changes; 0: not
  // What runs instead of the command's own arguments, where those would mean something else later
  // (XREAD's $).
  std::vector<std::string> command = {};
};

class Waiting {
 public:
  // False where the caller may not wait and has to be answered now.
  virtual bool wait(Context& context, const Wait& wait) = 0;

 protected:
  ~Waiting() = default;
};

// Told of each change after it was made. Must not change a database from inside.
class Changes {
 public:
  virtual void on_changed(keyspace::Database& database, Event event, std::string_view name,
                          std::string_view key) = 0;
  // A reading command found nothing under `key`.
  virtual void on_miss(const keyspace::Database& database, std::string_view key) = 0;
  virtual void on_flushed(keyspace::Database* database) = 0;  // nullptr: all of them
  virtual void on_swapped(keyspace::Database& one, keyspace::Database& other) = 0;

 protected:
  ~Changes() = default;
};

// What a script's commands are held to, beyond what holds for every command of a script.
struct ScriptRules {
  bool is_read_only = false;  // no command that writes
  bool allows_oom = false;    // commands that need memory run while it is over the limit
  bool is_on_stale = false;   // runs on a replica without its primary: only commands that may
};

// A script or function that runs.
struct RunningScript {
  enum class Kind : std::uint8_t { script, function };
  Kind kind = Kind::script;
  std::string_view name;                      // its SHA1, or the function's name
  std::span<const std::string_view> command;  // that called it
  std::int64_t duration_ms = 0;
};

// Runs commands on behalf of a script, as a unit: whoever waits for a key is served at its end.
class Executor {
 public:
  // A script of `context`'s client begins.
  virtual void begin(Context& context, RunningScript::Kind kind, std::string_view name) = 0;
  // It ended. `is_counted`: the error that it answers with was counted when its command failed.
  virtual void end(Context& context, bool is_counted) = 0;
  // Whether memory was over its limit, with nothing left to evict, when the client's command began.
  virtual bool is_out_of_memory() const noexcept = 0;
  // Runs one command, or refuses it; either way its reply is written to `reply`.
  virtual void run(Context& context, std::span<const std::string_view> args, resp::Writer& reply,
                   const ScriptRules& rules) = 0;

  // To be called now and then while the script runs: once it has run for long, others are heard
  // inside. False where it has to end.
  virtual bool may_go_on(Context& context) = 0;

  // The script that runs, where a command is heard meanwhile.
  virtual std::optional<RunningScript> running() const = 0;
  // Has a script of `kind` that runs end soon. The failure is what to answer, empty where it will.
  virtual std::string_view kill(RunningScript::Kind kind) = 0;

 protected:
  ~Executor() = default;
};

// Where scripts and functions are kept: of src/script, which alone knows what is behind it.
class Scripting {
 protected:
  ~Scripting() = default;
};

// Told when all databases were emptied.
class Flushes {
 public:
  virtual void on_all_flushed() = 0;

 protected:
  ~Flushes() = default;
};

// Where changes go to be repeated: by a later start (the append-only log), by replicas.
class Journal {
 public:
  // A command that has the effect of what was done to `database`, whenever it is run.
  virtual void record(const keyspace::Database& database,
                      std::span<const std::string_view> words) = 0;

 protected:
  ~Journal() = default;
};

// Each is null where there is nobody.
struct Ports {
  Waiting* waiting = nullptr;
  Changes* changes = nullptr;
  Executor* executor = nullptr;
  Scripting* scripting = nullptr;
  Flushes* flushes = nullptr;
  Journal* journal = nullptr;
};
inline constexpr Ports kNoPorts;

}  // namespace larder::command
