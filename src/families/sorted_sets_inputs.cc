#include "families/sorted_sets_inputs.h"

#include <bit>

namespace larder::families {

std::optional<SortedInput> find_input(command::Context& ctx, std::string_view name) {
  const auto entry = ctx.find_for_read(ctx.key(name));
  if (entry && entry.type() == keyspace::Type::set) return SortedInput(set_of(ctx, entry));
  if (!ctx.expect_type(entry, keyspace::Type::sorted_set)) return std::nullopt;
  return SortedInput(view_of(entry, ctx.now()));
}

ResultIndex::ResultIndex(ElementBuffer& result, std::size_t elements)
    : result_(result), hasher_(elements != 0 ? base::secure_random_u64() : 0) {
  if (elements == 0) return;
  slots_.resize(std::bit_ceil(elements + elements / 2));
  mask_ = slots_.size() - 1;
}

value::SortedElement* ResultIndex::find_or_add(std::string_view member, double score, bool stays,
                                               bool is_new) {
  auto& elements = result_.elements();
  if (slots_.empty()) {
    result_.add(member, score, stays);
    return nullptr;
  }
  constexpr std::uint64_t kIndexMask = 0xffff'ffff;
  const auto hash = hasher_(member);
  const auto tag = hash & ~kIndexMask;
  auto at = hash & mask_;
  for (; slots_[at] != 0; at = (at + 1) & mask_) {
    if (is_new || (slots_[at] & ~kIndexMask) != tag) continue;
    auto& element = elements[(slots_[at] & kIndexMask) - 1];
    if (element.member == member) return &element;
  }
  result_.add(member, score, stays);
  slots_[at] = tag | elements.size();
  return nullptr;
}

}  // namespace larder::families
