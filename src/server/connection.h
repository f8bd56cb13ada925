// One client's socket: reads requests, runs them in batches, sends replies. A batch is parsed whole
// before it runs, so that the memory of all its keys is fetched at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/unique_fd.h"
#include "resp/parser.h"
#include "resp/writer.h"
#include "server/client.h"
#include "server/client_memory.h"
#include "server/event_loop.h"
#include "server/output_queue.h"
#include "server/pushes.h"
#include "server/turn.h"

namespace larder::server {

class Call;
class Server;

class Connection final : public IoHandler {
 public:
  Connection(Server& server, base::UniqueFd fd, Client client);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Client& client() noexcept { return client_; }
  const Client& client() const noexcept { return client_; }
  int fd() const noexcept { return fd_.get(); }

  // Registers with the loop; requests may arrive from here on.
  void start();

  void on_readable() override;
  void on_writable() override;
  void on_hang_up() override;

  // Runs what waited while the server was paused, or short of memory.
  void resume();

  // The client waits for a key: nothing more of it is run until the reply to its command is there.
  void begin_wait();
  void end_wait(std::string_view reply);

  // The disk has what the client changed: its replies are sent.
  void release();

  // Whether the client waits, for a key or for the end of a pause.
  bool is_blocked() const noexcept { return paused_ || waiting_; }
  bool is_waiting() const noexcept { return waiting_; }

  // The client is gone at the end of the turn; nothing more is read, run or sent.
  void close_soon();
  // The same, once all replies written so far are sent.
  void close_after_replies() noexcept { close_after_replies_ = true; }
  bool is_closing() const noexcept { return closing_; }
  bool is_closing_after_replies() const noexcept { return close_after_replies_; }

  // A message that nobody asked for: it follows the reply of a command that is running, and is sent
  // soon after the turn.
  // `shared`: the same bytes, where they are kept for others, too.
  void push(std::string_view bytes, SharedBytes shared = {});
  void send_pushes();
  // Where it stands among those that are to be sent pushes.
  void set_push_place(std::size_t place) noexcept { push_place_ = place; }
  std::size_t push_place() const noexcept { return push_place_; }
  // Has memory fetched that pushing and sending use: with many subscribers none of it is cached.
  void prefetch() const noexcept;

  // A reply that comes later than its command.
  void send_later(std::string_view bytes);

  // Closes the connection where its pending replies, with `more_bytes` about to join them, are over
  // the hard limit, or have been over the soft limit for too long.
  void close_if_over_output_limit(std::size_t more_bytes = 0);
  // Gives back what an idle connection does not need.
  void shrink_buffers(base::UnixMs now);
  // Gives back all that is neither in use nor about to be, at the cost of a copy of the rest.
  // REQUIRES: nothing of the connection is running.
  void trim_buffers();

  // Bytes, for CLIENT LIST and the memory report.
  std::size_t input_bytes() const noexcept { return input_.size(); }
  // Of those, what belongs to no argument of a request yet: the rest is in argument_bytes().
  std::size_t unparsed_bytes() const noexcept {
    return input_.size() - std::min(input_.size(), parser_.understood_bytes());
  }
  std::size_t input_free_bytes() const noexcept { return input_.space(); }
  std::size_t output_bytes() const noexcept { return output_.size() + shared_push_.size; }
  std::size_t output_capacity() const noexcept { return output_.capacity(); }
  std::size_t argument_bytes() const noexcept { return parser_.argument_bytes(); }
  std::size_t memory_bytes() const noexcept;
  ClientMemory::Place& memory_place() noexcept { return memory_place_; }

 private:
  friend class Turn;  // runs what connections have gathered
  void gather();
  void run_gathered(const Gathered& gathered);

  void read_turn();
  bool read_once(std::size_t& budget);
  std::size_t receive(char* at, std::size_t space);
  char* prepare_own();
  void keep_rest(std::string_view rest);
  std::size_t announced_bytes() const noexcept;
  bool close_if_over_query_limit();

  enum class Parsed { all, full_batch, error };
  std::size_t run_all(std::string_view input);
  Parsed parse_batch(std::string_view input, std::size_t from);
  std::size_t run_batch(Call& call, std::string_view input, std::size_t first, std::size_t count,
                        std::size_t from);
  void fail_protocol(Call& call);
  bool is_held(const command::Command& command, command::Args args) const;
  bool may_run() const noexcept {
    return !closing_ && !close_after_replies_ && !is_blocked() && !withheld_;
  }
  void withhold();
  void go_on();
  void go_on_later();

  bool counts_pipelines() const noexcept;
  std::size_t early_reply_bytes() const noexcept;
  void flush_replies();
  void send_pending();
  std::size_t send_some(std::string_view bytes);
  void keep_output(std::string_view bytes);
  bool keep_shared(SharedBytes shared) noexcept;
  void take_copy_of_shared();

  Server& server_;
  base::UniqueFd fd_;
  Client client_;
  Registration registration_;
  resp::RequestParser parser_;
  base::ByteBuffer input_;   // bytes of requests that are not complete, or may not run yet
  OutputQueue output_;       // replies that the socket did not take
  SharedBytes shared_push_;  // to be sent with the pushes, where output_ is empty
  std::size_t input_peak_ =
      0;  // most bytes that were in input_ since the buffers were last looked at
  base::UnixMs soft_limit_since_ms_ = 0;
  bool readable_ = false;
  bool writable_ = true;
  bool peer_ended_ = false;     // nothing comes after what is in the socket
  bool gathered_ = false;       // has commands in this turn that are parsed and not run
  bool is_pipelining_ = false;  // sent many commands at once of late: a batch of its own
  bool paused_ = false;
  bool waiting_ = false;
  bool withheld_ = false;  // has replies that wait for the disk
  std::size_t push_place_ = 0;
  ClientMemory::Place memory_place_;
  bool has_pushes_ = false;  // that are to be sent soon
  bool closing_ = false;
  bool close_after_replies_ = false;
  bool running_ = false;  // a command of this connection is being executed
};

}  // namespace larder::server
