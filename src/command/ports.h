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
  enum class OnTimeout : std::uint8_t { null, null_array, zero };

  keyspace::Type type = keyspace::Type::string;
  std::span<const std::string_view> keys = {};
  std::int64_t timeout_ms = 0;               // 0: for ever. What a second run says does not count
  OnTimeout on_timeout = OnTimeout::null;    // the answer then, and at once where nobody may wait
  std::optional<OnTimeout> if_refused = {};  // the answer where nobody may wait, if it is another
  bool also_on_removal = false;              // also when a key goes, or holds another type
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

// Either is null where nobody listens.
struct Ports {
  Waiting* waiting = nullptr;
  Changes* changes = nullptr;
};
inline constexpr Ports kNoPorts;

}  // namespace larder::command
