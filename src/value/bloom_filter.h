// A scalable Bloom filter: tells of an item that it was certainly never added, or probably was.
// Once a layer holds as many items as it was made for, another one follows, larger and less prone
// to error (Almeida et al., "Scalable Bloom Filters", 2007).
//
// Bits lie where the module RedisBloom has them, so that DUMP payloads go both ways: MurmurHash64A
// twice, the second seeded by the first (a, b), and bit (a + i b) mod bits for each of a layer's
// hashes i (Kirsch and Mitzenmacher, 2006).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "value/object.h"

namespace larder::value {

class BloomFilter final : public Object {
 public:
  static constexpr double kErrorRateMax = 0.25;  // higher ones are taken for this
  static constexpr std::uint64_t kCapacityMax = std::uint64_t{1} << 30;
  static constexpr std::uint32_t kExpansionMax = 32'768;

  struct Options {
    double error_rate = 0.01;      // above 0, below 1
    std::uint64_t capacity = 100;  // 1 to kCapacityMax
    std::uint32_t expansion = 2;   // of the capacity, from layer to layer; 0: never a second one
  };

  // What a layer is made from, and the only things about it that a file need not say.
  struct Layer {
    std::uint64_t capacity = 0;
    double error_rate = 0;
    std::uint64_t items = 0;
    std::uint32_t hashes = 0;
    std::uint64_t bits = 0;  // a multiple of 64
    std::unique_ptr<char[], void (*)(void*)> bytes{nullptr, nullptr};

    std::size_t byte_count() const noexcept { return bits / 8; }
  };

  // An empty filter whose first layer takes no more than `bytes_max`; nullptr where it would.
  static std::unique_ptr<BloomFilter> make(const Options& options, std::size_t bytes_max);

  // A filter as a file has it, to which its layers are then added.
  explicit BloomFilter(std::uint32_t expansion) noexcept : expansion_(expansion) {}
  // Adds a layer with these bits set. REQUIRES: bits / 8 bytes, and that layer_for() made `layer`.
  void add_layer(Layer layer, std::string_view bytes);

  // A layer without its bytes; nothing where capacity and rate make none of at most `bytes_max`.
  static std::optional<Layer> layer_for(std::uint64_t capacity, double error_rate,
                                        std::size_t bytes_max) noexcept;
  // Bits of an item at this rate.
  static double bits_per_item(double error_rate) noexcept;

  std::unique_ptr<Object> clone() const override;
  std::size_t memory_bytes() const noexcept override;
  std::size_t element_count() const noexcept override { return layers_.size(); }  // to free

  bool contains(std::string_view item) const noexcept;

  enum class Added : std::uint8_t {
    yes,
    no,        // it was, or seems to have been, there
    full,      // of a filter that does not expand
    too_large  // another layer would take more than `bytes_max`
  };
  Added add(std::string_view item, std::size_t bytes_max);

  std::uint64_t items() const noexcept;
  std::uint64_t capacity() const noexcept;  // of all layers
  std::uint32_t expansion() const noexcept { return expansion_; }
  const std::vector<Layer>& layers() const noexcept { return layers_; }

 private:
  struct Hash {
    std::uint64_t first;
    std::uint64_t step;
  };
  static Hash hash_of(std::string_view item) noexcept;
  static bool has(const Layer& layer, Hash hash) noexcept;
  static void set(Layer& layer, Hash hash) noexcept;
  bool has_in_any(Hash hash) const noexcept;
  void allocate(Layer& layer);

  std::vector<Layer> layers_;
  std::uint32_t expansion_;
};

}  // namespace larder::value
