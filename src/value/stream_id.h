// The name of a stream's entry: a time in milliseconds and a sequence number within it, written
// "1526919030474-55".
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace larder::value {

struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t seq = 0;

  friend constexpr auto operator<=>(const StreamId&, const StreamId&) = default;
  constexpr bool is_zero() const noexcept { return ms == 0 && seq == 0; }

  // The neighbours in the order of all ids; nothing beyond its ends.
  constexpr std::optional<StreamId> next() const noexcept {
    if (seq != std::numeric_limits<std::uint64_t>::max()) return StreamId{ms, seq + 1};
    if (ms != std::numeric_limits<std::uint64_t>::max()) return StreamId{ms + 1, 0};
    return std::nullopt;
  }
  constexpr std::optional<StreamId> previous() const noexcept {
    if (seq != 0) return StreamId{ms, seq - 1};
    if (ms != 0) return StreamId{ms - 1, std::numeric_limits<std::uint64_t>::max()};
    return std::nullopt;
  }
};

inline constexpr StreamId kFirstStreamId{};
inline constexpr StreamId kLastStreamId{std::numeric_limits<std::uint64_t>::max(),
                                        std::numeric_limits<std::uint64_t>::max()};

// Space for any id's text.
struct StreamIdText {
  char bytes[42];
};

// Writes `id` into `text`; the view stays valid as long as `text`.
std::string_view to_text(StreamId id, StreamIdText& text) noexcept;

// "ms-seq" or, with `seq_if_missing`, "ms". Numbers may have zeros or a plus in front, as Redis
// takes them.
std::optional<StreamId> parse_stream_id(std::string_view text,
                                        std::uint64_t seq_if_missing) noexcept;

// One of the two numbers in the same way.
std::optional<std::uint64_t> parse_stream_id_part(std::string_view text) noexcept;

}  // namespace larder::value
