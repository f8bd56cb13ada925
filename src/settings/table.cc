#include "settings/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/glob.h"
#include "base/numbers.h"
#include "settings/kinds.h"
#include "settings/lexer.h"

namespace larder::settings {
namespace {

// The words of a value that comes as one text, as CONFIG SET and a quoted list in a file give it.
base::Result<std::vector<std::string>> words_of(const Definition& definition,
                                                std::string_view value) {
  if (!definition.has_many_words()) return std::vector{std::string(value)};
  auto words = split_words(value);
  if (!words) return base::failure("unbalanced quotes");
  return *std::move(words);
}

std::string refusal_text(std::string_view name, std::string_view why) {
  return fmt::format("CONFIG SET failed (possibly related to argument '{}') - {}", name, why);
}

}  // namespace

Table::Table() {
  for (const auto section : definitions()) {
    for (const auto& definition : section) {
      const auto index = entries_.size();
      entries_.push_back({.definition = &definition});
      assign(entries_.back(), initial_value(definition));
      names_.push_back({definition.name, index});
      for (const auto alias : definition.aliases) {
        if (!alias.empty()) names_.push_back({alias, index});
      }
    }
  }
  std::ranges::sort(names_, {}, &Name::name);
  CHECK(std::ranges::adjacent_find(names_, {}, &Name::name) == names_.end());
}

const Table::Name* Table::find_name(std::string_view name) const noexcept {
  constexpr std::size_t kNameBytesMax = 64;
  if (name.size() > kNameBytesMax) return nullptr;
  const auto lower = base::to_lower(name);
  const auto found = std::ranges::lower_bound(names_, std::string_view(lower), {}, &Name::name);
  return found != names_.end() && found->name == lower ? &*found : nullptr;
}

const Definition* Table::find(std::string_view name) const noexcept {
  const auto* found = find_name(name);
  return found ? entries_[found->entry].definition : nullptr;
}

const Value& Table::value(const Definition& definition) const noexcept {
  const auto* found = find_name(definition.name);
  CHECK(found, definition.name);
  return entries_[found->entry].value;
}

std::string Table::text(std::string_view name) const {
  const auto* definition = find(name);
  CHECK(definition, name);
  return join(value(*definition).words);
}

bool Table::is_initial(const Definition& definition) const {
  return value(definition) == initial_value(definition);
}

std::vector<Table::Shown> Table::matching(std::span<const std::string_view> patterns) const {
  std::vector<Shown> shown;
  std::set<std::string_view> seen;
  const auto show = [&](const Name& name, std::string_view asked_as) {
    if (!seen.insert(name.name).second) return;
    shown.push_back({std::string(asked_as), join(entries_[name.entry].value.words)});
  };
  for (const auto pattern : patterns) {
    if (pattern.find_first_of("*?[") == pattern.npos) {
      if (const auto* name = find_name(pattern)) show(*name, pattern);
      continue;
    }
    for (const auto& name : names_) {
      const bool listed = !entries_[name.entry].definition->hidden;
      if (listed && base::glob_matches(pattern, name.name, true)) show(name, name.name);
    }
  }
  return shown;
}

void Table::assign(Entry& entry, Value value) {
  entry.value = std::move(value);
  if (entry.definition->copy) entry.definition->copy(settings_, entry.value);
}

base::Result<void> Table::load(const Definition& definition, std::span<const std::string> words) {
  auto& entry = entry_of(*find_name(definition.name));
  // A list may stand in one pair of quotes.
  std::vector<std::string> split;
  if (definition.has_many_words() && words.size() == 1 && !words.front().empty()) {
    auto list = words_of(definition, words.front());
    if (!list) return base::failure(list.error());
    split = *std::move(list);
    words = split;
  }
  auto value = parse(definition, words, entry.value, entry.is_loaded);
  if (!value) return base::failure(value.error());
  assign(entry, *std::move(value));
  entry.is_loaded = true;
  return {};
}

base::Result<std::vector<Table::Change>, Table::Refusal> Table::check(
    std::span<const Assignment> assignments, Caller caller) const {
  std::vector<Change> changes;
  const auto refuse = [](std::string text) {
    return base::failure(Refusal{.text = std::move(text)});
  };
  for (const auto& assignment : assignments) {
    const auto* name = find_name(assignment.name);
    if (!name) {
      return refuse(fmt::format("Unknown option or number of arguments for CONFIG SET - '{}'",
                                assignment.name));
    }
    const auto& definition = *entries_[name->entry].definition;
    if (definition.immutable) {
      return refuse(refusal_text(assignment.name, "can't set immutable config"));
    }
    if (definition.is_protected && !caller.may_set_protected) {
      return refuse(refusal_text(assignment.name, "can't set protected config"));
    }
    if (definition.deny_loading && caller.is_loading) {
      return base::failure(Refusal{.because_loading = true, .text = {}});
    }
    if (std::ranges::find(changes, name->entry, &Change::entry) != changes.end()) {
      return refuse(refusal_text(assignment.name, "duplicate parameter"));
    }
    changes.push_back({name->entry, entries_[name->entry].value, name->name});
  }
  return changes;
}

base::Result<void, Table::Refusal> Table::set(std::span<const Assignment> assignments,
                                              Caller caller) {
  auto changes = check(assignments, caller);
  if (!changes) return base::failure(changes.error());
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    auto& entry = entries_[(*changes)[i].entry];
    const auto words = words_of(*entry.definition, assignments[i].value);
    auto value = words ? parse(*entry.definition, *words, entry.value, false)
                       : base::Result<Value>(base::failure(words.error()));
    if (!value) {
      restore(*changes);
      return base::failure(Refusal{.text = refusal_text((*changes)[i].asked_as, value.error())});
    }
    assign(entry, *std::move(value));
  }
  std::erase_if(*changes, [&](const Change& change) {
    return entries_[change.entry].value == change.previous;
  });
  auto applied = apply(*changes);
  return applied;
}

base::Result<void, Table::Refusal> Table::apply(const std::vector<Change>& changes) {
  std::vector<std::size_t> called;
  for (const auto& change : changes) {
    for (const auto hook : entries_[change.entry].hooks) {
      if (std::ranges::find(called, hook) != called.end()) continue;
      called.push_back(hook);
      const auto done = hooks_[hook](settings_);
      if (done) continue;
      const auto text = refusal_text(change.asked_as, done.error());
      auto previous = changes;
      restore(previous);
      // The hooks accepted these values before; what they say now has no one to be told to.
      for (const auto undo : called) (void)hooks_[undo](settings_);
      return base::failure(Refusal{.text = text});
    }
  }
  return {};
}

void Table::restore(std::vector<Change>& changes) {
  for (auto& change : changes) assign(entries_[change.entry], std::move(change.previous));
}

void Table::on_change(std::initializer_list<std::string_view> names, Hook hook) {
  const auto index = hooks_.size();
  hooks_.push_back(std::move(hook));
  for (const auto name : names) {
    const auto* found = find_name(name);
    CHECK(found, name);
    entry_of(*found).hooks.push_back(index);
  }
}

void Table::correct(std::string_view name, std::string_view text) {
  const auto* found = find_name(name);
  CHECK(found, name);
  auto& entry = entry_of(*found);
  const auto words = words_of(*entry.definition, text);
  CHECK(words.has_value(), text);
  auto value = parse(*entry.definition, *words, entry.value, false);
  CHECK(value.has_value(), text);
  assign(entry, *std::move(value));
}

std::vector<std::string_view> Table::later_in_use() const {
  std::vector<std::string_view> names;
  for (const auto& entry : entries_) {
    if (entry.definition->effect == Effect::later && !is_initial(*entry.definition)) {
      names.push_back(entry.definition->name);
    }
  }
  return names;
}

}  // namespace larder::settings
