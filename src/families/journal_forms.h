// What stands in the journal instead of commands that would have another effect when run again:
// the forms that several families share. All of them do nothing where nothing is journaled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/context.h"
#include "families/deadlines.h"

namespace larder::families {

// A key is gone.
inline void journal_removal(command::Context& ctx, std::string_view name) {
  ctx.journal(ctx.settings.lazyfree_lazy_server_del ? "UNLINK" : "DEL", name);
}

// A key holds this string now, until `deadline`.
inline void journal_string(command::Context& ctx, std::string_view name, std::string_view text,
                           Deadline deadline) {
  if (deadline == kNever) return ctx.journal("SET", name, text);
  ctx.journal("SET", name, text, "PXAT", deadline);
}

// A command about elements that are only known one by one. One with very many is split.
class ElementsJournal {
 public:
  // `command` and `name` must outlive it.
  ElementsJournal(command::Context& ctx, std::string_view command, std::string_view name) noexcept
      : ctx_(ctx), command_(command), name_(name) {}

  void add(std::string_view element) {
    if (!ctx_.is_journaled()) return;
    elements_.emplace_back(element);
    if (elements_.size() == kElementsMax) write();
  }
  // To be called at the end.
  void write() {
    if (elements_.empty()) return;
    std::vector<std::string_view> words{command_, name_};
    words.insert(words.end(), elements_.begin(), elements_.end());
    ctx_.journal_words(words);
    elements_.clear();
  }

 private:
  static constexpr std::size_t kElementsMax = 4096;

  command::Context& ctx_;
  std::string_view command_;
  std::string_view name_;
  std::vector<std::string> elements_;
};

// "... FIELDS n field...": what ends commands about fields of a hash.
inline void append_fields(std::vector<std::string_view>& words, command::Args fields,
                          const std::string& count) {
  words.insert(words.end(), {"FIELDS", count});
  words.insert(words.end(), fields.begin(), fields.end());
}

// Fields of a hash expire at `deadline` now, or no more (kNever). The command is one that older
// servers do not know, as they do not know the deadlines.
inline void journal_field_deadlines(command::Context& ctx, std::string_view name, Deadline deadline,
                                    command::Args fields) {
  if (!ctx.is_journaled()) return;
  const auto count = std::to_string(fields.size());
  const auto at = std::to_string(deadline);
  std::vector<std::string_view> words{deadline == kNever ? "HPERSIST" : "HPEXPIREAT", name};
  if (deadline != kNever) words.push_back(at);
  append_fields(words, fields, count);
  ctx.journal_words(words);
}

}  // namespace larder::families
