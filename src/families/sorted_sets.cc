#include "families/sorted_sets.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace larder::families {

using command::Event;

std::optional<value::SortedSetView> read_sorted_set(command::Context& ctx, std::string_view name) {
  const auto entry = find_typed_for_read(ctx, ctx.key(name), keyspace::Type::sorted_set);
  if (!entry) return std::nullopt;
  return view_of(*entry, ctx.now());
}

namespace {

using Outcome = value::SortedSet::Outcome;

void expect_elements(SortedSetEntry& set, std::span<const value::SortedElement> elements) {
  std::size_t longest = 0;
  for (const auto& element : elements) longest = std::max(longest, element.member.size());
  set->expect(elements.size(), longest);
}

}  // namespace

void add_elements(command::Context& ctx, std::string_view name,
                  std::span<const value::SortedElement> elements, const AddOptions& options) {
  const auto key = ctx.key(name);
  auto entry = find_typed_for_write(ctx, key, keyspace::Type::sorted_set);
  if (!entry) return;
  const bool is_new = !*entry;
  const auto& rule = options.rule;
  if (is_new && rule.only_existing) {
    return rule.increments ? ctx.reply.null() : ctx.reply.integer(0);
  }
  if (is_new) entry = create(ctx, key, keyspace::Type::sorted_set);
  SortedSetEntry set(ctx, *entry);
  if (is_new) expect_elements(set, elements);

  std::int64_t added = 0;
  std::int64_t updated = 0;
  value::SortedSet::Result last{Outcome::refused, 0};
  for (const auto& [member, score] : elements) {
    last = set->add(member, score, rule);
    added += last.outcome == Outcome::added ? 1 : 0;
    updated += last.outcome == Outcome::updated ? 1 : 0;
  }
  if (added + updated != 0) {
    ctx.changed(Event::sorted_set, rule.increments ? "zincr" : "zadd", name);
  }
  if (last.outcome == Outcome::not_a_number) {
    ctx.reply.error("ERR resulting score is not a number (NaN)");
  } else if (!rule.increments) {
    ctx.reply.integer(added + (options.counts_changed ? updated : 0));
  } else if (last.outcome == Outcome::refused) {
    ctx.reply.null();
  } else {
    ctx.reply.number(last.score);
  }
}

void tell_taken(command::Context& ctx, std::string_view event, const keyspace::Key& key,
                SortedSetEntry& set) {
  ctx.changed(Event::sorted_set, event, key.name);
  if (set->size() == 0) erase_empty(ctx, key, set.entry());
}

void store_sorted_set(command::Context& ctx, const keyspace::Key& key,
                      std::span<const value::SortedElement> elements, std::string_view event) {
  if (elements.empty()) {
    if (ctx.database->erase(key)) ctx.changed(Event::generic, "del", key.name);
    return;
  }
  auto made = value::SortedSet::make(elements, value::SortedSet::Limits::from(ctx.settings));
  ctx.database->put(key, keyspace::Type::sorted_set, std::move(made), deadline_for_new_key(ctx));
  ctx.changed(Event::sorted_set, event, key.name);
}

namespace {

// A bound of a score: anything that strtod takes whole, behind "(" where it is left out itself.
// Spaces before it, and numbers too large or small, are taken for what they are, as Redis does.
bool read_score_bound(std::string_view text, double& bound, bool& excludes) {
  excludes = text.starts_with('(');
  if (excludes) text.remove_prefix(1);
  const std::string terminated(text);
  char* end = nullptr;
  bound = std::strtod(terminated.c_str(), &end);
  return *end == '\0' && !std::isnan(bound);
}

bool read_member_bound(std::string_view text, value::MemberBound& bound) {
  using Kind = value::MemberBound::Kind;
  if (text == "-" || text == "+") {
    bound = {text == "-" ? Kind::lowest : Kind::highest};
    return true;
  }
  if (!text.starts_with('(') && !text.starts_with('[')) return false;
  bound = {text.front() == '(' ? Kind::exclusive : Kind::inclusive, text.substr(1)};
  return true;
}

}  // namespace

std::optional<value::ScoreRange> read_score_range(command::Context& ctx, std::string_view min,
                                                  std::string_view max) {
  value::ScoreRange range{};
  if (read_score_bound(min, range.min, range.excludes_min) &&
      read_score_bound(max, range.max, range.excludes_max)) {
    return range;
  }
  ctx.reply.error("ERR min or max is not a float");
  return std::nullopt;
}

std::optional<value::MemberRange> read_member_range(command::Context& ctx, std::string_view min,
                                                    std::string_view max) {
  value::MemberRange range{};
  if (read_member_bound(min, range.min) && read_member_bound(max, range.max)) return range;
  ctx.reply.error("ERR min or max not valid string range item");
  return std::nullopt;
}

value::RankRange rank_range(std::int64_t start, std::int64_t stop, std::size_t size) noexcept {
  const auto length = static_cast<std::int64_t>(size);
  if (start < 0) start = std::max<std::int64_t>(0, start + length);
  if (stop < 0) stop += length;
  if (start > stop || start >= length) return {};
  stop = std::min(stop, length - 1);
  return {static_cast<std::size_t>(start), static_cast<std::size_t>(stop - start + 1)};
}

std::optional<std::int64_t> read_integer(command::Context& ctx, std::string_view text,
                                         std::string_view error, std::int64_t min,
                                         std::int64_t max) {
  const auto value = base::parse_i64(text);
  if (value && *value >= min && *value <= max) return value;
  ctx.reply.error(error);
  return std::nullopt;
}

std::string_view MemberStore::keep(std::string_view member) {
  constexpr std::size_t kChunkBytes = 8192;
  if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < member.size()) {
    chunks_.emplace_back().reserve(std::max(kChunkBytes, member.size()));
  }
  auto& chunk = chunks_.back();
  const auto at = chunk.size();
  chunk.append(member);
  return std::string_view(chunk).substr(at);
}

void ElementBuffer::sort() {
  if (!std::is_sorted(elements_.begin(), elements_.end())) {
    std::sort(elements_.begin(), elements_.end());
  }
}

ElementsReply::ElementsReply(command::Context& ctx, std::size_t count, bool with_scores)
    : reply_(ctx.reply), with_scores_(with_scores) {
  reply_.array(with_scores && !reply_.is_resp3() ? 2 * count : count);
}

void ElementsReply::add(std::string_view member, double score) {
  if (with_scores_ && reply_.is_resp3()) reply_.array(2);
  reply_.bulk(member);
  if (with_scores_) reply_.number(score);
}

}  // namespace larder::families
