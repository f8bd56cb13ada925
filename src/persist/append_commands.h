// All data as commands: the base of an append-only log where aof-use-rdb-preamble is off.
#pragma once

#include "persist/snapshot_writer.h"

namespace larder::persist {

// The time where the log has annotations; libraries, then for each key the commands that make it:
// SET, or RESTORE of a payload that Redis 7.0 knows and behind it one command for each element that
// has a deadline of its own. False where the sink failed.
bool write_commands(SnapshotSink& sink, const SnapshotContents& contents, KeyWritten key_written);

}  // namespace larder::persist
