// What a handler works with: the client's database, its reply, the time of the turn. Commands that
// steer the server get the server and the connection through a class derived from this one
// (server/call.h); data commands cannot see either.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "base/random.h"
#include "command/errors.h"
#include "command/ports.h"
#include "command/spec.h"
#include "keyspace/keyspace.h"
#include "resp/writer.h"
#include "settings/settings.h"

namespace larder::command {

class Table;

// A text, or the digits of an integer.
class JournalWord {
 public:  // NOLINTBEGIN(google-explicit-constructor): implicit, as for a parameter of each type
  JournalWord(std::string_view text) noexcept : text_(text) {}
  JournalWord(const char* text) noexcept : text_(text) {}
  JournalWord(const std::string& text) noexcept : text_(text) {}
  template <std::integral Integer>
  JournalWord(Integer value) noexcept
      : text_(base::to_text(static_cast<std::int64_t>(value), digits_)) {}
  JournalWord(const JournalWord&) = delete;  // NOLINTEND(google-explicit-constructor)
  JournalWord& operator=(const JournalWord&) = delete;

  std::string_view text() const noexcept { return text_; }

 private:
  base::IntegerText digits_;
  std::string_view text_;
};

class Context {
 public:
  Context(keyspace::Keyspace& keyspace_in, const settings::Settings& settings_in,
          const Table& table_in, base::Random& random_in, resp::Writer& reply_in,
          const Ports& ports = kNoPorts) noexcept
      : keyspace(keyspace_in),
        settings(settings_in),
        table(table_in),
        random(random_in),
        reply(reply_in),
        ports_(ports) {}

  keyspace::Keyspace& keyspace;
  const settings::Settings& settings;
  const Table& table;  // all commands: what COMMAND answers from
  base::Random& random;
  resp::Writer& reply;
  keyspace::Database* database = nullptr;  // the one the client has selected
  const Spec* spec = nullptr;              // of the command being run
  keyspace::Touch touch = keyspace::Touch::yes;
  bool is_replay = false;  // the command comes from a journal: no policy has a say in its effect

  base::UnixMs now() const noexcept { return keyspace.now(); }
  // The time to reckon with: now(), which stands still while a journal is run again, or else the
  // clock.
  base::UnixMs wall_ms() const noexcept { return is_replay ? base::unix_ms() : now(); }
  keyspace::Key key(std::string_view name) const noexcept {
    const bool is_hashed = name.data() == hashed_name_.data() && name.size() == hashed_name_.size();
    return is_hashed ? keyspace::Key{name, hashed_} : keyspace.key(name);
  }
  // The hash of an argument that the dispatcher needed before, to fetch memory ahead.
  void remember_hash(std::string_view name, std::uint64_t hash) noexcept {
    hashed_name_ = name;
    hashed_ = hash;
  }

  // Look-ups on behalf of a reading command count hits and misses, those for writing do not.
  keyspace::EntryRef find_for_read(const keyspace::Key& key) { return find_counted(key, touch); }
  // The same for a question about the key that is no use of it, such as TTL.
  keyspace::EntryRef find_untouched(const keyspace::Key& key) {
    return find_counted(key, keyspace::Touch::no);
  }
  keyspace::EntryRef find_for_write(const keyspace::Key& key) { return database->find(key, touch); }

  // True where `entry` is absent or of `type`; otherwise answers WRONGTYPE.
  bool expect_type(const keyspace::EntryRef& entry, keyspace::Type type) {
    if (!entry || entry.type() == type) return true;
    reply.error(errors::kWrongType);
    return false;
  }

  // Every change of a key is told once, after it is done: what it was (an event's name as keyspace
  // notifications spell it: "set", "del", "expire") and to which key.
  void changed(Event event, std::string_view name, std::string_view key) noexcept {
    changed(event, name, key, *database);
  }
  void changed(Event event, std::string_view name, std::string_view key,
               keyspace::Database& where) noexcept {
    ++changes_;
    where.count_change(key);
    if (ports_.changes != nullptr) [[unlikely]]
      ports_.changes->on_changed(where, event, name, key);
  }
  // A change that Redis has no event for, that nobody waits for and WATCH does not see: XACK.
  void changed_silently() noexcept { ++changes_; }
  // Tells of what follows from a change that was told: a key's end with its last element. Redis
  // does not count it, and INFO's number is compared.
  void followed(Event event, std::string_view name, std::string_view key) noexcept {
    if (ports_.changes != nullptr) [[unlikely]]
      ports_.changes->on_changed(*database, event, name, key);
  }
  void flushed(keyspace::Database* where) noexcept {  // nullptr: all
    ++changes_;
    if (ports_.changes != nullptr) ports_.changes->on_flushed(where);
    if (ports_.flushes != nullptr && where == nullptr) ports_.flushes->on_all_flushed();
  }
  void swapped(keyspace::Database& one, keyspace::Database& other) noexcept {
    ++changes_;
    if (ports_.changes != nullptr) ports_.changes->on_swapped(one, other);
  }

  // Whether changes are journaled: a command that changed something then stands in the journal as
  // the client sent it, unless its handler says what does.
  bool is_journaled() const noexcept { return ports_.journal != nullptr; }
  // Says it: for commands that would have another effect when run again later or elsewhere. Several
  // calls are several commands, which take effect together. Words are texts or integers.
  template <class... Words>
  void journal(const Words&... words) {
    if (ports_.journal == nullptr) [[likely]]
      return;
    const JournalWord all[] = {words...};
    std::string_view texts[sizeof...(words)];
    for (std::size_t i = 0; i < sizeof...(words); ++i) texts[i] = all[i].text();
    journal_words(texts);
  }
  void journal_words(Args words) {
    if (ports_.journal == nullptr) return;
    ++journaled_;
    ports_.journal->record(*database, words);
  }
  // Says that what changed is nothing that anybody has to repeat.
  void journal_nothing() noexcept { ++journaled_; }
  std::uint64_t journaled() const noexcept { return journaled_; }  // commands, since construction

  // To be called instead of replying, as the last thing that a handler does: the client waits.
  void wait_for(const Wait& wait);

  const Ports& ports() const noexcept { return ports_; }

  // Those of a command that this one ran.
  void add_changes(std::uint64_t changes) noexcept { changes_ += changes; }

  // Changes told since construction: INFO's rdb_changes_since_last_save adds them up.
  std::uint64_t changes() const noexcept { return changes_; }

 private:
  keyspace::EntryRef find_counted(const keyspace::Key& key, keyspace::Touch how) {
    auto entry = database->find(key, how);
    database->count_look_up(key.name, static_cast<bool>(entry));
    if (entry) {
      ++keyspace.counters().hits;
    } else {
      ++keyspace.counters().misses;
      if (ports_.changes != nullptr) [[unlikely]]
        ports_.changes->on_miss(*database, key.name);
    }
    return entry;
  }

  const Ports& ports_;
  std::string_view hashed_name_;
  std::uint64_t hashed_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t journaled_ = 0;
};

// What a client is answered whose time to wait is over.
void reply_on_timeout(resp::Writer& reply, Wait::OnTimeout answer);

}  // namespace larder::command
