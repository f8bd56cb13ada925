// Settings of snapshots: when they are written, where and how, and what is read.
#include "settings/rows.h"

namespace larder::settings::rows {
namespace {

constexpr In rdb(Section::snapshots);
constexpr Choice kSanitize[] = {{"no", 0}, {"yes", 1}, {"clients", 2}};
constexpr Choice kVersionCheck[] = {{"strict", 0}, {"relaxed", 1}};
constexpr Definition kSnapshots[] = {
    rdb.special(
           "save", Kind::save_points, "3600 1 300 100 60 10000",
           "Write a snapshot after so many seconds with so many changes; pairs, empty for never.")
        .into<&Settings::save>(),
    rdb.text("dbfilename", "dump.rdb", "The snapshot's file name, in dir.")
        .into<&Settings::dbfilename>()
        .checked(special::check_snapshot_name)
        .guarded(),
    rdb.yes_no("rdbcompression", "yes", "Compress strings in snapshots and DUMP payloads.")
        .into<&Settings::rdb_compression>(),
    rdb.yes_no("rdbchecksum", "yes",
               "End snapshots with a checksum, and verify that of those that are loaded.")
        .into<&Settings::rdbchecksum>()
        .at_start(),
    rdb.yes_no("stop-writes-on-bgsave-error", "yes",
               "Refuse writes after a snapshot failed that save asks for, until one succeeds.")
        .into<&Settings::stop_writes_on_bgsave_error>(),
    rdb.yes_no(
           "rdb-save-incremental-fsync", "yes",
           "Sync a snapshot to disk bit by bit while it is written, rather than all at its end.")
        .into<&Settings::rdb_save_incremental_fsync>(),
    rdb.yes_no("rdb-del-sync-files", "no", "Delete snapshots that only served replication.")
        .later(),
    rdb.choice("sanitize-dump-payload", "no", kSanitize,
               "Whose payloads are checked in depth. Larder checks all of them.")
        .settled(),
    rdb.choice("rdb-version-check", "strict", kVersionCheck,
               "Whether snapshots and payloads of versions that Larder does not know are refused.")
        .into<&Settings::rdb_version_check>(),
    rdb.text("bgsave-cpulist", "", "Cores for the process that writes a snapshot.")
        .alias("bgsave_cpulist")
        .into<&Settings::bgsave_cpulist>()
        .checked(special::check_cores)
        .at_start(),
};

}  // namespace

std::span<const Definition> snapshots() { return kSnapshots; }

}  // namespace larder::settings::rows
