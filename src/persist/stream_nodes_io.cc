// A stream's node as a listpack: the names of the fields once, then entries relative to the first
// one.
//
//   node  = entries deleted names (name)... 0 entry...
//   entry = flags ms seq [pairs] (value)... or (name value)... elements
//   flags : 1 the entry was deleted, 2 its names are the node's
//   elements = how many of them the entry has, this one aside
#include <string>
#include <vector>

#include "codec/listpack.h"
#include "persist/stream_io.h"

namespace larder::persist {
namespace {

constexpr std::int64_t kDeleted = 1;
constexpr std::int64_t kSharesNames = 2;

// Takes elements off a listpack; the first that is missing or of the wrong kind ends it.
class Elements {
 public:
  explicit Elements(std::string_view listpack) noexcept : reader_(listpack) {}

  bool integer(std::int64_t& value) {
    codec::Element element;
    if (!reader_.next(element) || !element.is_integer) return false;
    value = element.integer;
    return true;
  }
  bool text(std::string& text) {
    codec::Element element;
    if (!reader_.next(element)) return false;
    base::IntegerText scratch;
    text.assign(element.text(scratch));
    return true;
  }
  // As many as announced, a count that nobody vouches for.
  bool texts(std::int64_t count, std::vector<std::string>& texts) {
    texts.clear();
    for (; count > 0; --count) {
      if (!text(texts.emplace_back())) return false;
    }
    return count == 0;
  }
  bool is_at_end() {
    codec::Element none;
    return !reader_.next(none) && reader_.is_whole();
  }

 private:
  codec::ListpackReader reader_;
};

class NodeReader {
 public:
  NodeReader(std::string_view listpack, value::StreamId base, value::Stream& stream,
             const ValueContext& context) noexcept
      : elements_(listpack),
        base_(base),
        stream_(stream),
        limits_(value::Stream::NodeLimits::from(context.settings)) {}

  bool read() {
    std::int64_t entries = 0;
    std::int64_t deleted = 0;
    std::int64_t names = 0;
    std::int64_t end = 0;
    if (!elements_.integer(entries) || !elements_.integer(deleted) || !elements_.integer(names)) {
      return false;
    }
    if (entries < 0 || deleted < 0 || !elements_.texts(names, names_)) return false;
    if (!elements_.integer(end) || end != 0) return false;
    for (std::int64_t live = 0, gone = 0; live + gone < entries + deleted;) {
      bool is_deleted = false;
      if (!read_entry(is_deleted)) return false;
      ++(is_deleted ? gone : live);
      if (live > entries || gone > deleted) return false;
    }
    return elements_.is_at_end();
  }

 private:
  bool read_entry(bool& is_deleted) {
    std::int64_t flags = 0;
    std::int64_t ms = 0;
    std::int64_t seq = 0;
    if (!elements_.integer(flags) || !elements_.integer(ms) || !elements_.integer(seq)) {
      return false;
    }
    is_deleted = (flags & kDeleted) != 0;
    const bool shares_names = (flags & kSharesNames) != 0;
    if (!(shares_names ? read_values() : read_pairs())) return false;
    std::int64_t elements = 0;
    const auto wanted =
        static_cast<std::int64_t>(shares_names ? names_.size() + 3 : texts_.size() + 4);
    if (!elements_.integer(elements) || elements != wanted) return false;
    // Differences wrap: a sequence number may be lower where the time is later.
    const value::StreamId id{base_.ms + static_cast<std::uint64_t>(ms),
                             base_.seq + static_cast<std::uint64_t>(seq)};
    return is_deleted || append(id, shares_names);
  }

  bool read_values() { return elements_.texts(static_cast<std::int64_t>(names_.size()), texts_); }
  bool read_pairs() {
    std::int64_t pairs = 0;
    if (!elements_.integer(pairs) || pairs < 0 || pairs > INT64_MAX / 2) return false;
    return elements_.texts(2 * pairs, texts_);
  }

  bool append(value::StreamId id, bool shares_names) {
    fields_.clear();
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      if (shares_names) fields_.push_back(names_[i]);
      fields_.push_back(texts_[i]);
    }
    if (fields_.empty() || id <= stream_.last_id() || !value::Stream::can_hold(fields_)) {
      return false;
    }
    stream_.append(id, fields_, limits_);
    return true;
  }

  Elements elements_;
  value::StreamId base_;
  value::Stream& stream_;
  value::Stream::NodeLimits limits_;
  std::vector<std::string> names_;
  std::vector<std::string> texts_;  // of one entry: values, or pairs
  std::vector<std::string_view> fields_;
};

void append_item(codec::ListpackWriter& out, const value::Item& item) {
  item.is_integer ? out.append(item.integer) : out.append(item.bytes);
}

// Calls `visit(const value::StreamEntry&)` for the entries that are not deleted.
template <class Visit>
void for_each_live(const value::StreamNode& node, Visit visit) {
  for (auto offset = node.first_offset(); offset < node.end_offset();) {
    const auto entry = node.entry_at(offset);
    if (!entry.is_deleted) visit(entry);
    offset = entry.end;
  }
}

void append_names(codec::ListpackWriter& out, const value::StreamNode& node,
                  const value::StreamEntry* with_names) {
  if (with_names == nullptr) {
    out.append(std::int64_t{0});
  } else {
    value::StreamFields fields(node, *with_names);
    out.append(static_cast<std::int64_t>(fields.count()));
    for (auto left = fields.count(); left > 0; --left) append_item(out, fields.next().name);
  }
  out.append(std::int64_t{0});
}

void append_entry(codec::ListpackWriter& out, const value::StreamNode& node,
                  const value::StreamEntry& entry, value::StreamId base) {
  value::StreamFields fields(node, entry);
  const auto pairs = static_cast<std::int64_t>(fields.count());
  out.append(entry.shares_names ? kSharesNames : std::int64_t{0});
  out.append(static_cast<std::int64_t>(entry.id.ms - base.ms));
  out.append(static_cast<std::int64_t>(entry.id.seq - base.seq));
  if (!entry.shares_names) out.append(pairs);
  for (auto left = pairs; left > 0; --left) {
    const auto pair = fields.next();
    if (!entry.shares_names) append_item(out, pair.name);
    append_item(out, pair.value);
  }
  out.append(entry.shares_names ? pairs + 3 : 2 * pairs + 4);
}

}  // namespace

ReadFailure read_stream_node(std::string_view listpack, value::StreamId base, value::Stream& stream,
                             const ValueContext& context) {
  const bool is_sound = NodeReader(listpack, base, stream, context).read();
  return is_sound ? read_failure::kNone : kStreamListpack;
}

value::StreamId write_stream_node(base::ByteBuffer& out, const value::StreamNode& node) {
  std::optional<value::StreamId> base;
  std::optional<value::StreamEntry> with_names;
  for_each_live(node, [&](const value::StreamEntry& entry) {
    if (!base) base = entry.id;
    if (!with_names && entry.shares_names) with_names = entry;
  });
  codec::ListpackWriter listpack(out);
  listpack.append(static_cast<std::int64_t>(node.live_entries()));
  listpack.append(std::int64_t{0});  // deleted ones are left out
  append_names(listpack, node, with_names ? &*with_names : nullptr);
  for_each_live(
      node, [&](const value::StreamEntry& entry) { append_entry(listpack, node, entry, *base); });
  listpack.finish();
  return *base;
}

}  // namespace larder::persist
