// Loading an append-only log: its base, then the commands of its increments, run one after the
// other as if by a client of their own.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/byte_buffer.h"
#include "base/log.h"
#include "persist/append_reader.h"
#include "persist/file_source.h"
#include "persist/snapshot_format.h"
#include "resp/writer.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/dispatcher.h"
#include "server/key_delay.h"
#include "server/loading.h"
#include "server/server.h"

namespace larder::server {
namespace {

// Nothing expires meanwhile, and nothing is journaled again.
class Timeless {
 public:
  explicit Timeless(Server& server) : server_(server), was_journaled_(server.is_journaled()) {
    server_.listen_to_journal(false);
    server_.keyspace().set_timeless(true, base::unix_ms());
  }
  ~Timeless() {
    server_.keyspace().set_timeless(false, base::unix_ms());
    server_.listen_to_journal(was_journaled_);
  }
  Timeless(const Timeless&) = delete;
  Timeless& operator=(const Timeless&) = delete;

 private:
  Server& server_;
  bool was_journaled_;
};

Client author_of_log() {
  Client client;
  client.authenticated = true;
  client.no_touch = true;
  return client;
}

}  // namespace

struct Loading::LogFile {
  const std::string& path;
  std::uint64_t bytes;
  bool is_last;  // that has any
};

// The client that a log's commands are of.
class Loading::Replay {
 public:
  explicit Replay(Server& server)
      : server_(server),
        connection_(server, base::UniqueFd(), author_of_log()),
        reply_(replies_, resp::Protocol::resp2),
        call_(server, connection_, reply_) {
    call_.may_wait = false;
    call_.is_replay = true;
  }

  // False where there is no such command.
  bool run(command::Args words) {
    const auto* const command = server_.commands().resolve(words);
    const bool is_known = command != nullptr && command->spec->handler != nullptr &&
                          command::arity_fits(*command->spec, words.size());
    if (!is_known) return false;
    server_.dispatcher().replay(call_, words, *command);
    replies_.clear();
    return true;
  }

 private:
  Server& server_;
  Connection connection_;
  base::ByteBuffer replies_;
  resp::Writer reply_;
  Call call_;
};

base::Result<void> Loading::load_log(const std::vector<std::string>& paths, bool hears_clients) {
  std::vector<LogFile> files;
  std::uint64_t total_bytes = 0;
  for (const auto& path : paths) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
      return base::failure(
          fmt::format("The append log file {} doesn't exist: {}", path, std::strerror(errno)));
    }
    const auto bytes = static_cast<std::uint64_t>(found.st_size);
    files.push_back({path, bytes, false});
    total_bytes += bytes;
  }
  // The next increment is there, and empty, before the last bytes of the one before it are.
  const auto last = std::find_if(files.rbegin(), files.rend(),
                                 [](const LogFile& file) { return file.bytes != 0; });
  if (last != files.rend()) last->is_last = true;
  options_ = {.hears_clients = hears_clients, .keeps_expired = true, .replaces_keys = false};
  loaded_ = {};
  begin(total_bytes);
  const Timeless timeless(server_);
  for (const auto& file : files) {
    auto loaded = load_log_file(file);
    source_.reset();
    if (!loaded) return loaded;
    done_bytes_ += file.bytes;
    next_look_bytes_ = 0;
  }
  return {};
}

base::Result<void> Loading::load_log_file(const LogFile& file) {
  if (file.bytes == 0) return {};
  auto source = persist::FileSource::open_appended(file.path, server_.settings().rdbchecksum);
  if (!source) {
    return base::failure(
        fmt::format("Fatal error: can't open the append log file {} for reading: {}", file.path,
                    std::strerror(source.error())));
  }
  source_ = std::move(*source);
  source_->on_piece([this] { goes_on(); });
  if (persist::begins_as_snapshot(source_->peek(persist::kRdbSignatureBytes))) {
    if (auto loaded = load_preamble(file.path); !loaded) return loaded;
  }
  return replay(file);
}

base::Result<void> Loading::load_preamble(const std::string& path) {
  const auto& settings = server_.settings();
  auto loaded = persist::load_snapshot(
      *source_, server_.keyspace(),
      {.settings = settings, .keeps_expired = true, .verifies_checksum = settings.rdbchecksum},
      *this);
  if (!loaded) {
    return base::failure(
        fmt::format("Error reading the RDB preamble of the AOF file {}, AOF loading aborted: {}",
                    path, loaded.error()));
  }
  loaded_ = *loaded;
  return {};
}

base::Result<void> Loading::replay(const LogFile& file) {
  using Status = persist::AppendReader::Status;
  const auto interval =
      static_cast<std::uint64_t>(server_.settings().loading_process_events_interval_bytes);
  Replay replay(server_);
  persist::AppendReader reader(*source_, source_->has_filler());
  auto status = reader.next();
  for (; status == Status::command; status = reader.next()) {
    if (!replay.run(reader.words())) {
      return base::failure(fmt::format("Unknown command '{}' reading the append only file {}",
                                       reader.words().front().substr(0, 128), file.path));
    }
    delay_key(server_.settings().key_load_delay, ++loaded_.keys);
    if (reader.offset() < next_look_bytes_) continue;
    next_look_bytes_ = reader.offset() + interval;
    server_.defragmentation().catch_up();
    if (!goes_on()) return base::failure(std::string("The server is to end"));
  }
  if (auto failure = source_->failure(); !failure.empty()) {
    return base::failure(
        fmt::format("Unrecoverable error reading the append only file {}: {}", file.path, failure));
  }
  if (status == Status::end && !reader.is_in_transaction()) return {};
  const auto whole = reader.whole_until();
  const auto& settings = server_.settings();
  if (status == Status::damaged) {
    const auto tail = source_->size() - whole;
    if (file.is_last &&
        tail <= static_cast<std::uint64_t>(settings.aof_load_corrupt_tail_max_size)) {
      return cut_tail(file, whole, "damaged tail of");
    }
    return base::failure(fmt::format(
        "Bad file format reading the append only file {} at offset {}: make a backup of your AOF "
        "file, then use larder-tool check-aof --fix <filename.manifest>",
        file.path, reader.offset()));
  }
  if (!file.is_last) {
    return base::failure(fmt::format(
        "Fatal error: the truncated file is not the last file: {} ends within a command",
        file.path));
  }
  if (!settings.aof_load_truncated) {
    return base::failure(fmt::format(
        "Unexpected end of file reading the append only file {}. You can: 1) Make a backup of your "
        "AOF file, then use larder-tool check-aof --fix <filename.manifest>. 2) Alternatively you "
        "can set the 'aof-load-truncated' configuration option to yes and restart the server.",
        file.path));
  }
  return cut_tail(file, whole, "short read while loading");
}

base::Result<void> Loading::cut_tail(const LogFile& file, std::uint64_t whole_bytes,
                                     std::string_view what) {
  log::warning("!!! Warning: {} the AOF file {}!!!", what, file.path);
  log::warning("!!! Truncating the AOF {} at offset {} !!!", file.path, whole_bytes);
  if (::truncate(file.path.c_str(), static_cast<off_t>(whole_bytes)) != 0) {
    return base::failure(
        fmt::format("Error truncating the AOF file {}: {}", file.path, std::strerror(errno)));
  }
  log::warning("AOF {} loaded anyway because aof-load-truncated is enabled", file.path);
  return {};
}

}  // namespace larder::server
