#include "keyspace/block.h"

namespace larder::keyspace {

std::size_t Block::field_bytes() const noexcept {
  const auto* field_at = static_cast<const unsigned char*>(field());
  switch (form()) {
    case Form::integer:
      return 1U + field_at[0];
    case Form::outside:
      return sizeof(value::LargeString*);
    default: {
      const auto* at = field_at;
      const auto length = PackedLength::read(at);
      return static_cast<std::size_t>(at - field_at) + length;
    }
  }
}

std::size_t Block::bytes() const noexcept {
  return static_cast<std::size_t>(field() - at_) + field_bytes();
}

std::size_t Block::outside_bytes() const noexcept {
  const auto key_bytes = key_is_outside() ? outside_key()->memory_bytes() : 0;
  if (!value_is_outside()) return key_bytes;
  return key_bytes + (holds_object() ? object()->memory_bytes() : large()->memory_bytes());
}

Block::Head Block::head() const noexcept {
  return {type(), form(), deadline(), key(), key_is_outside() ? outside_key() : nullptr};
}

std::size_t Block::Head::bytes() const noexcept {
  const auto key_bytes =
      key.size() > kKeyBytesMax ? sizeof outside_key : PackedLength::width(key.size()) + key.size();
  return 1 + deadline_width(deadline) + key_bytes;
}

unsigned char* Block::write_head(unsigned char* at, const Head& head) noexcept {
  const auto deadline_bits = deadline_form(head.deadline);
  *at++ = static_cast<unsigned char>(static_cast<unsigned>(head.type) |
                                     (static_cast<unsigned>(head.form) << kFormShift) |
                                     deadline_bits | (head.outside_key ? kOutsideKey : 0));
  if (head.outside_key == nullptr) at = PackedLength::write(at, head.key.size());
  write_deadline(at, head.deadline);
  at += kWidths[deadline_bits >> kDeadlineShift];
  if (head.outside_key != nullptr) {
    std::memcpy(at, &head.outside_key, sizeof head.outside_key);
    return at + sizeof head.outside_key;
  }
  std::memcpy(at, head.key.data(), head.key.size());
  return at + head.key.size();
}

void Block::overwrite_deadline(Deadline deadline) noexcept {
  const unsigned char* at = at_ + 1;
  if (!key_is_outside()) PackedLength::read(at);
  write_deadline(at_ + (at - at_), deadline);
}

void Block::write_deadline(unsigned char* at, Deadline deadline) noexcept {
  const auto form = deadline_form(deadline);
  if (form == kFar) {
    std::memcpy(at, &deadline, sizeof deadline);
  } else if (form == kNear) {
    const auto near_ms = deadline - kNearEpoch;
    std::memcpy(at, &near_ms, 5);
  }
}

}  // namespace larder::keyspace
