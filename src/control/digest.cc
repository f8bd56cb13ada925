#include "control/digest.h"

#include <openssl/evp.h>

#include <bit>
#include <string>

#include "value/bloom_filter.h"
#include "value/hash.h"
#include "value/list.h"
#include "value/set.h"
#include "value/sorted_set.h"
#include "value/stream_cursor.h"

namespace larder::control {
namespace {

using keyspace::EntryRef;
using keyspace::Type;

// Texts one after another, so that it shows where each ends.
class Parts {
 public:
  Parts& add(std::string_view text) {
    add_number(text.size());
    bytes_ += text;
    return *this;
  }
  Parts& add(const value::Item& item) {
    base::IntegerText scratch;
    return add(item.text(scratch));
  }
  Parts& add_number(std::uint64_t number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  Parts& add_time(base::UnixMs time) { return add_number(static_cast<std::uint64_t>(time)); }
  Parts& add_id(value::StreamId id) { return add_number(id.ms).add_number(id.seq); }
  Digest digest() const { return Digest::of(bytes_); }

 private:
  std::string bytes_;
};

Digest digest_of_list(const EntryRef& entry) {
  Parts parts;
  const value::ListView list(entry.packed(), entry.object());
  if (list.size() == 0) return parts.digest();
  list.visit(0, list.size(), value::End::back, [&](const char* at) {
    parts.add(value::read_item(at));
    return true;
  });
  return parts.digest();
}

Digest digest_of_hash(const EntryRef& entry, base::UnixMs now) {
  Digest all;
  const value::HashView hash(entry.packed(), entry.object(), now);
  hash.for_each([&](const value::HashField& field) {
    all ^= Parts().add(field.name).add(field.value).add_time(field.deadline).digest();
  });
  return all;
}

Digest digest_of_set(const EntryRef& entry, base::UnixMs now) {
  Digest all;
  const value::SetView set(entry.packed(), entry.object(), now);
  set.for_each([&](const value::Item& member) {
    base::IntegerText scratch;
    const auto deadline = set.deadline(value::SetMember(member.text(scratch)));
    all ^= Parts().add(member).add_time(*deadline).digest();
    return true;
  });
  return all;
}

Digest digest_of_sorted_set(const EntryRef& entry, base::UnixMs now) {
  Digest all;
  const value::SortedSetView set(entry.packed(), entry.object());
  set.for_each([&](std::string_view member, double score) {
    const auto deadline = set.deadline(member);
    if (deadline <= now) return;
    all ^= Parts()
               .add(member)
               .add_number(std::bit_cast<std::uint64_t>(score + 0.0))
               .add_time(deadline)
               .digest();
  });
  return all;
}

// When a consumer was last heard of is left out: no form of the data keeps all of it.
void add_group(Parts& parts, const value::ConsumerGroup& group) {
  constexpr std::uint64_t kUnknown = UINT64_MAX;
  parts.add(group.name()).add_id(group.last_delivered);
  parts.add_number(group.entries_read ? static_cast<std::uint64_t>(*group.entries_read) : kUnknown);
  for (const auto& consumer : group.consumers()) parts.add(consumer->name());
  value::for_each_record(group.pending(), [&parts](const value::Pending& pending) {
    parts.add_id(pending.id).add_time(pending.delivered_ms);
    parts.add_number(static_cast<std::uint64_t>(pending.deliveries));
    parts.add(pending.owner == nullptr ? "" : pending.owner->name());
  });
}

Digest digest_of_stream(const EntryRef& entry) {
  Parts parts;
  const auto& stream = static_cast<const value::Stream&>(*entry.object());
  value::StreamCursor cursor(stream, value::kFirstStreamId, value::kLastStreamId);
  while (cursor.next()) {
    parts.add_id(cursor.id());
    auto fields = cursor.fields();
    for (auto left = fields.count(); left != 0; --left) {
      const auto [name, text] = fields.next();
      parts.add(name).add(text);
    }
  }
  parts.add_id(stream.last_id()).add_id(stream.max_deleted_id());
  parts.add_number(stream.entries_added());
  for (const auto& group : stream.groups()) add_group(parts, *group);
  return parts.digest();
}

Digest digest_of_bloom_filter(const EntryRef& entry) {
  Parts parts;
  const auto& filter = static_cast<const value::BloomFilter&>(*entry.object());
  for (const auto& layer : filter.layers())
    parts.add(std::string_view(layer.bytes.get(), layer.byte_count()));
  return parts.add_number(filter.items()).digest();
}

}  // namespace

Digest Digest::of(std::string_view bytes) {
  Digest digest;
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.bytes_.data(), &size, EVP_sha1(), nullptr);
  return digest;
}

Digest& Digest::operator^=(const Digest& other) noexcept {
  for (std::size_t at = 0; at < bytes_.size(); ++at) bytes_[at] ^= other.bytes_[at];
  return *this;
}

Digest digest_of_value(const EntryRef& entry, base::UnixMs now) {
  switch (entry.type()) {
    case Type::string: {
      base::IntegerText scratch;
      return Digest::of(entry.text(scratch));
    }
    case Type::list:
      return digest_of_list(entry);
    case Type::hash:
      return digest_of_hash(entry, now);
    case Type::set:
      return digest_of_set(entry, now);
    case Type::sorted_set:
      return digest_of_sorted_set(entry, now);
    case Type::stream:
      return digest_of_stream(entry);
    case Type::bloom_filter:
      return digest_of_bloom_filter(entry);
  }
  return {};
}

Digest digest_of_key(int database, const EntryRef& entry, base::UnixMs now) {
  return Parts()
      .add_number(static_cast<std::uint64_t>(database))
      .add(entry.key())
      .add_time(entry.deadline())
      .add_number(static_cast<std::uint64_t>(entry.type()))
      .add(digest_of_value(entry, now).bytes())
      .digest();
}

}  // namespace larder::control
