// Sorted sets: members and scores one by one, or a ziplist or listpack of both in turn.
#include <cmath>
#include <optional>

#include "base/byte_buffer.h"
#include "codec/listpack.h"
#include "codec/ziplist.h"
#include "persist/value_io.h"
#include "value/sorted_set.h"

namespace larder::persist {
namespace {

constexpr ReadFailure kZiplist = "Zset ziplist integrity check failed.";
constexpr ReadFailure kListpack = "Zset listpack integrity check failed.";
constexpr ReadFailure kNotANumber = "Zset with NAN score detected";
constexpr ReadFailure kDuplicate = "Duplicate zset fields detected";

bool add(value::SortedSet& set, std::string_view member, double score) {
  return set.add(member, score).outcome == value::SortedSet::Outcome::added;
}

std::optional<double> score_of(const codec::Element& element) {
  if (element.is_integer) return static_cast<double>(element.integer);
  return base::parse_double(element.bytes);
}

template <class Reader>
bool add_pairs(value::SortedSet& set, std::string_view packed) {
  return read_pairs<Reader>(packed, [&set](std::string_view member, const codec::Element& value) {
    const auto score = score_of(value);
    return score && add(set, member, *score);
  });
}

ReadFailure read_elements_with_scores(RdbReader& in, bool scores_are_texts, value::SortedSet& set) {
  std::uint64_t count = 0;
  if (!in.length(count)) return read_failure::kCutOff;
  for (RdbString member; count > 0; --count) {
    double score = 0;
    if (!in.string(member)) return read_failure::kCutOff;
    if (!(scores_are_texts ? in.text_double(score) : in.binary_double(score))) {
      return read_failure::kCutOff;
    }
    if (std::isnan(score)) return kNotANumber;
    if (!add(set, member.text(), score)) return kDuplicate;
  }
  return read_failure::kNone;
}

ReadFailure read_content(RdbReader& in, RdbType type, value::SortedSet& set) {
  if (type == RdbType::sorted_set || type == RdbType::sorted_set_texts) {
    return read_elements_with_scores(in, type == RdbType::sorted_set_texts, set);
  }
  RdbString packed;
  if (!in.string(packed)) return read_failure::kCutOff;
  if (type == RdbType::sorted_set_ziplist) {
    return add_pairs<codec::ZiplistReader>(set, packed.text()) ? read_failure::kNone : kZiplist;
  }
  return add_pairs<codec::ListpackReader>(set, packed.text()) ? read_failure::kNone : kListpack;
}

void write_listpack(RdbWriter& out, const value::SortedSetView& set) {
  base::ByteBuffer buffer;
  codec::ListpackWriter listpack(buffer);
  set.for_each([&listpack](std::string_view member, double score) {
    listpack.append(member);
    listpack.append(base::double_text(score));
  });
  listpack.finish();
  out.type(RdbType::sorted_set_listpack);
  out.string(buffer.view());
}

}  // namespace

ReadFailure read_sorted_set(RdbReader& in, RdbType type, value::Cell& cell,
                            const ValueContext& context) {
  value::SortedSet set(cell, value::SortedSet::Limits::from(context.settings));
  const auto failure = read_content(in, type, set);
  if (!failure.empty()) return failure;
  return set.size() == 0 ? read_failure::kEmptyCollection : read_failure::kNone;
}

void write_sorted_set(RdbWriter& out, value::Cell& cell, const ValueContext&) {
  const value::SortedSetView set(cell);
  if (set.is_listpack() && fits_listpack(cell)) return write_listpack(out, set);
  out.type(RdbType::sorted_set);
  out.length(set.size());
  // The greatest first, since servers with skip lists add the least of all fastest.
  set.for_each_reverse({0, set.size()}, [&out](std::string_view member, double score) {
    out.string(member);
    out.binary_double(score);
  });
}

}  // namespace larder::persist
