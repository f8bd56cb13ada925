#include "value/stream_id.h"

#include <charconv>

namespace larder::value {

std::string_view to_text(StreamId id, StreamIdText& text) noexcept {
  char* const end = text.bytes + sizeof text.bytes;
  char* at = std::to_chars(text.bytes, end, id.ms).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, id.seq).ptr;
  return {text.bytes, static_cast<std::size_t>(at - text.bytes)};
}

std::optional<std::uint64_t> parse_stream_id_part(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<StreamId> parse_stream_id(std::string_view text,
                                        std::uint64_t seq_if_missing) noexcept {
  const auto dash = text.find('-');
  const auto ms = parse_stream_id_part(text.substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == std::string_view::npos) return StreamId{*ms, seq_if_missing};
  const auto seq = parse_stream_id_part(text.substr(dash + 1));
  if (!seq) return std::nullopt;
  return StreamId{*ms, *seq};
}

}  // namespace larder::value
