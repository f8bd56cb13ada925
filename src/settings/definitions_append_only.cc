// Settings of the append-only log: whether changes are written to it, when they are safe, and when
// it is rewritten.
#include "settings/rows.h"

namespace larder::settings::rows {
namespace {

constexpr In aof(Section::append_only);
constexpr Choice kSync[] = {{"everysec", static_cast<int>(AppendSync::everysec)},
                            {"always", static_cast<int>(AppendSync::always)},
                            {"no", static_cast<int>(AppendSync::no)}};
constexpr Definition kAppendOnly[] = {
    aof.yes_no("appendonly", "no", "Write every change to the append-only log, and load that.")
        .into<&Settings::appendonly>()
        .not_loading(),
    aof.text("appendfilename", "appendonly.aof", "First part of its files' names.")
        .into<&Settings::appendfilename>()
        .checked(special::check_append_only_name)
        .at_start(),
    aof.text("appenddirname", "appendonlydir", "Directory of its files, in dir.")
        .into<&Settings::appenddirname>()
        .checked(special::check_append_only_directory)
        .at_start(),
    aof.choice("appendfsync", "everysec", kSync,
               "When it is synced to the disk: each second, before each change is answered, or "
               "when the system likes.")
        .into<&Settings::appendfsync>(),
    aof.yes_no("no-appendfsync-on-rewrite", "no",
               "Do not sync while a child writes to the disk: a crash may lose more then.")
        .into<&Settings::no_appendfsync_on_rewrite>(),
    aof.integer("auto-aof-rewrite-percentage", "100", 0, kIntMax,
                "Rewrite it when it has grown by so much since the last time; 0 for never.")
        .into<&Settings::auto_aof_rewrite_percentage>(),
    aof.memory("auto-aof-rewrite-min-size", "64mb", 0, kLongMax,
               "But not while it is smaller than this.")
        .into<&Settings::auto_aof_rewrite_min_size>(),
    aof.yes_no("aof-load-truncated", "yes",
               "Start although it ends within a command, and cut that off.")
        .into<&Settings::aof_load_truncated>(),
    aof.memory("aof-load-corrupt-tail-max-size", "0", 0, kLongMax,
               "The same where no more than this at its end is damaged.")
        .into<&Settings::aof_load_corrupt_tail_max_size>(),
    aof.yes_no("aof-use-rdb-preamble", "yes",
               "Rewrite it as a snapshot rather than as commands: smaller, and sooner loaded.")
        .into<&Settings::aof_use_rdb_preamble>(),
    aof.yes_no("aof-timestamp-enabled", "no",
               "Write the time into it each second, so that it can be cut off at a time.")
        .into<&Settings::aof_timestamp_enabled>(),
    aof.yes_no("aof-rewrite-incremental-fsync", "yes",
               "Sync a rewrite to the disk bit by bit rather than all at its end.")
        .into<&Settings::aof_rewrite_incremental_fsync>(),
    aof.text("aof-rewrite-cpulist", "", "Cores for the process that rewrites it.")
        .alias("aof_rewrite_cpulist")
        .into<&Settings::aof_rewrite_cpulist>()
        .checked(special::check_cores)
        .at_start(),
};

}  // namespace

std::span<const Definition> append_only() { return kAppendOnly; }

}  // namespace larder::settings::rows
