// What the files that read and write one type of value each share.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/hash.h"
#include "codec/element.h"
#include "persist/rdb_format.h"
#include "persist/rdb_reader.h"
#include "persist/rdb_writer.h"
#include "settings/settings.h"
#include "value/cell.h"

namespace larder::persist {

// What values depend on beside their own bytes.
struct ValueContext {
  const settings::Settings& settings;  // when a collection changes its form
  const base::KeyHasher& hasher;
  base::UnixMs now;
};

// Why a value could not be read, for the log; empty where it could.
using ReadFailure = std::string_view;

namespace read_failure {
inline constexpr ReadFailure kNone = {};
inline constexpr ReadFailure kCutOff = "Value cut off or malformed";
inline constexpr ReadFailure kUnknownType = "Unknown RDB encoding type";
inline constexpr ReadFailure kEmptyCollection = "Empty collection";
inline constexpr ReadFailure kQuicklist = "Quicklist integrity check failed.";
inline constexpr ReadFailure kListpack = "Listpack integrity check failed.";
inline constexpr ReadFailure kZiplist = "Ziplist integrity check failed.";
}  // namespace read_failure

// Calls `visit(const codec::Element&)`, until it returns false, with the elements of a listpack or
// ziplist. Returns whether all were visited and the form was sound; before, they may be unsound.
template <class Reader, class Visit>
bool read_elements(std::string_view bytes, Visit visit) {
  Reader reader(bytes);
  for (codec::Element element; reader.next(element);) {
    if (!visit(element)) return false;
  }
  return reader.is_whole();
}

// The same for pairs, with the text of the first element and the second one:
// `visit(std::string_view, const codec::Element&)`.
template <class Reader, class Visit>
bool read_pairs(std::string_view bytes, Visit visit) {
  std::optional<codec::Element> first;
  const bool is_sound = read_elements<Reader>(bytes, [&](const codec::Element& element) {
    if (!first) {
      first = element;
      return true;
    }
    base::IntegerText scratch;
    const auto text = first->text(scratch);
    const bool goes_on = visit(text, element);
    first.reset();
    return goes_on;
  });
  return is_sound && !first;
}

// Whether all of a collection can be written as one listpack.
inline bool fits_listpack(const value::Cell& cell) noexcept {
  constexpr std::size_t kBytesMax = std::size_t{1} << 29;
  return cell.object() == nullptr || cell.object()->memory_bytes() < kBytesMax;
}

// Each reads the content of a value of `type` into a cell that is empty.
ReadFailure read_list(RdbReader& in, RdbType type, value::Cell& cell, const ValueContext& context);
ReadFailure read_sorted_set(RdbReader& in, RdbType type, value::Cell& cell,
                            const ValueContext& context);
ReadFailure read_set(RdbReader& in, RdbType type, value::Cell& cell, const ValueContext& context);
ReadFailure read_stream(RdbReader& in, RdbType type, value::Cell& cell,
                        const ValueContext& context);
ReadFailure read_hash(RdbReader& in, RdbType type, value::Cell& cell, const ValueContext& context);
ReadFailure read_bloom_filter(RdbReader& in, value::Cell& cell);

// Each writes the type and the content of a value.
void write_list(RdbWriter& out, value::Cell& cell, const ValueContext& context);
void write_sorted_set(RdbWriter& out, value::Cell& cell, const ValueContext& context);
void write_set(RdbWriter& out, value::Cell& cell, const ValueContext& context);
void write_stream(RdbWriter& out, value::Cell& cell, const ValueContext& context);
void write_hash(RdbWriter& out, value::Cell& cell, const ValueContext& context);
void write_bloom_filter(RdbWriter& out, const value::Cell& cell);

}  // namespace larder::persist
