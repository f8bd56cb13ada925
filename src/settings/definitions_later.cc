// Directives of Redis 7.4 and Valkey 8.1 that no module of Larder reads yet, or that Larder has no
// use for. They keep configuration files, clients and test suites working; a row moves to its
// subject when the feature arrives.
#include "settings/rows.h"

namespace larder::settings::rows {
namespace {

constexpr In rep(Section::replication);
constexpr Choice kDisklessLoad[] = {
    {"disabled", 0}, {"on-empty-db", 1}, {"swapdb", 2}, {"flush-before-load", 3}};
constexpr Choice kPropagationErrors[] = {{"ignore", 0}, {"panic", 1}, {"panic-on-replicas", 2}};
constexpr Definition kReplication[] = {
    rep.special("replicaof", Kind::primary_address, "", "The primary to copy: host and port.")
        .alias("slaveof")
        .at_start()
        .later(),
    rep.text("primaryauth", "", "Password for the primary.").alias("masterauth").secret().later(),
    rep.text("primaryuser", "", "User for the primary.").alias("masteruser").secret().later(),
    rep.yes_no("replica-serve-stale-data", "yes", "Answer from old data while the primary is away.")
        .alias("slave-serve-stale-data")
        .later(),
    rep.yes_no("replica-read-only", "yes", "Refuse writes on a replica.")
        .alias("slave-read-only")
        .later(),
    rep.yes_no("replica-lazy-flush", "yes", "Free a replica's old data in the background.")
        .alias("slave-lazy-flush")
        .later(),
    rep.yes_no("replica-ignore-maxmemory", "yes", "Leave eviction to the primary.")
        .alias("slave-ignore-maxmemory")
        .later(),
    rep.yes_no("replica-ignore-disk-write-errors", "no", "Go on although the disk fails.").later(),
    rep.yes_no("replica-announced", "yes", "Show this replica to sentinels.").later(),
    rep.text("replica-announce-ip", "", "Address under which others reach it.")
        .alias("slave-announce-ip")
        .later(),
    rep.integer("replica-announce-port", "0", 0, 65535, "Port under which others reach it.")
        .alias("slave-announce-port")
        .later(),
    rep.integer("replica-priority", "100", 0, kIntMax, "Rank for a failover; 0: never.")
        .alias("slave-priority")
        .later(),
    rep.text("bind-source-addr", "", "Address from which connections are opened.").later(),
    rep.yes_no("repl-diskless-sync", "yes", "Send snapshots without writing them to disk.").later(),
    rep.integer("repl-diskless-sync-delay", "5", 0, kIntMax, "Seconds to wait for more replicas.")
        .later(),
    rep.integer("repl-diskless-sync-max-replicas", "0", 0, kIntMax, "Replicas that end the wait.")
        .later(),
    rep.choice("repl-diskless-load", "disabled", kDisklessLoad, "Load a snapshot from the socket.")
        .not_loading()
        .later(),
    rep.integer("repl-ping-replica-period", "10", 1, kIntMax, "Seconds between pings to replicas.")
        .alias("repl-ping-slave-period")
        .later(),
    rep.integer("repl-timeout", "60", 1, kIntMax, "Seconds after which a silent peer is given up.")
        .later(),
    rep.yes_no("repl-disable-tcp-nodelay", "no", "Send fewer, later packets to replicas.").later(),
    rep.memory("repl-backlog-size", "10mb", 1, kLongMax,
               "History kept for replicas that come back.")
        .later(),
    rep.integer("repl-backlog-ttl", "3600", 0, kLongMax, "Seconds to keep it without replicas.")
        .later(),
    rep.integer("min-replicas-to-write", "0", 0, kIntMax,
                "Replicas below which writes are refused.")
        .alias("min-slaves-to-write")
        .later(),
    rep.integer("min-replicas-max-lag", "10", 0, kIntMax, "Seconds of lag up to which one counts.")
        .alias("min-slaves-max-lag")
        .later(),
    rep.yes_no("dual-channel-replication-enabled", "no", "Send snapshot and changes side by side.")
        .later(),
    rep.choice("propagation-error-behavior", "ignore", kPropagationErrors,
               "What a replica does with a command that fails on it.")
        .later(),
};

constexpr In clu(Section::cluster);
constexpr Choice kEndpoints[] = {{"ip", 0}, {"hostname", 1}, {"unknown-endpoint", 2}};
constexpr Definition kCluster[] = {
    clu.yes_no("cluster-enabled", "no", "Be a node of a cluster.").at_start().later(),
    clu.text("cluster-config-file", "nodes.conf", "File for the node's view of the cluster.")
        .checked(special::check_cluster_file)
        .at_start()
        .later(),
    clu.integer("cluster-node-timeout", "15000", 0, kLongMax,
                "Milliseconds until a node counts as down.")
        .later(),
    clu.integer("cluster-port", "0", 0, 65535, "Port of the bus; 0: port + 10000.")
        .at_start()
        .later(),
    clu.integer("cluster-replica-validity-factor", "10", 0, kIntMax,
                "How old a replica may be to fail over.")
        .alias("cluster-slave-validity-factor")
        .later(),
    clu.yes_no("cluster-replica-no-failover", "no", "Never fail over by itself.")
        .alias("cluster-slave-no-failover")
        .later(),
    clu.integer("cluster-migration-barrier", "1", 0, kIntMax, "Replicas a primary keeps.").later(),
    clu.yes_no("cluster-allow-replica-migration", "yes", "Replicas may move to other primaries.")
        .later(),
    clu.yes_no("cluster-require-full-coverage", "yes", "Stop where slots are not served.").later(),
    clu.yes_no("cluster-allow-reads-when-down", "no", "Answer reads while the cluster is down.")
        .later(),
    clu.yes_no("cluster-allow-pubsubshard-when-down", "yes", "The same for sharded channels.")
        .later(),
    clu.memory("cluster-link-sendbuf-limit", "0", 0, kLongMax, "Bound of a link's buffer; 0: none.")
        .later(),
    clu.text("cluster-announce-ip", "", "Address under which others reach the node.").later(),
    clu.integer("cluster-announce-port", "0", 0, 65535, "Port under which they do.").later(),
    clu.integer("cluster-announce-tls-port", "0", 0, 65535, "The same with TLS.").later(),
    clu.integer("cluster-announce-bus-port", "0", 0, 65535, "The same of the bus.").later(),
    clu.text("cluster-announce-client-ipv4", "", "IPv4 address shown to clients.")
        .checked(special::check_ipv4)
        .later(),
    clu.text("cluster-announce-client-ipv6", "", "IPv6 address shown to clients.")
        .checked(special::check_ipv6)
        .later(),
    clu.text("cluster-announce-hostname", "", "Host name of the node.")
        .checked(special::check_host_name)
        .later(),
    clu.text("cluster-announce-human-nodename", "", "Name of the node in logs.")
        .checked(special::check_node_name)
        .later(),
    clu.choice("cluster-preferred-endpoint-type", "ip", kEndpoints, "What redirections name.")
        .later(),
    clu.integer("cluster-blacklist-ttl", "60", 0, kLongMax,
                "Seconds that a forgotten node stays out.")
        .later(),
    clu.yes_no("cluster-slot-stats-enabled", "no", "Count traffic and CPU time of each slot.")
        .later(),
    clu.integer("cluster-manual-failover-timeout", "5000", 1, kIntMax,
                "Milliseconds that a failover by hand may take.")
        .later(),
};

constexpr In tl(Section::tls);
constexpr Choice kAuthClients[] = {{"no", 0}, {"yes", 1}, {"optional", 2}};
constexpr Definition kTls[] = {
    tl.integer("tls-port", "0", 0, 65535, "TCP port for TLS; 0: none.").later(),
    tl.text("tls-cert-file", "", "The server's certificate.").later(),
    tl.text("tls-key-file", "", "Its private key.").later(),
    tl.text("tls-key-file-pass", "", "The key's pass phrase.").secret().later(),
    tl.text("tls-client-cert-file", "", "Certificate for connections that the server opens.")
        .later(),
    tl.text("tls-client-key-file", "", "Its private key.").later(),
    tl.text("tls-client-key-file-pass", "", "The key's pass phrase.").secret().later(),
    tl.text("tls-ca-cert-file", "", "Certificates that are trusted.").later(),
    tl.text("tls-ca-cert-dir", "", "Directory of certificates that are trusted.").later(),
    tl.text("tls-dh-params-file", "", "Parameters of the key exchange.").later(),
    tl.choice("tls-auth-clients", "yes", kAuthClients, "Whether clients show a certificate.")
        .later(),
    tl.yes_no("tls-replication", "no", "Use TLS to the primary.").later(),
    tl.yes_no("tls-cluster", "no", "Use TLS on the cluster's bus.").later(),
    tl.text("tls-protocols", "", "Versions that are offered.").later(),
    tl.text("tls-ciphers", "", "Ciphers up to TLS 1.2.").later(),
    tl.text("tls-ciphersuites", "", "Ciphers of TLS 1.3.").later(),
    tl.yes_no("tls-prefer-server-ciphers", "no", "The server's order of ciphers decides.").later(),
    tl.yes_no("tls-session-caching", "yes", "Resume sessions.").later(),
    tl.integer("tls-session-cache-size", "20480", 0, kIntMax, "Sessions that are kept.").later(),
    tl.integer("tls-session-cache-timeout", "300", 0, kIntMax, "Seconds that they are.").later(),
    tl.integer("max-new-tls-connections-per-cycle", "1", 1, 1000, "Handshakes begun in one turn.")
        .later(),
};

constexpr In scr(Section::scripting);
constexpr Definition kScripting[] = {
    scr.integer("busy-reply-threshold", "5000", 0, kLongMax,
                "Milliseconds after which others are told that a script is running.")
        .alias("lua-time-limit")
        .into<&Settings::busy_reply_threshold>(),
};

constexpr In com(Section::compatibility);
constexpr Definition kCompatibility[] = {
    com.integer("io-threads", "1", 1, 128, "Threads that read requests and write replies.")
        .at_start()
        .later(),
    com.yes_no("io-threads-do-reads", "no", "Threads read, too: they always will.").settled(),
    com.integer("events-per-io-thread", "2", 0, kIntMax, "Events a thread takes at once.")
        .settled(),
    com.integer("prefetch-batch-max-size", "16", 0, 128,
                "Commands whose keys are fetched ahead together: Larder does so for all that have "
                "arrived.")
        .settled(),
    com.yes_no("activerehashing", "yes", "Tables always grow bit by bit.")
        .into<&Settings::activerehashing>()
        .settled(),
    com.yes_no("always-show-logo", "no", "There is no picture to show in the log.")
        .into<&Settings::always_show_logo>()
        .at_start()
        .settled(),
    com.yes_no("crash-memcheck-enabled", "yes", "A crash report does not test the memory.")
        .settled(),
    com.yes_no("extended-redis-compatibility", "no",
               "Larder always names the version of Redis it follows.")
        .settled(),
    com.text("rdma-bind", "", "There is no RDMA transport.").unlisted().settled(),
    com.integer("rdma-port", "0", 0, 65535, "There is no RDMA transport.").unlisted().settled(),
    com.integer("rdma-rx-size", "1048576", 65536, 16777216, "There is no RDMA transport.")
        .unlisted()
        .settled(),
    com.integer("rdma-completion-vector", "-1", -1, 1024, "There is no RDMA transport.")
        .unlisted()
        .settled(),
    com.integer("list-max-ziplist-entries", "0", INT_MIN, kIntMax, "Obsolete since Redis 3.2.")
        .unlisted()
        .settled(),
    com.integer("list-max-ziplist-value", "0", INT_MIN, kIntMax, "Obsolete since Redis 3.2.")
        .unlisted()
        .settled(),
    com.yes_no("lua-replicate-commands", "yes", "Obsolete since Redis 7.0.").unlisted().settled(),
};

constexpr In dbg(Section::debugging);
constexpr Definition kDebugging[] = {
    dbg.integer("key-load-delay", "0", INT_MIN, kIntMax,
                "Microseconds to wait for each key that is loaded.")
        .into<&Settings::key_load_delay>()
        .unlisted(),
    dbg.integer("rdb-key-save-delay", "0", INT_MIN, kIntMax, "The same for each key that is saved.")
        .into<&Settings::rdb_key_save_delay>()
        .unlisted(),
    dbg.integer("loading-process-events-interval-bytes", "2097152", 1024, kIntMax,
                "Bytes loaded between two looks at clients.")
        .into<&Settings::loading_process_events_interval_bytes>()
        .unlisted(),
    dbg.integer("watchdog-period", "0", 0, kIntMax,
                "Milliseconds of a stall after which the log says where the server is; at least "
                "two rounds of hz; 0: never.")
        .into<&Settings::watchdog_period>()
        .unlisted(),
    dbg.yes_no("use-exit-on-panic", "no", "Exit rather than abort where a check fails.")
        .into<&Settings::use_exit_on_panic>()
        .unlisted(),
    dbg.yes_no("enable-debug-assert", "no", "Larder's checks are always on.")
        .at_start()
        .unlisted()
        .settled(),
    dbg.yes_no("aof-disable-auto-gc", "no", "Keep append-only files that rewrites made obsolete.")
        .into<&Settings::aof_disable_auto_gc>()
        .unlisted(),
    dbg.integer("cluster-ping-interval", "0", 0, kLongMax, "Milliseconds between pings on the bus.")
        .unlisted()
        .later(),
    dbg.text("debug-context", "", "Text that a crash report shows.")
        .into<&Settings::debug_context>()
        .unlisted(),
};

}  // namespace

std::span<const Definition> replication() { return kReplication; }
std::span<const Definition> cluster() { return kCluster; }
std::span<const Definition> tls() { return kTls; }
std::span<const Definition> scripting() { return kScripting; }
std::span<const Definition> compatibility() { return kCompatibility; }
std::span<const Definition> debugging() { return kDebugging; }

}  // namespace larder::settings::rows
