// Every bound of the request path that is no setting, in one place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::server::limits {

// What one recv may bring: also the size of the buffer that all connections read into first.
inline constexpr std::size_t kReadBytes = 64 * 1024;

// Bytes that one connection may read before others get their turn.
inline constexpr std::size_t kReadBytesPerTurn = 1024 * 1024;

// Commands that are parsed, and whose memory is fetched ahead, before they are executed.
inline constexpr std::size_t kBatchCommands = 32;

// A connection that sends more commands at once is served alone, not with others of its turn.
inline constexpr std::size_t kGatheredCommands = 4;

// The least that a connection's own buffer is made of, and what it may keep while the client is
// active.
inline constexpr std::size_t kOwnBufferBytes = 16 * 1024;

// Memory that an announced argument may take before its bytes are there.
inline constexpr std::size_t kAnnouncedBytes = 1024 * 1024;

// A client that said nothing for this long gives its buffers back.
inline constexpr long kIdleBufferMs = 2'000;

// What a client may send before it is authenticated.
inline constexpr std::size_t kUnauthenticatedBytes = 1024 * 1024;

// The reply buffer that all connections write into first; larger ones are given back after use.
inline constexpr std::size_t kKeptReplyBytes = 1024 * 1024;

// Replies beyond this are sent before the rest of a pipeline is executed.
inline constexpr std::size_t kFlushReplyBytes = 64 * 1024;

// From this on the bytes that wait for a client's socket go into another run of memory.
inline constexpr std::size_t kOutputRunBytes = 256 * 1024;

// A hard limit of client-output-buffer-limit up to this holds for the replies of a whole pipeline,
// of which so much is read at once: as with peers, whatever the client's socket would take.
inline constexpr std::int64_t kCountedPipelineBytes = 1024 * 1024;
inline constexpr std::size_t kCountedReadBytes = 16 * 1024;

// Replies that are not held to client-output-buffer-limit: else a small limit would leave nobody
// able to raise it. Peers have a buffer of this size for each client, and count what is beyond.
inline constexpr std::size_t kUnlimitedReplyBytes = 16 * 1024;

// Copies of the server in which scripts are debugged, at the same time.
inline constexpr std::size_t kDebugSessions = 16;

// Commands of the debugger of scripts: words, bytes of a word, and of a command in all.
inline constexpr long kDebugWords = 1024;
inline constexpr long kDebugWordBytes = 64 * 1024;
inline constexpr std::size_t kDebugCommandBytes = 1024 * 1024;

// Distinct error codes that INFO errorstats tells apart; what scripts make up beyond counts as one.
inline constexpr std::size_t kErrorCodes = 128;

// What a watched key, a subscription or a tracked prefix takes beyond its name, about: for
// maxmemory-clients.
inline constexpr std::size_t kBytesPerName = 256;

// What may wait to be written to the append-only log before those who write have to wait. They go
// on when half of it is left.
inline constexpr std::size_t kLogBacklogBytes = 128 * 1024 * 1024;

// How long what was written may wait for the disk with appendfsync everysec before they have to:
// what a crash of the machine may take is no more than that.
inline constexpr long kLogBacklogAgeMs = 2'000;

// How much of a request INFO and CLIENT LIST may quote in an unknown command's error.
inline constexpr std::size_t kQuotedArgumentBytes = 128;

}  // namespace larder::server::limits
