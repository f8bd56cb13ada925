// All settings with their values: the only place that changes them. Loading a file or command line
// stores them before the server exists; CONFIG SET changes several at once, or none where one of
// them is refused.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "settings/definition.h"

namespace larder::settings {

class Table {
 public:
  // All at their initial values; `dir` is the process's working directory.
  Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // Stays at its place for the table's life.
  const Settings& settings() const noexcept { return settings_; }

  // By name or alias, in any case.
  const Definition* find(std::string_view name) const noexcept;

  // The value as CONFIG GET shows it. REQUIRES: `name` is known.
  std::string text(std::string_view name) const;
  const Value& value(const Definition& definition) const noexcept;
  bool is_initial(const Definition& definition) const;

  // CONFIG GET: a name without wildcards is shown as it was asked for; patterns match names and
  // aliases in any case, but not those of hidden settings. Nothing is shown twice.
  struct Shown {
    std::string name;
    std::string value;
  };
  std::vector<Shown> matching(std::span<const std::string_view> patterns) const;

  // A line of a configuration file or of the command line. Several lines of `save` add up.
  base::Result<void> load(const Definition& definition, std::span<const std::string> words);
  void load_rename(RenamedCommand renamed) {
    settings_.rename_command.push_back(std::move(renamed));
  }

  // CONFIG SET. Errors are texts without the code.
  struct Assignment {
    std::string_view name;
    std::string_view value;
  };
  struct Caller {
    bool may_set_protected = false;
    bool is_loading = false;
  };
  struct Refusal {
    bool because_loading = false;
    std::string text;
  };
  base::Result<void, Refusal> set(std::span<const Assignment> assignments, Caller caller);

  // Called after one or several of `names` have changed by CONFIG SET, once for them all. A text
  // refuses: then everything is restored and the hooks that were called are called again. REQUIRES:
  // the names are known.
  using Hook = std::function<base::Result<void>(const Settings&)>;
  void on_change(std::initializer_list<std::string_view> names, Hook hook);

  // The server's own correction of a value, such as maxclients lowered to what the system allows.
  // Calls no hook. REQUIRES: the text is valid.
  void correct(std::string_view name, std::string_view text);

  // Names of settings of features still to come that are not at their initial value.
  std::vector<std::string_view> later_in_use() const;

  // Calls `visit(const Definition&)` for each, section by section.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& entry : entries_) visit(*entry.definition);
  }

 private:
  struct Entry {
    const Definition* definition;
    Value value = {};
    bool is_loaded = false;
    std::vector<std::size_t> hooks = {};  // indices into hooks_
  };
  struct Name {
    std::string_view name;
    std::size_t entry;
  };
  struct Change {
    std::size_t entry;
    Value previous;
    std::string_view asked_as;  // the name or alias, in its own spelling
  };

  const Name* find_name(std::string_view name) const noexcept;
  Entry& entry_of(const Name& name) noexcept { return entries_[name.entry]; }
  void assign(Entry& entry, Value value);
  base::Result<std::vector<Change>, Refusal> check(std::span<const Assignment> assignments,
                                                   Caller caller) const;
  base::Result<void, Refusal> apply(const std::vector<Change>& changes);
  void restore(std::vector<Change>& changes);

  Settings settings_;
  std::vector<Entry> entries_;  // in the order of definitions()
  std::vector<Name> names_;     // with aliases, sorted
  std::vector<Hook> hooks_;
};

}  // namespace larder::settings
