#include "value/bloom_filter.h"

#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/murmur.h"

namespace larder::value {
namespace {

constexpr double kTightening = 0.5;  // of the error rate, from layer to layer
constexpr std::uint64_t kHashSeed = 0xc6a4a7935bd1e995;
constexpr std::uint32_t kHashesMax = 1100;  // of the lowest error rate there is

// Calls `visit(bit)` for each bit of an item, until it returns false. The sum is kept modulo
// `bits` step by step: only the first step divides, and what 2^64 leaves is taken off where the
// sum in 64 bits would have wrapped.
template <class Visit>
bool for_each_bit(std::uint64_t first, std::uint64_t step, std::uint64_t bits, std::uint32_t hashes,
                  Visit visit) noexcept {
  const auto step_rest = step % bits;
  const auto wrap_rest = (~std::uint64_t{0} % bits + 1) % bits;  // 2^64 mod bits
  auto sum = first;
  auto bit = first % bits;
  for (std::uint32_t i = 0; i < hashes; ++i) {
    if (!visit(bit)) return false;
    bit += step_rest;
    if (bit >= bits) bit -= bits;
    const auto next = sum + step;
    if (next < sum) bit = bit >= wrap_rest ? bit - wrap_rest : bit + bits - wrap_rest;
    sum = next;
  }
  return true;
}

}  // namespace

double BloomFilter::bits_per_item(double error_rate) noexcept {
  constexpr double kLn2Squared = 0.480453013918201;  // in as many digits as RedisBloom has
  return -std::log(error_rate) / kLn2Squared;
}

std::optional<BloomFilter::Layer> BloomFilter::layer_for(std::uint64_t capacity, double error_rate,
                                                         std::size_t bytes_max) noexcept {
  constexpr double kLn2 = 0.693147180559945;
  if (capacity == 0 || !(error_rate > 0) || !(error_rate < 1)) return std::nullopt;
  const double per_item = bits_per_item(error_rate);
  const double wanted_bits = static_cast<double>(capacity) * per_item;
  if (!(wanted_bits <= static_cast<double>(bytes_max) * 8)) return std::nullopt;
  const auto bits = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted_bits), 1);
  Layer layer;
  layer.capacity = capacity;
  layer.error_rate = error_rate;
  layer.hashes = static_cast<std::uint32_t>(std::ceil(kLn2 * per_item));
  layer.bits = (bits + 63) / 64 * 64;
  return layer;
}

void BloomFilter::allocate(Layer& layer) {
  // Zero pages that nobody writes to cost nothing.
  layer.bytes = {static_cast<char*>(std::calloc(1, layer.byte_count())), std::free};
  CHECK(layer.bytes != nullptr, "out of memory for a Bloom filter");
}

std::unique_ptr<BloomFilter> BloomFilter::make(const Options& options, std::size_t bytes_max) {
  const double tightening = options.expansion == 0 ? 1 : kTightening;
  const auto rate = std::min(options.error_rate, kErrorRateMax) * tightening;
  auto layer = layer_for(options.capacity, rate, bytes_max);
  if (!layer) return nullptr;
  auto filter = std::make_unique<BloomFilter>(options.expansion);
  filter->allocate(*layer);
  filter->layers_.push_back(std::move(*layer));
  return filter;
}

void BloomFilter::add_layer(Layer layer, std::string_view bytes) {
  allocate(layer);
  std::memcpy(layer.bytes.get(), bytes.data(), layer.byte_count());
  layers_.push_back(std::move(layer));
}

std::unique_ptr<Object> BloomFilter::clone() const {
  auto copy = std::make_unique<BloomFilter>(expansion_);
  copy->layers_.reserve(layers_.size());
  for (const auto& layer : layers_) {
    Layer bare;
    bare.capacity = layer.capacity;
    bare.error_rate = layer.error_rate;
    bare.items = layer.items;
    bare.hashes = layer.hashes;
    bare.bits = layer.bits;
    copy->add_layer(std::move(bare), {layer.bytes.get(), layer.byte_count()});
  }
  return copy;
}

std::size_t BloomFilter::memory_bytes() const noexcept {
  auto bytes = sizeof *this + layers_.capacity() * sizeof(Layer);
  for (const auto& layer : layers_) bytes += layer.byte_count();
  return bytes;
}

BloomFilter::Hash BloomFilter::hash_of(std::string_view item) noexcept {
  const auto first = base::murmur64a(item, kHashSeed);
  return {.first = first, .step = base::murmur64a(item, first)};
}

bool BloomFilter::has(const Layer& layer, Hash hash) noexcept {
  const char* const bytes = layer.bytes.get();
  return for_each_bit(hash.first, hash.step, layer.bits, layer.hashes, [bytes](std::uint64_t bit) {
    return (bytes[bit / 8] >> (bit % 8) & 1) != 0;
  });
}

void BloomFilter::set(Layer& layer, Hash hash) noexcept {
  char* const bytes = layer.bytes.get();
  for_each_bit(hash.first, hash.step, layer.bits, layer.hashes, [bytes](std::uint64_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] | 1 << (bit % 8));
    return true;
  });
}

bool BloomFilter::has_in_any(Hash hash) const noexcept {
  return std::any_of(layers_.rbegin(), layers_.rend(),
                     [hash](const Layer& layer) { return has(layer, hash); });
}

bool BloomFilter::contains(std::string_view item) const noexcept {
  return has_in_any(hash_of(item));
}

BloomFilter::Added BloomFilter::add(std::string_view item, std::size_t bytes_max) {
  const auto hash = hash_of(item);
  if (has_in_any(hash)) return Added::no;
  const auto& last = layers_.back();
  if (last.items >= last.capacity) {
    if (expansion_ == 0) return Added::full;
    std::uint64_t capacity = 0;
    if (__builtin_mul_overflow(last.capacity, std::uint64_t{expansion_}, &capacity)) {
      return Added::too_large;
    }
    auto next = layer_for(capacity, last.error_rate * kTightening, bytes_max);
    if (!next || next->hashes > kHashesMax) return Added::too_large;
    allocate(*next);
    layers_.push_back(std::move(*next));
  }
  set(layers_.back(), hash);
  ++layers_.back().items;
  return Added::yes;
}

std::uint64_t BloomFilter::items() const noexcept {
  std::uint64_t items = 0;
  for (const auto& layer : layers_) items += layer.items;
  return items;
}

std::uint64_t BloomFilter::capacity() const noexcept {
  std::uint64_t capacity = 0;
  for (const auto& layer : layers_) capacity += layer.capacity;
  return capacity;
}

}  // namespace larder::value
