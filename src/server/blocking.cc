#include "server/blocking.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::server {

// --- who waits
// ---------------------------------------------------------------------------------------------------------

bool Blocking::wait(command::Context& context, const command::Wait& wait) {
  if (running_ != nullptr) {
    running_->waits_on = true;
    set_again(*running_, wait.again_ms);
    arm_timer();
    return true;
  }
  auto& call = call_of(context);
  if (!call.may_wait) return false;
  auto waiter = std::make_unique<Waiter>();
  waiter->connection = &call.connection;
  waiter->command = call.command;
  waiter->arguments = wait.command;
  if (waiter->arguments.empty()) {
    waiter->arguments.assign(call.arguments.begin(), call.arguments.end());
  }
  waiter->request_bytes = call.request_bytes;
  waiter->database = call.database->index();
  waiter->type = wait.type;
  waiter->on_timeout = wait.on_timeout;
  waiter->also_on_removal = wait.also_on_removal;
  waiter->deadline = wait.timeout_ms == 0 ? keyspace::kNever : base::unix_ms() + wait.timeout_ms;

  const auto id = call.client.id;
  for (const auto key : wait.keys) {
    auto& queue = by_key_[Place(waiter->database, key)].clients;
    if (!queue.empty() && queue.back() == id) continue;  // named twice
    queue.push_back(id);
    waiter->keys.emplace_back(key);
  }
  if (waiter->deadline != keyspace::kNever) deadlines_.emplace(waiter->deadline, id);
  auto& added = *waiters_.emplace(id, std::move(waiter)).first->second;
  set_again(added, wait.again_ms);
  --call.client.commands;  // counts once it has ended
  call.connection.begin_wait();
  server_.listen_to_changes();
  arm_timer();
  return true;
}

Blocking::Waiter* Blocking::find(std::uint64_t client) noexcept {
  const auto found = waiters_.find(client);
  return found == waiters_.end() ? nullptr : found->second.get();
}

// Takes a client out of every queue.
std::unique_ptr<Blocking::Waiter> Blocking::take(std::uint64_t client) {
  const auto found = waiters_.find(client);
  if (found == waiters_.end()) return nullptr;
  auto waiter = std::move(found->second);
  waiters_.erase(found);
  for (const auto& key : waiter->keys) {
    const auto place = by_key_.find(PlaceView(waiter->database, key));
    std::erase(place->second.clients, client);
    if (place->second.clients.empty()) by_key_.erase(place);
  }
  if (waiter->deadline != keyspace::kNever) deadlines_.erase({waiter->deadline, client});
  set_again(*waiter, 0);
  server_.listen_to_changes();
  return waiter;
}

void Blocking::forget(const Connection& connection) { take(connection.client().id); }

std::size_t Blocking::keys_awaited_to_vanish() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(by_key_.begin(), by_key_.end(), [this](const auto& entry) {
        return std::any_of(entry.second.clients.begin(), entry.second.clients.end(),
                           [this](auto id) { return waiters_.at(id)->also_on_removal; });
      }));
}

// --- what changed
// ------------------------------------------------------------------------------------------------------

void Blocking::make_ready(std::pair<const Place, Queue>& entry) {
  if (entry.second.is_ready) return;
  entry.second.is_ready = true;
  ready_.push_back(entry.first);
}

void Blocking::make_ready_in(int database) {
  for (auto at = by_key_.lower_bound(PlaceView(database, "")); at != by_key_.end(); ++at) {
    if (at->first.first != database) return;
    make_ready(*at);
  }
}

void Blocking::on_changed(const keyspace::Database& database, std::string_view key) {
  const auto found = by_key_.find(PlaceView(database.index(), key));
  if (found != by_key_.end()) make_ready(*found);
}

void Blocking::on_flushed(const keyspace::Database* database) {
  if (database != nullptr) return make_ready_in(database->index());
  for (auto& entry : by_key_) make_ready(entry);
}

void Blocking::on_swapped(const keyspace::Database& one, const keyspace::Database& other) {
  make_ready_in(one.index());
  make_ready_in(other.index());
}

// --- serving
// -----------------------------------------------------------------------------------------------------------

void Blocking::serve() {
  // Goes on when that is over.
  if (serving_ || server_.pause().is_on() || server_.script_executor().is_busy()) return;
  serving_ = true;
  server_.begin_turn();  // what made the keys ready may have taken long: some may have expired
  while (!ready_.empty()) {
    const auto places = std::exchange(ready_, {});
    for (const auto& place : places) {
      if (const auto found = by_key_.find(place); found != by_key_.end()) {
        found->second.is_ready = false;
        serve_key(place);
      }
    }
  }
  serving_ = false;
}

std::optional<keyspace::Type> Blocking::type_at(const Place& place) {
  auto& database = server_.keyspace().database(place.first);
  const auto entry = database.find(server_.keyspace().key(place.second), keyspace::Touch::no);
  if (!entry) return std::nullopt;
  return entry.type();
}

// Those who come to wait meanwhile have their turn with the next change.
void Blocking::serve_key(const Place& place) {
  const auto clients = by_key_.find(place)->second.clients;
  auto type = type_at(place);
  for (const auto id : clients) {
    auto* waiter = find(id);
    if (waiter == nullptr || (type != waiter->type && !waiter->also_on_removal)) continue;
    run_again(*waiter);
    type = type_at(place);
  }
}

bool Blocking::keep_push(const Connection& connection, std::string_view bytes) {
  if (running_ == nullptr || running_->connection != &connection) return false;
  pushes_.append(bytes);
  return true;
}

void Blocking::wake(std::uint64_t client) {
  if (auto* waiter = find(client)) run_again(*waiter);
}

void Blocking::run_again(Waiter& waiter, bool may_wait) {
  reply_.clear();
  pushes_.clear();
  auto& connection = *waiter.connection;
  resp::Writer reply(reply_, connection.client().protocol);
  Call call(server_, connection, reply);
  const std::vector<std::string_view> arguments(waiter.arguments.begin(), waiter.arguments.end());
  running_ = &waiter;
  call.may_wait = may_wait;
  const auto started = base::cycles();
  server_.dispatcher().run_again(call, arguments, *waiter.command);
  waiter.cycles += base::cycles() - started;
  running_ = nullptr;
  server_.statistics().changes_since_save += call.changes();
  if (!std::exchange(waiter.waits_on, false)) finish(waiter, reply_.view());
  if (!pushes_.empty()) connection.send_later(pushes_.view());
}

void Blocking::finish(Waiter& waiter, std::string_view reply) {
  auto& connection = *waiter.connection;
  const Observation::Used used{waiter.cycles, waiter.request_bytes, reply.size()};
  if (server_.observation().concerns(used)) {
    const std::vector<std::string_view> arguments(waiter.arguments.begin(), waiter.arguments.end());
    server_.observation().note_late(connection.client(), arguments, *waiter.command, used);
  }
  ++connection.client().commands;
  const auto taken = take(connection.client().id);  // `waiter` lives as long as this
  connection.end_wait(connection.client().reply_mode == ReplyMode::off ? "" : reply);
}

bool Blocking::unblock(Connection& connection, As as) {
  auto* waiter = find(connection.client().id);
  if (waiter == nullptr) return false;
  if (as == As::timeout && waiter->on_timeout == command::Wait::OnTimeout::counts) {
    run_again(*waiter, false);
    return true;
  }
  reply_.clear();
  resp::Writer reply(reply_, connection.client().protocol);
  if (as == As::timeout) {
    command::reply_on_timeout(reply, waiter->on_timeout);
  } else {
    reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
    ++waiter->command->statistics.failed;
    server_.statistics().count_error(reply.last_error_code());
  }
  finish(*waiter, reply_.view());
  return true;
}

// --- timeouts
// ----------------------------------------------------------------------------------------------------------

void Blocking::set_again(Waiter& waiter, std::int64_t again_ms) {
  const auto id = waiter.connection->client().id;
  if (waiter.again != keyspace::kNever) agains_.erase({waiter.again, id});
  waiter.again = again_ms == 0 ? keyspace::kNever : base::unix_ms() + again_ms;
  if (again_ms != 0) agains_.emplace(waiter.again, id);
}

// A timer that is due sooner than it has to be looks again.
void Blocking::arm_timer() {
  auto due = keyspace::kNever;
  if (!deadlines_.empty()) due = deadlines_.begin()->first;
  if (!agains_.empty()) due = std::min(due, agains_.begin()->first);
  if (due == keyspace::kNever) return;
  if (timer_due_ != 0 && timer_due_ <= due) return;
  timer_due_ = due;
  const std::chrono::milliseconds delay(std::max<base::UnixMs>(due - base::unix_ms(), 0));
  timer_ = server_.loop().after(delay, [this] { on_timer(); });
}

void Blocking::on_timer() {
  timer_due_ = 0;
  server_.begin_turn();
  const auto now = base::unix_ms();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    unblock(*find(deadlines_.begin()->second)->connection, As::timeout);
  }
  while (!agains_.empty() && agains_.begin()->first <= now) {
    auto& waiter = *find(agains_.begin()->second);
    set_again(waiter, 0);
    make_ready(*by_key_.find(PlaceView(waiter.database, waiter.keys.front())));
  }
  if (has_ready()) serve();
  arm_timer();
}

}  // namespace larder::server
