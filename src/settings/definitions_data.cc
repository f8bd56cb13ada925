// Settings of the data: memory, expiry, packed forms, and how its use is observed.
#include "settings/rows.h"

namespace larder::settings::rows {
namespace {

constexpr std::int64_t kTtlSecondsMax =
    1'000'000'000'000;  // far beyond any use, far from overflow in milliseconds

constexpr In mem(Section::memory);
constexpr Definition kMemory[] = {
    mem.integer("databases", "16", 1, kIntMax,
                "Databases that SELECT chooses from, by number from 0.")
        .into<&Settings::databases>()
        .at_start(),
    mem.special("maxmemory", Kind::memory_percent_or_auto, "0",
                "Memory to use; above it, maxmemory-policy decides what happens. As a size, in "
                "percent of what the process may have (its control group's limit, or the "
                "machine's memory), or auto: 75 % of that. 0: no limit.")
        .into<&Settings::maxmemory>(),
    mem.choice(
           "maxmemory-policy", "noeviction", kPolicyChoices,
           "What goes when maxmemory is reached: keys with a deadline (volatile-*) or all "
           "(allkeys-*), those least recently (lru) or least often (lfu) used, nearest to their "
           "deadline (ttl), any (random), least recently changed (lrm), or those of which the "
           "fewest hits are to be expected for their memory (adaptive: see docs/eviction.md). With "
           "noeviction, commands that need memory are refused instead.")
        .into<&Settings::maxmemory_policy>()
        .ship("allkeys-adaptive"),
    mem.special(
           "quota", Kind::quotas, "",
           "A part of the keyspace with statistics and, as it says, limits of its own: a name, "
           "then any of `database <number>`, `prefix <text>`, `maxmemory <size>`, "
           "`maxmemory-policy <policy>` and `value-compression <lz4 or no>`. Keys belong to the "
           "part with the longest prefix. Several lines make several parts, up to 64; see "
           "docs/operations.md.")
        .into<&Settings::quota>(),
    mem.choice("value-compression", "no", kCompressionChoices,
               "Whether strings are kept compressed in memory, where that saves an eighth or more. "
               "Values under keys that begin alike share a dictionary, learned from them. A quota "
               "may say otherwise for its keys.")
        .into<&Settings::value_compression>(),
    mem.memory("value-compression-min-bytes", "256", 64, kLongMax,
               "Shorter strings are not compressed.")
        .into<&Settings::value_compression_min_bytes>(),
    mem.integer("maxmemory-samples", "5", 1, 64,
                "How many keys are compared to find one to evict, in lines of the table with up to "
                "seven keys each: more is closer to the policy and takes longer.")
        .into<&Settings::maxmemory_samples>(),
    mem.integer("maxmemory-eviction-tenacity", "10", 0, 100,
                "How long one turn may go on evicting: 0 least, 10 up to 0.4 ms, 100 until there "
                "is room.")
        .into<&Settings::maxmemory_eviction_tenacity>(),
    mem.integer("lfu-log-factor", "10", 0, kIntMax, "How slowly the count of uses grows.")
        .into<&Settings::lfu_log_factor>(),
    mem.integer("lfu-decay-time", "1", 0, kIntMax,
                "Minutes without use after which the frequency that OBJECT FREQ shows goes down "
                "by one; 0: never.")
        .into<&Settings::lfu_decay_time>(),
    mem.yes_no("lazyfree-lazy-eviction", "yes", "Free evicted values bit by bit, not at once.")
        .into<&Settings::lazyfree_lazy_eviction>(),
    mem.yes_no("lazyfree-lazy-expire", "yes", "The same for expired ones.")
        .into<&Settings::lazyfree_lazy_expire>(),
    mem.yes_no("lazyfree-lazy-server-del", "yes", "The same for values that a command replaces.")
        .into<&Settings::lazyfree_lazy_server_del>(),
    mem.yes_no("lazyfree-lazy-user-del", "yes", "The same for DEL, as if it were UNLINK.")
        .into<&Settings::lazyfree_lazy_user_del>(),
    mem.yes_no("lazyfree-lazy-user-flush", "yes",
               "The same for FLUSHDB and FLUSHALL that say neither SYNC nor ASYNC.")
        .into<&Settings::lazyfree_lazy_user_flush>(),
    mem.yes_no("jemalloc-bg-thread", "yes",
               "Give unused memory back to the system in a thread of the allocator's, not between "
               "requests.")
        .into<&Settings::jemalloc_bg_thread>(),
    mem.yes_no("activedefrag", "yes",
               "Move values together while the server is running, so that it holds little more "
               "memory than it uses. With no, nothing is moved, at maxmemory either.")
        .into<&Settings::activedefrag>(),
    mem.memory("active-defrag-ignore-bytes", "100mb", 1, kLongMax,
               "Waste below which no more is done than entries cost that are moved anyway.")
        .into<&Settings::active_defrag_ignore_bytes>(),
    mem.integer("active-defrag-threshold-lower", "10", 0, 1000,
                "Percentage of waste at which that starts.")
        .into<&Settings::active_defrag_threshold_lower>(),
    mem.integer("active-defrag-threshold-upper", "100", 0, 1000,
                "Percentage of waste at which it works hardest.")
        .into<&Settings::active_defrag_threshold_upper>(),
    mem.integer("active-defrag-cycle-min", "1", 1, 99, "Least share of a core for it, in percent.")
        .into<&Settings::active_defrag_cycle_min>(),
    mem.integer("active-defrag-cycle-max", "25", 1, 99,
                "Greatest share of a core for it, in percent.")
        .into<&Settings::active_defrag_cycle_max>(),
    mem.integer("active-defrag-cycle-us", "500", 0, 100'000, "Microseconds of one turn's moving.")
        .into<&Settings::active_defrag_cycle_us>(),
    mem.integer("active-defrag-max-scan-fields", "1000", 1, kLongMax,
                "Elements above which a value is moved in parts: every value is.")
        .settled(),
};

constexpr In exp(Section::expiry);
constexpr Definition kExpiry[] = {
    exp.integer("default-ttl", "0", 0, kTtlSecondsMax,
                "Seconds that a key lives which was written without a time to live; 0: for ever.")
        .into<&Settings::default_ttl>(),
    exp.integer(
           "max-ttl", "0", 0, kTtlSecondsMax,
           "Seconds that any key may live: longer times to live are cut down to it; 0: no bound.")
        .into<&Settings::max_ttl>(),
    exp.integer(
           "ttl-jitter-percent", "0", 0, 100,
           "Shortens each time to live by a random share of up to this many percent, so that keys "
           "written together do not expire together.")
        .into<&Settings::ttl_jitter_percent>(),
    exp.integer("active-expire-effort", "1", 1, 10,
                "How eagerly expired keys are looked for that nobody asks for: 10 finds them "
                "soonest and takes the most time.")
        .into<&Settings::active_expire_effort>(),
    exp.integer("hz", "10", 0, kIntMax,
                "How often a second the server does its housekeeping, 1 to 500; values outside are "
                "moved to the nearest.")
        .into<&Settings::hz>()
        .clamped(1, 500),
    exp.yes_no("dynamic-hz", "yes", "Housekeeping does more by itself when there is more to do.")
        .into<&Settings::dynamic_hz>()
        .settled(),
};

constexpr In pck(Section::packed_forms);
constexpr Definition kPackedForms[] = {
    pck.integer("hash-max-listpack-entries", "512", 0, kLongMax,
                "Fields up to which a hash stays packed.")
        .into<&Settings::hash_max_listpack_entries>()
        .alias("hash-max-ziplist-entries"),
    pck.memory("hash-max-listpack-value", "64", 0, kLongMax,
               "Longest field or value of a packed hash.")
        .into<&Settings::hash_max_listpack_value>()
        .alias("hash-max-ziplist-value"),
    pck.integer("list-max-listpack-size", "-2", INT_MIN, kIntMax,
                "Items up to which OBJECT ENCODING calls a list a listpack; -1 to -5: up to 4, 8, "
                "16, 32 or 64 KB. How lists are kept does not depend on it.")
        .into<&Settings::list_max_listpack_size>()
        .alias("list-max-ziplist-size"),
    pck.integer("list-compress-depth", "0", 0, kIntMax,
                "Chunks of about 4 KB at each end of a large list that are never compressed; 0: "
                "none is compressed. A list keeps what was set when it grew large.")
        .into<&Settings::list_compress_depth>(),
    pck.integer("set-max-intset-entries", "512", 0, kLongMax,
                "Members up to which a set of integers stays packed.")
        .into<&Settings::set_max_intset_entries>(),
    pck.integer("set-max-listpack-entries", "128", 0, kLongMax,
                "Members up to which any other set stays packed.")
        .into<&Settings::set_max_listpack_entries>(),
    pck.memory("set-max-listpack-value", "64", 0, kLongMax, "Longest member of a packed set.")
        .into<&Settings::set_max_listpack_value>(),
    pck.integer("zset-max-listpack-entries", "128", 0, kLongMax,
                "Members up to which a sorted set stays packed.")
        .into<&Settings::zset_max_listpack_entries>()
        .alias("zset-max-ziplist-entries"),
    pck.memory("zset-max-listpack-value", "64", 0, kLongMax,
               "Longest member of a packed sorted set.")
        .into<&Settings::zset_max_listpack_value>()
        .alias("zset-max-ziplist-value"),
    pck.memory("stream-node-max-bytes", "4096", 0, kLongMax, "Size of a stream's node; 0: any.")
        .into<&Settings::stream_node_max_bytes>(),
    pck.integer("stream-node-max-entries", "100", 0, kLongMax,
                "Entries in a stream's node; 0: any number.")
        .into<&Settings::stream_node_max_entries>(),
    pck.memory("hll-sparse-max-bytes", "3000", 0, kLongMax,
               "Size up to which a HyperLogLog keeps its sparse form.")
        .into<&Settings::hll_sparse_max_bytes>(),
};

constexpr In obs(Section::observation);
constexpr Definition kObservation[] = {
    obs.integer("slowlog-log-slower-than", "10000", -1, kLongMax,
                "Microseconds above which a command enters the slow log; 0: all, -1: none.")
        .into<&Settings::slowlog_log_slower_than>()
        .alias("commandlog-execution-slower-than"),
    obs.integer("slowlog-max-len", "128", 0, kLongMax, "Entries that the slow log keeps.")
        .into<&Settings::slowlog_max_len>()
        .alias("commandlog-slow-execution-max-len"),
    obs.integer("slowlog-entry-max-argc", "32", 2, kIntMax,
                "Arguments that an entry of these logs keeps, with the note of how many more there "
                "were.")
        .into<&Settings::slowlog_entry_max_argc>(),
    obs.integer("slowlog-entry-max-string-len", "128", 1, kIntMax,
                "Bytes of an argument that such an entry keeps.")
        .into<&Settings::slowlog_entry_max_string_len>(),
    obs.integer("commandlog-request-larger-than", "1048576", -1, kLongMax,
                "Bytes above which a request enters the log of large requests; -1: none.")
        .into<&Settings::commandlog_request_larger_than>(),
    obs.integer("commandlog-large-request-max-len", "128", 0, kLongMax,
                "Entries that the log of large requests keeps.")
        .into<&Settings::commandlog_large_request_max_len>(),
    obs.integer("commandlog-reply-larger-than", "1048576", -1, kLongMax,
                "Bytes above which a reply enters the log of large replies; -1: none.")
        .into<&Settings::commandlog_reply_larger_than>(),
    obs.integer("commandlog-large-reply-max-len", "128", 0, kLongMax,
                "Entries that the log of large replies keeps.")
        .into<&Settings::commandlog_large_reply_max_len>(),
    obs.yes_no("latency-tracking", "yes", "Keep a histogram of each command's latency.")
        .into<&Settings::latency_tracking>(),
    obs.special("latency-tracking-info-percentiles", Kind::percentiles, "50 99 99.9",
                "Percentiles that INFO latencystats shows.")
        .into<&Settings::latency_tracking_info_percentiles>(),
    obs.integer("latency-monitor-threshold", "0", 0, kLongMax,
                "Milliseconds above which an event is kept for LATENCY; 0: none.")
        .into<&Settings::latency_monitor_threshold>(),
    obs.special("notify-keyspace-events", Kind::keyspace_events, "",
                "Events of keys that are published, as letters: K and E for keyspace and keyevent "
                "channels, g $ l s h z x e t d m n for their classes, A for all but m and n.")
        .into<&Settings::notify_keyspace_events>(),
    obs.integer("tracking-table-max-keys", "1000000", 0, kLongMax,
                "Keys that are remembered for clients which cache on their side; 0: no bound.")
        .into<&Settings::tracking_table_max_keys>(),
};

}  // namespace

std::span<const Definition> memory() { return kMemory; }
std::span<const Definition> expiry() { return kExpiry; }
std::span<const Definition> packed_forms() { return kPackedForms; }
std::span<const Definition> observation() { return kObservation; }

}  // namespace larder::settings::rows
