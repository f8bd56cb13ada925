#include "server/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "server/call.h"
#include "server/dispatcher.h"
#include "server/fetch_ahead.h"
#include "server/limits.h"
#include "server/server.h"

namespace larder::server {
namespace {

// Of those that all connections parse into: room for more is given back after use.
constexpr std::size_t kKeptArguments = 8192;

// A first look, before each command. Scripts and transactions may run commands that need memory.
bool may_be_held(Server& server, const command::Command& command) noexcept {
  namespace flag = command::flag;
  if (server.pause().is_on()) return true;
  return command.has(flag::denyoom | flag::may_replicate | flag::takes_queue) &&
         server.memory_limit().is_short();
}

}  // namespace

Connection::Connection(Server& server, base::UniqueFd fd, Client client)
    : server_(server), fd_(std::move(fd)), client_(std::move(client)) {}

Connection::~Connection() = default;

void Connection::start() {
  registration_ = server_.loop().watch(fd_.get(), *this);
  if (registration_) return;
  log::warning("Error registering fd event for the new client connection: {} (addr={})",
               std::strerror(errno), client_.peer_address);
  close_soon();
}

// --- reading
// -----------------------------------------------------------------------------------------------------------

void Connection::on_readable() {
  readable_ = true;
  // Goes on when what is gathered has run, or the script that it waits for.
  if (gathered_ || running_) return;
  server_.begin_turn();
  const bool may_gather =
      !is_pipelining_ && input_.capacity() == 0 && client_.authenticated && may_run();
  if (may_gather && !server_.script_executor().is_busy() && server_.turn().wants_more()) {
    gather();
  } else {
    read_turn();
  }
}

// Reads and parses, but leaves running to the turn, when the keys' memory has come.
void Connection::gather() {
  auto& scratch = server_.scratch();
  char* const at = server_.turn().take_space();
  const auto bytes = receive(at, Turn::kBytesMax);
  if (bytes == 0) return;
  const std::string_view received(at, bytes);
  const auto first_argument = scratch.arguments.size();
  const auto first_command = scratch.batch.size();
  const auto parsed = bytes == Turn::kBytesMax ? Parsed::full_batch : parse_batch(received, 0);
  if (parsed == Parsed::full_batch) {  // a pipeline is a batch of its own
    scratch.arguments.resize(first_argument);
    scratch.batch.resize(first_command);
    keep_rest(received.substr(run_all(received)));
    read_turn();
    return;
  }
  const bool has_collections = fetch_buckets(server_, client_, first_command);
  gathered_ = true;
  server_.turn().add({.connection = this,
                      .bytes = received,
                      .first_command = first_command,
                      .command_count = scratch.batch.size() - first_command,
                      .is_protocol_error = parsed == Parsed::error,
                      .has_collections = has_collections});
}

void Connection::run_gathered(const Gathered& gathered) {
  gathered_ = false;
  resp::Writer reply(server_.scratch().reply, client_.protocol);
  Call call(server_, *this, reply);
  running_ = true;
  auto done = run_batch(call, gathered.bytes, gathered.first_command, gathered.command_count, 0);
  if (gathered.is_protocol_error && may_run()) {
    fail_protocol(call);
    done = gathered.bytes.size();
  }
  running_ = false;
  server_.statistics().changes_since_save += call.changes();
  flush_replies();
  keep_rest(gathered.bytes.substr(done));
  server_.client_memory().update(*this);
  if (readable_) read_turn();
}

void Connection::on_hang_up() {
  peer_ended_ = true;
  if (waiting_) return close_soon();  // nobody is there for the reply
  on_readable();
}

void Connection::read_turn() {
  if (running_) return;  // from within a script: it goes on where that was called
  std::size_t budget = limits::kReadBytesPerTurn;
  while (readable_ && may_run()) {
    if (budget == 0) {  // others first; the rest when the loop comes round
      server_.loop().post([&server = server_, id = client_.id] {
        if (auto* connection = server.clients().find(id)) {
          server.begin_turn();
          connection->read_turn();
        }
      });
      return;
    }
    if (!read_once(budget)) return;
  }
}

// Returns false where there is nothing more to do with this connection now.
bool Connection::read_once(std::size_t& budget) {
  auto& shared = server_.scratch().read;
  // A connection that had a request come in pieces reads into memory of its own until it is idle.
  const bool into_own = input_.capacity() != 0;
  std::size_t space = counts_pipelines() ? limits::kCountedReadBytes : limits::kReadBytes;
  char* at = nullptr;
  if (into_own) {
    at = prepare_own();
    space = input_.space();
  } else {
    shared.clear();
    at = shared.prepare(space);
  }
  const auto bytes = receive(at, space);
  if (bytes == 0) return false;
  budget -= std::min(budget, bytes);
  if (into_own) {
    input_.commit(bytes);
    input_peak_ = std::max(input_peak_, input_.size());
    if (!close_if_over_query_limit() && !server_.client_memory().close_if_too_large(*this)) {
      input_.consume(run_all(input_.view()));
    }
  } else {
    const std::string_view received_bytes(at, bytes);
    keep_rest(received_bytes.substr(run_all(received_bytes)));
  }
  server_.client_memory().update(*this);
  return !closing_;
}

// Returns how many bytes came: 0 where there are none, or none any more.
std::size_t Connection::receive(char* at, std::size_t space) {
  ssize_t received = 0;
  do {
    received = ::recv(fd_.get(), at, space, 0);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    readable_ = false;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    log::verbose("Reading from client: {}", std::strerror(errno));
    close_soon();
    return 0;
  }
  if (received == 0) {
    log::verbose("Client closed connection id={} addr={}", client_.id, client_.peer_address);
    close_soon();
    return 0;
  }
  const auto bytes = static_cast<std::size_t>(received);
  // A short read: the next byte brings a new edge. An end that came with this one does not.
  if (bytes < space && !peer_ended_) readable_ = false;
  client_.bytes_in += bytes;
  client_.last_active_ms = server_.keyspace().now();
  auto& statistics = server_.statistics();
  statistics.bytes_in += bytes;
  ++statistics.reads;
  return bytes;
}

void Connection::keep_rest(std::string_view rest) {
  if (rest.empty() || closing_) return;
  input_.reserve(std::max(rest.size() + announced_bytes(), limits::kOwnBufferBytes));
  input_.append(rest);
  input_peak_ = input_.size();
}

// Where to read to in the connection's own buffer. It grows when it is nearly full, by a quarter or
// what the argument needs: twice as much would count as the client's memory.
char* Connection::prepare_own() {
  const auto wanted = std::max(announced_bytes(), limits::kOwnBufferBytes);
  if (input_.space() < std::min(wanted, limits::kReadBytes)) {
    input_.reserve(input_.size() + std::max(wanted, input_.size() / 4));
  }
  return input_.prepare(0);
}

// Space for what the incomplete request still needs: all of it while that is little, then never
// more than came already.
std::size_t Connection::announced_bytes() const noexcept {
  return std::min(parser_.bytes_wanted(), std::max(input_.size(), limits::kAnnouncedBytes));
}

bool Connection::close_if_over_query_limit() {
  const bool over =
      static_cast<std::int64_t>(input_.size()) > server_.settings().client_query_buffer_limit;
  if (!over && (client_.authenticated || input_.size() <= limits::kUnauthenticatedBytes))
    return false;
  log::warning("Closing client that reached max query buffer length: id={} addr={}", client_.id,
               client_.peer_address);
  ++server_.statistics().query_buffer_limit_disconnections;
  close_soon();
  return true;
}

void Connection::resume() {
  if (!paused_ || closing_) return;
  paused_ = false;
  go_on();
}

// Runs what came while nothing could run.
void Connection::go_on() {
  if (running_ || !may_run()) return;
  server_.begin_turn();
  if (!input_.empty()) input_.consume(run_all(input_.view()));
  read_turn();
}

void Connection::begin_wait() {
  waiting_ = true;
  if (!peer_ended_) return;
  server_.loop().post([&server = server_, id = client_.id] {
    auto* connection = server.clients().find(id);
    if (connection != nullptr && connection->is_waiting()) connection->close_soon();
  });
}

void Connection::end_wait(std::string_view reply) {
  waiting_ = false;
  send_later(reply);
  go_on_later();  // another command may be running now
}

void Connection::go_on_later() {
  server_.loop().post([&server = server_, id = client_.id] {
    if (auto* connection = server.clients().find(id)) connection->go_on();
  });
}

// --- running
// -----------------------------------------------------------------------------------------------------------

// Runs all complete commands of `input` and returns how many bytes they took. What may not run yet
// stays.
std::size_t Connection::run_all(std::string_view input) {
  auto& scratch = server_.scratch();
  resp::Writer reply(scratch.reply, client_.protocol);
  Call call(server_, *this, reply);
  running_ = true;
  // What other connections have gathered stands before it in the scratch, and stays.
  const auto first_argument = scratch.arguments.size();
  const auto first_command = scratch.batch.size();
  std::size_t done = 0;
  auto parsed = Parsed::full_batch;
  while (parsed == Parsed::full_batch && may_run()) {
    parsed = parse_batch(input, done);
    const auto count = scratch.batch.size() - first_command;
    if (done == 0) is_pipelining_ = count > limits::kGatheredCommands;
    if (count > 1) {  // a batch of one gains nothing
      const bool has_collections = fetch_buckets(server_, client_, first_command);
      const Gathered batch{this, input, first_command, count, false, has_collections};
      fetch_entries(server_, {&batch, 1});
    }
    done = run_batch(call, input, first_command, count, done);
    scratch.arguments.resize(first_argument);
    scratch.batch.resize(first_command);
  }
  if (parsed == Parsed::error && may_run()) {
    fail_protocol(call);
    done = input.size();
  }
  running_ = false;
  server_.statistics().changes_since_save += call.changes();
  flush_replies();
  const bool is_large = scratch.arguments.capacity() > kKeptArguments;
  if (is_large && scratch.arguments.empty())
    std::vector<std::string_view>().swap(scratch.arguments);
  return done;
}

void Connection::fail_protocol(Call& call) {
  call.reply.error(parser_.error());
  server_.statistics().count_error("ERR");
  log::verbose("Protocol error ({}) from client id={} addr={}", parser_.error(), client_.id,
               client_.peer_address);
  close_after_replies_ = true;
}

// Parses up to a batch of commands from `from` on and appends them to the scratch. A client that is
// not authenticated yet is parsed one command at a time: its limits change with AUTH.
Connection::Parsed Connection::parse_batch(std::string_view input, std::size_t from) {
  auto& scratch = server_.scratch();
  const auto limits = server_.parser_limits(client_.authenticated);
  const std::size_t batch_max = client_.authenticated ? limits::kBatchCommands : 1;
  const auto batch_end = scratch.batch.size() + batch_max;
  parser_.begin_batch();
  std::size_t end = from;
  while (scratch.batch.size() < batch_end) {
    const auto first = scratch.arguments.size();
    const auto status = parser_.parse(input.substr(end), scratch.arguments, limits);
    if (status == resp::RequestParser::Status::incomplete) return Parsed::all;
    if (status == resp::RequestParser::Status::error) return Parsed::error;
    end += parser_.consumed();
    const command::Args args{scratch.arguments.data() + first, scratch.arguments.size() - first};
    scratch.batch.push_back({static_cast<std::uint32_t>(first),
                             static_cast<std::uint32_t>(args.size()),
                             end,
                             args.empty() ? nullptr : server_.commands().resolve(args),
                             {},
                             nullptr});
  }
  return Parsed::full_batch;
}

// Runs `count` commands from `first` on, parsed from what stands at `from` in `input`. Returns
// where the last executed one ends.
std::size_t Connection::run_batch(Call& call, std::string_view input, std::size_t first,
                                  std::size_t count, std::size_t from) {
  auto& scratch = server_.scratch();
  auto& dispatcher = server_.dispatcher();
  const auto processed_before = server_.statistics().commands_processed;
  const auto early_bytes = early_reply_bytes();
  const auto batch_began = base::cycles();
  auto started = batch_began;
  for (std::size_t i = first; i < first + count && may_run(); ++i) {
    const auto& entry = scratch.batch[i];
    if (entry.argument_count != 0) {
      const command::Args args{scratch.arguments.data() + entry.first_argument,
                               entry.argument_count};
      if (entry.command != nullptr && may_be_held(server_, *entry.command) &&
          is_held(*entry.command, args)) [[unlikely]] {
        paused_ = true;
        parser_.reset();  // what was parsed is parsed again when it may run
        break;
      }
      call.request = input.substr(from, entry.end - from);
      call.request_bytes = call.request.size();
      call.remember_hash(entry.key.name, entry.key.hash);
      dispatcher.run(call, args, entry.command, started);
      if (waiting_) parser_.reset();  // what follows is parsed again when the wait is over
      const bool is_due = client_.journaled_until > server_.released_until();
      if (scratch.reply.size() >= early_bytes && !is_due) [[unlikely]]
        flush_replies();
    }
    from = entry.end;
  }
  server_.statistics().count_batch(server_.loop().figures().totals().turns, processed_before,
                                   started - batch_began);
  return from;
}

// Whether the command has to wait for the end of a pause, or for memory: EXEC for what it runs,
// too. One with too few or too many arguments is refused at once.
bool Connection::is_held(const command::Command& command, command::Args args) const {
  if (!command::arity_fits(*command.spec, args.size())) return false;
  auto flags = server_.script_executor().flags_of(command, args);
  if (command.has(command::flag::takes_queue) && client_.is_queueing()) {
    flags |= client_.transaction->flags();
  }
  if (server_.pause().holds(flags)) return true;
  return (flags & command::flag::denyoom) != 0 && client_.authenticated &&
         server_.memory_limit().is_short() && server_.memory_limit().makes_wait(client_.id);
}

// --- ending, memory
// ----------------------------------------------------------------------------------------------------

void Connection::close_soon() {
  if (closing_) return;
  closing_ = true;
  if (has_pushes_) server_.pushes().forget(*this);
  if (gathered_) server_.turn().forget(*this);
  if (waiting_) server_.blocking().forget(*this);
  server_.pubsub().forget(*this);
  if (client_.is_monitor) server_.observation().remove_monitor(*this);
  if (client_.tracking != nullptr) {
    server_.tracking().stop(*this);
    server_.listen_to_changes();
  }
  forget_watches(server_, client_);
  server_.client_memory().forget(*this);
  server_.clients().bury(*this);
}

void Connection::shrink_buffers(base::UnixMs now) {
  const bool idle = now - client_.last_active_ms > server_.idle_buffer_ms();
  const auto needed = std::max(input_peak_, input_.size() + announced_bytes());
  if (idle) {
    input_.shrink(0);
  } else if (input_.capacity() > 2 * limits::kOwnBufferBytes && needed < input_.capacity() / 2) {
    input_.shrink(std::max(needed, limits::kOwnBufferBytes));
  }
  input_peak_ = input_.size();
  if (idle && output_bytes() == 0) output_.release();
}

// What is missing of an argument that is not large would be asked for again at once.
void Connection::trim_buffers() {
  const auto wanted = parser_.bytes_wanted();
  input_.shrink(input_.size() + (wanted <= limits::kAnnouncedBytes ? wanted : 0));
  if (client_.transaction != nullptr) client_.transaction->trim();
  if (output_.empty()) output_.release();
}

std::size_t Connection::memory_bytes() const noexcept {
  auto bytes = sizeof *this + input_.capacity() + output_.capacity() + client_.name.capacity() +
               client_.library_name.capacity() + client_.library_version.capacity() +
               client_.watched_bytes;
  if (client_.transaction != nullptr) bytes += client_.transaction->memory_bytes();
  if (client_.subscriptions != nullptr) bytes += client_.subscriptions->memory_bytes();
  if (client_.tracking != nullptr) {
    bytes += sizeof *client_.tracking + client_.tracking->prefixes.size() * limits::kBytesPerName;
  }
  return bytes;
}

}  // namespace larder::server
