// Settings of the server itself: how it is reached, by whom, and how it runs and logs.
#include "settings/rows.h"

namespace larder::settings::rows {
namespace {

constexpr In net(Section::network);
constexpr Definition kNetwork[] = {
    net.special("bind", Kind::addresses, "* -::*",
                "Addresses to listen on; `*` and `::*` are all of IPv4 and IPv6. With a `-` before "
                "it, an address that does not exist on this host is passed over.")
        .into<&Settings::bind>()
        .ship("127.0.0.1 -::1"),
    net.integer("port", "6379", 0, 65535, "TCP port; 0 listens on no TCP port.")
        .into<&Settings::port>(),
    net.text("unixsocket", "",
             "Path of a Unix socket to listen on: the quickest way for applications on the same "
             "host. A leading `@` names a socket in the abstract name space; empty for none.")
        .into<&Settings::unixsocket>()
        .at_start(),
    net.octal("unixsocketperm", "0", 0, 0777,
              "Permissions of the Unix socket; 0 leaves them to the umask.")
        .into<&Settings::unixsocketperm>()
        .at_start(),
    net.text("unixsocketgroup", "", "Group that owns the Unix socket.")
        .into<&Settings::unixsocketgroup>()
        .at_start(),
    net.integer(
           "tcp-backlog", "511", 0, kIntMax,
           "Connections that may wait to be accepted. The kernel's net.core.somaxconn caps it.")
        .into<&Settings::tcp_backlog>()
        .at_start(),
    net.integer(
           "tcp-keepalive", "300", 0, kIntMax,
           "Seconds after which a silent TCP connection is probed, so that dead peers are noticed; "
           "0: never.")
        .into<&Settings::tcp_keepalive>(),
    net.integer("timeout", "0", 0, kIntMax,
                "Seconds after which a connection without requests is closed; 0: never.")
        .into<&Settings::timeout>(),
    net.integer("max-new-connections-per-cycle", "10", 1, 1000,
                "Connections accepted in one turn of the event loop, so that a storm of new "
                "clients does not hold up those that are connected.")
        .into<&Settings::max_new_connections_per_cycle>(),
    net.integer(
           "socket-mark-id", "0", 0, kUnsignedMax,
           "Mark on TCP connections, for the system's packet filter; 0: none. Needs CAP_NET_ADMIN.")
        .into<&Settings::socket_mark_id>()
        .at_start(),
};

constexpr In cli(Section::clients);
constexpr Definition kClients[] = {
    cli.integer("maxclients", "10000", 1, kUnsignedMax,
                "Clients connected at the same time. Further ones are told so and closed. Lowered "
                "at start where the limit of open files is below it.")
        .into<&Settings::maxclients>(),
    cli.memory("client-query-buffer-limit", "1gb", 1 << 20, kLongMax,
               "Bytes of unread requests after which a client is closed.")
        .into<&Settings::client_query_buffer_limit>(),
    cli.memory("proto-max-bulk-len", "512mb", 1 << 20, kLongMax,
               "The longest single argument, and the longest string a key may hold.")
        .into<&Settings::proto_max_bulk_len>(),
    cli.special(
           "client-output-buffer-limit", Kind::output_buffer_limits,
           "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60",
           "Replies a client may leave unread. By class (normal, replica, pubsub): the size at "
           "which it is closed at once, the size at which it is closed after so many seconds, and "
           "the seconds. 0: no limit. A line of its own for each class.")
        .into<&Settings::client_output_buffer_limit>(),
    cli.special(
           "maxmemory-clients", Kind::memory_or_percent, "0",
           "Memory for the buffers of all clients together, as a size or in percent of maxmemory. "
           "Above it the clients with the largest buffers are closed; 0: no limit.")
        .into<&Settings::maxmemory_clients>(),
};

constexpr Choice kChannels[] = {{"allchannels", 1}, {"resetchannels", 0}};

constexpr In acc(Section::access);
constexpr Definition kAccess[] = {
    acc.yes_no("protected-mode", "yes",
               "While there is no password, answer only to clients on the same host.")
        .into<&Settings::protected_mode>(),
    acc.text("requirepass", "",
             "Password that clients give with AUTH before anything else; empty: none.")
        .into<&Settings::requirepass>()
        .secret(),
    acc.choice("enable-protected-configs", "no", kAllowChoices,
               "Who may change settings that could be misused to write files: nobody, everybody "
               "(yes), or clients on the same host (local).")
        .into<&Settings::enable_protected_configs>()
        .at_start(),
    acc.choice("enable-debug-command", "no", kAllowChoices, "Who may use DEBUG; values as above.")
        .into<&Settings::enable_debug_command>()
        .at_start(),
    acc.choice("enable-module-command", "no", kAllowChoices,
               "Who may use MODULE. Larder loads no modules, so there is nothing to allow.")
        .at_start()
        .settled(),
    acc.text("aclfile", "", "File with the users and what each may do.").at_start().later(),
    acc.integer("acllog-max-len", "128", 0, kLongMax, "Entries kept of what ACL rules refused.")
        .later(),
    acc.choice("acl-pubsub-default", "resetchannels", kChannels,
               "Channels that a new user may use: all or none.")
        .later(),
};

constexpr Choice kSupervised[] = {{"upstart", 1}, {"systemd", 2}, {"auto", 3}, {"no", 0}};
constexpr Choice kShutdown[] = {
    {"default", 0}, {"save", 1}, {"nosave", 2}, {"now", 4}, {"force", 8}};
constexpr Choice kOomScore[] = {{"no", 0}, {"yes", 1}, {"relative", 1}, {"absolute", 2}};

constexpr In pro(Section::process);
constexpr Definition kProcess[] = {
    pro.yes_no("daemonize", "no", "Go to the background after the start.")
        .into<&Settings::daemonize>()
        .at_start(),
    pro.choice(
           "supervised", "no", kSupervised,
           "The supervisor to tell when the server is ready; auto finds out by the environment.")
        .into<&Settings::supervised>()
        .at_start(),
    pro.text("pidfile", "", "File for the process id; removed when the server stops.")
        .into<&Settings::pidfile>()
        .at_start(),
    pro.special("dir", Kind::directory, "./",
                "Working directory: where relative paths start, and data files are written.")
        .into<&Settings::dir>()
        .guarded()
        .not_loading(),
    pro.integer("shutdown-timeout", "10", 0, kIntMax,
                "Seconds that a graceful stop waits for replicas to catch up.")
        .into<&Settings::shutdown_timeout>()
        .later(),
    pro.choices("shutdown-on-sigint", "default", kShutdown, "How SIGINT stops the server.")
        .into<&Settings::shutdown_on_sigint>()
        .checked(special::check_shutdown_options),
    pro.choices("shutdown-on-sigterm", "default", kShutdown, "How SIGTERM stops the server.")
        .into<&Settings::shutdown_on_sigterm>()
        .checked(special::check_shutdown_options),
    pro.yes_no("set-proc-title", "yes",
               "Show the listening address and mode in the process's title.")
        .into<&Settings::set_proc_title>()
        .at_start(),
    pro.text("proc-title-template", "{title} {listen-addr} {server-mode}",
             "The title's form; also known: {port} {tls-port} {unixsocket} {config-file}.")
        .into<&Settings::proc_title_template>()
        .checked(special::check_title_template),
    pro.choice(
           "oom-score-adj", "no", kOomScore,
           "Whether oom-score-adj-values count, so that the kernel rather ends forked children "
           "than the server when memory is short: added to the score that the process has (yes, "
           "relative), or as they are (absolute).")
        .into<&Settings::oom_score_adj>(),
    pro.special("oom-score-adj-values", Kind::oom_scores, "0 200 800",
                "Scores of the primary, replicas and forked children. Only a privileged process "
                "can have a lower one than it began with.")
        .into<&Settings::oom_score_adj_values>(),
    pro.yes_no("disable-thp", "yes",
               "Keep transparent huge pages out of this process: a forked child makes each write "
               "copy one.")
        .into<&Settings::disable_thp>()
        .at_start(),
    pro.text("server-cpulist", "",
             "Cores that the server's threads run on, such as 0-7:2,9; empty: all.")
        .alias("server_cpulist")
        .into<&Settings::server_cpulist>()
        .checked(special::check_cores)
        .at_start(),
    pro.text("bio-cpulist", "", "Cores for threads that work in the background.")
        .alias("bio_cpulist")
        .into<&Settings::bio_cpulist>()
        .checked(special::check_cores)
        .at_start(),
    pro.text("ignore-warnings", "", "Names of warnings that are not to stop the start.").settled(),
    pro.text("locale-collate", "",
             "Locale by which SORT ALPHA and scripts compare texts; empty: the environment's.")
        .into<&Settings::locale_collate>()
        .checked(special::check_locale),
    pro.text("availability-zone", "", "Name of this host's zone, shown in INFO and HELLO.")
        .into<&Settings::availability_zone>(),
};

constexpr Choice kLevels[] = {
    {"debug", 0}, {"verbose", 1}, {"notice", 2}, {"warning", 3}, {"nothing", 4}};
constexpr Choice kFormats[] = {{"legacy", 0}, {"logfmt", 1}, {"json", 2}};
constexpr Choice kTimestamps[] = {{"legacy", 0}, {"iso8601", 1}, {"milliseconds", 2}};
constexpr Choice kFacilities[] = {{"user", 1 << 3},    {"local0", 16 << 3}, {"local1", 17 << 3},
                                  {"local2", 18 << 3}, {"local3", 19 << 3}, {"local4", 20 << 3},
                                  {"local5", 21 << 3}, {"local6", 22 << 3}, {"local7", 23 << 3}};

constexpr In lg(Section::log);
constexpr Definition kLog[] = {
    lg.choice("loglevel", "notice", kLevels, "The least level that is logged.")
        .into<&Settings::loglevel>(),
    lg.text("logfile", "",
            "File to log to; empty: standard output. It is opened anew for each line, so it may be "
            "moved away at any time.")
        .into<&Settings::logfile>()
        .guarded(),
    lg.choice("log-format", "legacy", kFormats,
              "Form of the lines: legacy as Redis writes them, or logfmt or json for collectors.")
        .into<&Settings::log_format>(),
    lg.choice("log-timestamp-format", "legacy", kTimestamps,
              "Form of the time in each line: as Redis writes it, ISO 8601, or milliseconds since "
              "1970.")
        .into<&Settings::log_timestamp_format>(),
    lg.yes_no("syslog-enabled", "no", "Send the lines to the system's log, too.")
        .into<&Settings::syslog_enabled>()
        .at_start(),
    lg.text("syslog-ident", "larder", "Name under which the system's log shows them.")
        .into<&Settings::syslog_ident>()
        .at_start(),
    lg.choice("syslog-facility", "local0", kFacilities, "Facility of the system's log.")
        .into<&Settings::syslog_facility>()
        .at_start(),
    lg.yes_no("hide-user-data-from-log", "yes",
              "Keep keys and values out of log lines and crash reports.")
        .into<&Settings::hide_user_data_from_log>(),
    lg.yes_no("crash-log-enabled", "yes", "Log a report where the server crashes.")
        .into<&Settings::crash_log_enabled>(),
};

}  // namespace

std::span<const Definition> network() { return kNetwork; }
std::span<const Definition> clients() { return kClients; }
std::span<const Definition> access() { return kAccess; }
std::span<const Definition> process() { return kProcess; }
std::span<const Definition> log() { return kLog; }

}  // namespace larder::settings::rows
