// Bounds on what scripts may ask for.
#pragma once

#include <cstddef>

namespace larder::script::limits {

// Of one script's text. The parser's own counters are sound far beyond it.
inline constexpr std::size_t kSourceBytesMax = 256 << 20;

// Scripts that EVAL brought and nobody loaded: the one used longest ago goes.
inline constexpr std::size_t kEvalScriptsMax = 500;

// Arrays in arrays, in a reply and in what a script returns.
inline constexpr int kReplyDepthMax = 1000;

// Tables in tables as JSON, whatever a script sets: what the stack is sure to hold.
inline constexpr int kJsonDepthMax = 2000;

// Tables in tables as MessagePack: deeper ones are packed as nil, as Redis does; and read.
inline constexpr int kPackedDepthMax = 16;
inline constexpr int kUnpackedDepthMax = 2000;

// Instructions between two looks at the clock: about a millisecond.
inline constexpr int kInstructionsPerLook = 100'000;
inline constexpr int kLibraryLoadMs = 500;

// Bytes of the buffer for a command's reply that are kept from one command to the next.
inline constexpr std::size_t kKeptReplyBytes = 64 * 1024;

// The debugger's: breakpoints, tables in tables that it shows, bytes of a value or reply that it
// shows if nobody asks for more, the least that one can ask for, and bytes of all that it has to
// say at once.
inline constexpr std::size_t kDebugBreakpointsMax = 64;
inline constexpr int kDebugValueDepthMax = 10;
inline constexpr std::size_t kDebugValueBytes = 256;
inline constexpr std::size_t kDebugValueBytesMin = 60;
inline constexpr std::size_t kDebugLogBytesMax = 16 << 20;

}  // namespace larder::script::limits
