// The patterns of SORT's BY and GET: names of keys, or of fields in hashes, with an element put in
// the place of the first asterisk.
//
//   weight_*     the string under weight_ELEMENT
//   user_*->age  the field age of the hash under user_ELEMENT
//   #            the element itself
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "command/context.h"
#include "value/item.h"

namespace larder::families {

class SortPattern {
 public:
  explicit SortPattern(std::string_view text) noexcept;

  bool is_element() const noexcept { return is_element_; }
  bool names_keys() const noexcept { return names_keys_; }
  std::string_view field() const noexcept { return field_; }  // empty: the key is a string's

  void append_key(std::string& out, const value::Item& element) const;

 private:
  bool is_element_ = false;
  bool names_keys_ = false;
  std::string_view before_;
  std::string_view behind_;
  std::string_view field_;
};

// Looks up what a pattern names for some elements at a time, so that memory can be fetched ahead.
class PatternValues {
 public:
  static constexpr std::size_t kElementsMax = 32;

  PatternValues(command::Context& ctx, const SortPattern& pattern) noexcept
      : ctx_(ctx), pattern_(pattern) {}

  // REQUIRES: at most kElementsMax elements, which stay until the next call.
  void prepare(std::span<const value::Item> elements);

  // The value for one of them; nothing where there is none. Valid until the next look-up.
  std::optional<std::string_view> at(std::size_t index);

 private:
  command::Context& ctx_;
  SortPattern pattern_;
  std::span<const value::Item> elements_;
  std::string names_;
  std::array<keyspace::Key, kElementsMax> keys_{};
  base::IntegerText scratch_{};
};

}  // namespace larder::families
