// What the files of sorted-set and geo commands share.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command/context.h"
#include "families/collections.h"
#include "value/sorted_set.h"

namespace larder::families {

// The set of `key`, an empty one where there is none; nullopt where the key is of another type,
// which has been answered.
std::optional<value::SortedSetView> read_sorted_set(command::Context& ctx, std::string_view name);

inline value::SortedSetView view_of(const keyspace::EntryRef& entry,
                                    base::UnixMs now = 0) noexcept {
  if (!entry) return {{}, nullptr};
  return {entry.packed(), entry.object(), now};
}

// A sorted set that is there, to be changed.
class SortedSetEntry {
 public:
  SortedSetEntry(command::Context& ctx, const keyspace::EntryRef& entry) noexcept
      : entry_(entry),
        cell_(*ctx.database, entry_),
        set_(cell_, value::SortedSet::Limits::from(ctx.settings), ctx.now()) {}

  value::SortedSet* operator->() noexcept { return &set_; }
  const keyspace::EntryRef& entry() const noexcept { return entry_; }

 private:
  keyspace::EntryRef entry_;
  keyspace::EntryCell cell_;
  value::SortedSet set_;
};

// How elements are added, and what is answered: ZADD's options.
struct AddOptions {
  value::SortedSet::Rule rule = {};
  bool counts_changed = false;  // CH
};
void add_elements(command::Context& ctx, std::string_view name,
                  std::span<const value::SortedElement> elements, const AddOptions& options);

// Tells that elements were taken from the set, and removes the key where none are left.
void tell_taken(command::Context& ctx, std::string_view event, const keyspace::Key& key,
                SortedSetEntry& set);

// Sets `key` to `elements`, in order and all different, or removes it where there are none.
void store_sorted_set(command::Context& ctx, const keyspace::Key& key,
                      std::span<const value::SortedElement> elements, std::string_view event);

// Bounds as clients write them; answers the error where they are none.
std::optional<value::ScoreRange> read_score_range(command::Context& ctx, std::string_view min,
                                                  std::string_view max);
std::optional<value::MemberRange> read_member_range(command::Context& ctx, std::string_view min,
                                                    std::string_view max);

// Ranks from `start` to `stop`, counted from the end where negative, of `size` elements.
value::RankRange rank_range(std::int64_t start, std::int64_t stop, std::size_t size) noexcept;

// An integer argument; answers `error` where it is none.
std::optional<std::int64_t> read_integer(command::Context& ctx, std::string_view text,
                                         std::string_view error = command::errors::kNotInteger,
                                         std::int64_t min = INT64_MIN,
                                         std::int64_t max = INT64_MAX);

// Copies of members that do not stay where they are.
class MemberStore {
 public:
  std::string_view keep(std::string_view member);

 private:
  std::deque<std::string> chunks_;  // each of a capacity that is never exceeded
};

// Elements on their way to a reply or to another key.
class ElementBuffer {
 public:
  // `stays`: the member's bytes outlive this.
  void add(std::string_view member, double score, bool stays) {
    elements_.push_back({stays ? member : members_.keep(member), score});
  }
  void sort();
  std::vector<value::SortedElement>& elements() noexcept { return elements_; }

 private:
  std::vector<value::SortedElement> elements_;
  MemberStore members_;
};

// Replies with elements: members and scores in turn in RESP2, pairs in RESP3.
class ElementsReply {
 public:
  ElementsReply(command::Context& ctx, std::size_t count, bool with_scores);
  void add(std::string_view member, double score);

 private:
  resp::Writer& reply_;
  bool with_scores_;
};

}  // namespace larder::families
