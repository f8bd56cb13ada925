// Bloom filters as the module RedisBloom writes its values, so that its servers load ours and we
// theirs.
//
//   content = module-id items layers options expansion layer... 0
//   layer   = capacity error-rate hashes bits-per-item bits power bytes items
//
// Each number and string has an opcode before it that says what it is. The id spells the name
// "MBbloom--" in 6 bits a letter, and the version of the encoding in the last 10.
#include <cmath>
#include <limits>

#include "persist/value_io.h"
#include "value/bloom_filter.h"

namespace larder::persist {
namespace {

using value::BloomFilter;

constexpr ReadFailure kForeign = "Value of a module that is not known";
constexpr ReadFailure kBroken = "Bloom filter integrity check failed.";

enum class Opcode : std::uint8_t { end = 0, integer = 2, number = 4, string = 5 };

constexpr std::uint64_t module_id(std::string_view name, std::uint64_t version) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::uint64_t id = 0;
  for (const char letter : name) id = id << 6 | kLetters.find(letter);
  return id << 10 | version;
}
constexpr std::uint64_t kModuleId = module_id("MBbloom--", 4);

// How RedisBloom says what ours always are: bits not rounded to a power of two, hashes of 64 bits.
constexpr std::uint64_t kNoRounding = 1;
constexpr std::uint64_t kHashesOf64Bits = 4;
constexpr std::uint64_t kFixed = 8;

bool read_integer(RdbReader& in, std::uint64_t& value) {
  std::uint64_t opcode = 0;
  return in.length(opcode) && opcode == static_cast<std::uint64_t>(Opcode::integer) &&
         in.length(value);
}
bool read_number(RdbReader& in, double& value) {
  std::uint64_t opcode = 0;
  return in.length(opcode) && opcode == static_cast<std::uint64_t>(Opcode::number) &&
         in.binary_double(value);
}
bool read_string(RdbReader& in, RdbString& value) {
  std::uint64_t opcode = 0;
  return in.length(opcode) && opcode == static_cast<std::uint64_t>(Opcode::string) &&
         in.string(value);
}

void write_integer(RdbWriter& out, std::uint64_t value) {
  out.length(static_cast<std::uint64_t>(Opcode::integer));
  out.length(value);
}
void write_number(RdbWriter& out, double value) {
  out.length(static_cast<std::uint64_t>(Opcode::number));
  out.binary_double(value);
}
void write_string(RdbWriter& out, std::string_view value) {
  out.length(static_cast<std::uint64_t>(Opcode::string));
  out.string(value);
}

ReadFailure read_layer(RdbReader& in, BloomFilter& filter) {
  std::uint64_t capacity = 0;
  double error_rate = 0;
  std::uint64_t hashes = 0;
  double bits_per_item = 0;
  std::uint64_t bits = 0;
  std::uint64_t power = 0;
  RdbString bytes;
  std::uint64_t items = 0;
  if (!read_integer(in, capacity) || !read_number(in, error_rate) || !read_integer(in, hashes) ||
      !read_number(in, bits_per_item) || !read_integer(in, bits) || !read_integer(in, power) ||
      !read_string(in, bytes) || !read_integer(in, items)) {
    return read_failure::kCutOff;
  }
  // What follows from capacity and rate has to be as we make it; others have other bits set.
  constexpr auto kAnySize = std::numeric_limits<std::size_t>::max() / 16;
  auto layer = BloomFilter::layer_for(capacity, error_rate, kAnySize);
  if (!layer || layer->bits != bits || layer->hashes != hashes || power != 0 ||
      bytes.text().size() != layer->byte_count() || items > capacity) {
    return kBroken;
  }
  layer->items = items;
  filter.add_layer(std::move(*layer), bytes.text());
  return read_failure::kNone;
}

}  // namespace

ReadFailure read_bloom_filter(RdbReader& in, value::Cell& cell) {
  std::uint64_t id = 0;
  std::uint64_t items = 0;
  std::uint64_t layers = 0;
  std::uint64_t options = 0;
  std::uint64_t expansion = 0;
  std::uint64_t end = 0;
  if (!in.length(id)) return read_failure::kCutOff;
  if (id != kModuleId) return kForeign;
  if (!read_integer(in, items) || !read_integer(in, layers) || !read_integer(in, options) ||
      !read_integer(in, expansion)) {
    return read_failure::kCutOff;
  }
  const bool is_fixed = (options & kFixed) != 0;
  const bool is_of_our_kind = (options & ~kFixed) == (kNoRounding | kHashesOf64Bits);
  if (!is_of_our_kind || layers == 0 || expansion > BloomFilter::kExpansionMax) return kBroken;
  if (!is_fixed && expansion == 0) return kBroken;
  auto filter = std::make_unique<BloomFilter>(is_fixed ? 0 : static_cast<std::uint32_t>(expansion));
  for (; layers > 0; --layers) {
    if (const auto failure = read_layer(in, *filter); !failure.empty()) return failure;
  }
  if (!in.length(end) || end != static_cast<std::uint64_t>(Opcode::end)) {
    return read_failure::kCutOff;
  }
  if (filter->items() != items) return kBroken;
  cell.become(std::move(filter));
  return read_failure::kNone;
}

void write_bloom_filter(RdbWriter& out, const value::Cell& cell) {
  const auto& filter = static_cast<const BloomFilter&>(*cell.object());
  out.type(RdbType::module);
  out.length(kModuleId);
  write_integer(out, filter.items());
  write_integer(out, filter.layers().size());
  write_integer(out, kNoRounding | kHashesOf64Bits | (filter.expansion() == 0 ? kFixed : 0));
  write_integer(out, filter.expansion());
  for (const auto& layer : filter.layers()) {
    write_integer(out, layer.capacity);
    write_number(out, layer.error_rate);
    write_integer(out, layer.hashes);
    write_number(out, BloomFilter::bits_per_item(layer.error_rate));
    write_integer(out, layer.bits);
    write_integer(out, 0);
    write_string(out, {layer.bytes.get(), layer.byte_count()});
    write_integer(out, layer.items);
  }
  out.length(static_cast<std::uint64_t>(Opcode::end));
}

}  // namespace larder::persist
