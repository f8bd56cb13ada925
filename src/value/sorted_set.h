// A sorted set in either of its forms: packed into a few bytes, or a tree with an index
// (sorted_tree.h). SortedSetView reads one, SortedSet changes one and alone decides when it becomes
// large. Scores are never NaN; members with equal scores are in order of their bytes. A member past
// its deadline is not there for who asks for it by name; ranges, ranks and counts have it until
// expire() removes it, since they know no holes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/function_ref.h"
#include "base/random.h"
#include "settings/settings.h"
#include "value/cell.h"
#include "value/member_deadlines.h"
#include "value/sorted_packed.h"
#include "value/sorted_range.h"
#include "value/sorted_tree.h"

namespace larder::value {

class SortedSetObject final : public Object {
 public:
  SortedSetObject();
  SortedSetObject(const SortedSetObject& other)
      : tree(other.tree), deadlines(other.deadlines), flag(other.flag) {}

  std::unique_ptr<Object> clone() const override;
  std::size_t memory_bytes() const noexcept override;
  std::size_t element_count() const noexcept override { return tree.size(); }
  void prefetch(std::string_view member, unsigned step) const noexcept override {
    tree.prefetch(member, step);
  }
  base::UnixMs next_deadline() const noexcept override { return deadlines.next(); }
  std::uint64_t move_memory(std::uint64_t position, MemoryMover& mover) override {
    return tree.move_memory(position, mover);
  }
  bool is_expired(std::string_view member, base::UnixMs now) const noexcept {
    return deadlines.next() <= now && deadlines.of(member) <= now;
  }

  SortedTree tree;
  MemberDeadlines deadlines;
  bool flag = false;  // as the packed form's
};

class SortedSetView {
 public:
  SortedSetView(std::string_view packed, const Object* object, base::UnixMs now = 0) noexcept
      : packed_(packed), object_(static_cast<const SortedSetObject*>(object)), now_(now) {}
  explicit SortedSetView(const Cell& cell, base::UnixMs now = 0) noexcept
      : SortedSetView(cell.packed(), cell.object(), now) {}

  std::size_t size() const noexcept { return object_ ? object_->tree.size() : packed_.size(); }

  std::optional<double> score(std::string_view member) const;
  bool contains(std::string_view member) const { return score(member).has_value(); }
  // When a member expires by itself, kNoDeadline where it does not or is none.
  base::UnixMs deadline(std::string_view member) const noexcept {
    return object_ ? object_->deadlines.of(member) : kNoDeadline;
  }
  // Visits the members that have one.
  void for_each_deadline(MemberDeadlines::DeadlineVisitor visit) const {
    if (object_ != nullptr) object_->deadlines.for_each(visit);
  }

  struct Ranked {
    std::size_t rank;
    double score;
  };
  std::optional<Ranked> rank(std::string_view member) const;

  RankRange range(const ScoreRange& range) const;
  RankRange range(const MemberRange& range) const;

  // Visits the elements of `range`, which may reach beyond the end. Members are valid during the
  // visit, or until the set changes where members_stay().
  using Visitor = base::FunctionRef<void(std::string_view member, double score)>;
  void for_each(RankRange range, Visitor visit) const;
  void for_each_reverse(RankRange range, Visitor visit) const;  // from the last one on
  void for_each(Visitor visit) const { for_each({0, size()}, visit); }
  // Until `visit` returns false.
  using Chooser = base::FunctionRef<bool(std::string_view member, double score)>;
  void for_each_while(RankRange range, Chooser visit) const;
  void for_each_while(Chooser visit) const { for_each_while({0, size()}, visit); }
  bool members_stay() const noexcept { return object_ != nullptr; }

  // Visits some elements, each of a walk that begins and ends with cursor 0 exactly once, whatever
  // is added or removed meanwhile; returns the next cursor.
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Visitor visit) const;

  // What OBJECT ENCODING says.
  bool is_listpack() const noexcept { return object_ ? !object_->flag : !packed_.header().flag; }

 private:
  template <class Visit>
  void walk(RankRange range, Visit visit) const;
  // In the tree; without a leaf where it is not there.
  SortedTree::Position find_live(std::string_view member) const;

  PackedSortedSet packed_;
  const SortedSetObject* object_;
  base::UnixMs now_;
};

class SortedSet {
 public:
  // Up to these Redis would keep it as a listpack: zset-max-listpack-entries and -value.
  struct Limits {
    std::int64_t elements_max;
    std::int64_t member_bytes_max;

    static Limits from(const settings::Settings& settings) noexcept {
      return {.elements_max = settings.zset_max_listpack_entries,
              .member_bytes_max = settings.zset_max_listpack_value};
    }
  };

  SortedSet(Cell& cell, Limits limits, base::UnixMs now = 0) noexcept
      : cell_(cell), limits_(limits), now_(now) {}

  SortedSetView view() const noexcept { return SortedSetView(cell_, now_); }
  std::size_t size() const noexcept { return view().size(); }

  // How an element is added: options of ZADD.
  struct Rule {
    bool only_new = false;       // NX
    bool only_existing = false;  // XX
    bool only_greater = false;   // GT
    bool only_less = false;      // LT
    bool increments = false;     // INCR
  };
  enum class Outcome { added, updated, same, refused, not_a_number };
  struct Result {
    Outcome outcome;
    double score;  // the element's now, unless refused or not a number
  };
  Result add(std::string_view member, double score, Rule rule);
  Result add(std::string_view member, double score) { return add(member, score, Rule()); }

  // Of a new set that is about to get so many elements: what it is called follows at once.
  void expect(std::size_t elements, std::size_t member_bytes);

  bool erase(std::string_view member);
  void erase(RankRange range);

  // Gives a member a deadline, which makes the set a skiplist, or takes it away (kNoDeadline).
  // REQUIRES: it is a member.
  void set_deadline(std::string_view member, base::UnixMs deadline);
  // Removes members whose deadline is not after `now`, about `steps_max` of them, and calls
  // `before` with each. Returns how many it removed.
  std::size_t expire(base::UnixMs now, std::size_t steps_max, MemberDeadlines::Visitor before);

  // The set of `elements`, which are in order and all different.
  static FreeCell make(std::span<const SortedElement> elements, Limits limits);

 private:
  SortedSetObject* object() const noexcept { return static_cast<SortedSetObject*>(cell_.object()); }
  // Runs a change of the deadlines, and tells the cell where the next one moved.
  template <class Change>
  void watched(Change change);
  Result add_packed(std::string_view member, double score, Rule rule);
  Result add_large(std::string_view member, double score, Rule rule);
  void insert_packed(std::string_view member, const EncodedItem& item, double score);
  void move_packed(PackedSortedSet::Place from, std::string_view member, const EncodedItem& item,
                   double score);
  void erase_packed(std::size_t rank, std::size_t count);
  bool outgrows(std::size_t elements, std::size_t member_bytes) const noexcept {
    return static_cast<std::int64_t>(elements) > limits_.elements_max ||
           static_cast<std::int64_t>(member_bytes) > limits_.member_bytes_max;
  }
  void set_packed_header(std::size_t count, bool flag) noexcept;
  void become_large();
  void erase_large(SortedTree::Position position, std::string_view member);

  Cell& cell_;
  Limits limits_;
  base::UnixMs now_;
};

}  // namespace larder::value
