// A registration made once for a connection's life: the reactor calls the handler straight from its
// turn, edge triggered, with no epoll_ctl and no queue turn for a request. Asio's public interface
// has no such thing, so this file uses its reactor's; docs/architecture/event-loop.md measures it.

#include "server/event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/version.hpp>
#include <cerrno>
#include <chrono>
#include <list>
#include <mutex>
#include <system_error>
#include <vector>

#include "base/unique_fd.h"
#include "server/rare_events.h"

static_assert(BOOST_VERSION / 100 == 1081,
              "event_loop.cc uses Asio's reactor directly and was checked against Boost 1.81 only: "
              "read it against the new version's epoll_reactor before you change this line");

namespace larder::server {
namespace {

namespace asio = boost::asio;
using Reactor = asio::detail::epoll_reactor;
using asio::detail::reactor_op;

// An operation that is never done: the reactor keeps it in its queue and calls it at every edge.
class ReadOp : public reactor_op {
 public:
  ReadOp(IoHandler& handler, LoopFigures& figures)
      : reactor_op({}, &ReadOp::perform_edge, &ReadOp::ignore_completion),
        handler_(handler),
        figures_(figures) {}

 private:
  static status perform_edge(reactor_op* base) {
    auto& op = *static_cast<ReadOp*>(base);
    const LoopFigures::Work work(op.figures_);
    op.handler_.on_readable();  // may destroy *base
    return not_done;
  }
  // Called when the registration ends; the memory is the registration's.
  static void ignore_completion(void*, asio::detail::operation*, const boost::system::error_code&,
                                std::size_t) {}

  IoHandler& handler_;
  LoopFigures& figures_;
};

}  // namespace

struct Registration::State {
  // `rare_in` is null for a descriptor that has no peer.
  State(Reactor& reactor_in, LoopFigures& figures, RareEvents* rare_in, int fd, IoHandler& handler)
      : reactor(reactor_in), rare(rare_in), watched{fd, handler}, read_op(handler, figures) {}
  ~State() {
    if (rare != nullptr) rare->remove(watched);
    reactor.deregister_internal_descriptor(watched.fd, descriptor);
    reactor.cleanup_descriptor_data(descriptor);
  }

  // Returns 0 or an errno; the destructor takes back what was done until then.
  int start() {
    const int error =
        reactor.register_internal_descriptor(Reactor::read_op, watched.fd, descriptor, &read_op);
    return error != 0 || rare == nullptr ? error : rare->add(watched);
  }

  Reactor& reactor;
  RareEvents* rare;
  RareEvents::Watched watched;
  Reactor::per_descriptor_data descriptor{};
  ReadOp read_op;
};

Registration::Registration() = default;
Registration::Registration(std::unique_ptr<State> state) : state_(std::move(state)) {}
Registration::Registration(Registration&&) noexcept = default;
Registration& Registration::operator=(Registration&&) noexcept = default;
Registration::~Registration() = default;

void Registration::await_writable() noexcept { state_->rare->await_writable(state_->watched); }

struct Timer::State : std::enable_shared_from_this<Timer::State> {
  State(asio::io_context& context, LoopFigures& figures_in, std::chrono::milliseconds period_in,
        std::function<void()> task_in)
      : timer(context), figures(figures_in), period(period_in), task(std::move(task_in)) {}

  void wait() {
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error || self->cancelled) return;
      const LoopFigures::Work work(self->figures, LoopFigures::Kind::timer);
      self->task();
      if (self->period.count() == 0 || self->cancelled) return;
      // Counted from the last expiry, not from now: no drift. After a long stall it starts over
      // instead of catching up.
      const auto now = std::chrono::steady_clock::now();
      self->timer.expires_at(std::max(self->timer.expiry() + self->period, now));
      self->wait();
    });
  }

  asio::steady_timer timer;
  LoopFigures& figures;
  std::chrono::milliseconds period;  // 0: once
  std::function<void()> task;
  bool cancelled = false;
};

Timer::Timer() = default;
Timer::Timer(std::shared_ptr<State> state) : state_(std::move(state)) {}
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    Timer ended(std::move(*this));
    state_ = std::move(other.state_);
  }
  return *this;
}
Timer::~Timer() {
  if (state_ == nullptr) return;
  state_->cancelled = true;
  state_->timer.cancel();
}

// Wakes the loop for tasks of other threads: the context itself takes none, its locks are off.
class Mailbox final : public IoHandler {
 public:
  Mailbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!fd_) throw std::system_error(errno, std::system_category(), "eventfd");
  }

  int fd() const noexcept { return fd_.get(); }

  void put(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
  }

  void on_readable() override {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(fd_.get(), &count, sizeof count);
    std::vector<std::function<void()>> due;
    {
      const std::lock_guard lock(mutex_);
      due.swap(tasks_);
    }
    for (auto& task : due) task();
  }
  void on_writable() override {}

 private:
  base::UniqueFd fd_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

struct EventLoop::Impl {
  struct SignalWatch {
    SignalWatch(asio::io_context& context, int signal, std::function<void(int)> task_in)
        : set(context, signal), task(std::move(task_in)) {}
    void wait() {
      set.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        task(signal);
        wait();
      });
    }
    asio::signal_set set;
    std::function<void(int)> task;
  };

  explicit Impl(EventLoop& loop) : rare(loop) {}

  Registration watch(int fd, IoHandler& handler, RareEvents* rare_events) {
    auto state = std::make_unique<Registration::State>(reactor, figures, rare_events, fd, handler);
    const int error = state->start();
    if (error == 0) return Registration(std::move(state));
    state.reset();
    errno = error;
    return {};
  }

  // What the loop itself cannot do without.
  Registration watch_own(int fd, IoHandler& handler) {
    auto registration = watch(fd, handler, nullptr);
    if (!registration) throw std::system_error(errno, std::system_category(), "epoll_ctl");
    return registration;
  }

  LoopFigures figures;
  asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running{context.get_executor()};
  Reactor& reactor = asio::use_service<Reactor>(context);
  Mailbox mailbox;
  RareEvents rare;
  Registration mailbox_registration;
  Registration rare_registration;
  std::list<SignalWatch> signals;
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>(*this)) {
  impl_->reactor.init_task();
  impl_->mailbox_registration = impl_->watch_own(impl_->mailbox.fd(), impl_->mailbox);
  impl_->rare_registration = impl_->watch_own(impl_->rare.fd(), impl_->rare);
}

EventLoop::~EventLoop() = default;

Registration EventLoop::watch(int fd, IoHandler& handler) {
  return impl_->watch(fd, handler, &impl_->rare);
}

LoopFigures& EventLoop::figures() noexcept { return impl_->figures; }

void EventLoop::post(std::function<void()> task) {
  asio::post(impl_->context, [&figures = impl_->figures, task = std::move(task)] {
    const LoopFigures::Work work(figures);
    task();
  });
}

void EventLoop::post_from_other_thread(std::function<void()> task) {
  impl_->mailbox.put(std::move(task));
}

Timer EventLoop::after(std::chrono::microseconds delay, std::function<void()> task) {
  auto state = std::make_shared<Timer::State>(impl_->context, impl_->figures,
                                              std::chrono::milliseconds(0), std::move(task));
  state->timer.expires_after(delay);
  state->wait();
  return Timer(std::move(state));
}

Timer EventLoop::every(std::int64_t period_ms, std::function<void()> task) {
  const std::chrono::milliseconds period(period_ms);
  auto state =
      std::make_shared<Timer::State>(impl_->context, impl_->figures, period, std::move(task));
  const auto now = std::chrono::steady_clock::now();
  state->timer.expires_at(now - now.time_since_epoch() % period + period);
  state->wait();
  return Timer(std::move(state));
}

void EventLoop::on_signal(int signal, std::function<void(int)> task) {
  impl_->signals.emplace_back(impl_->context, signal, std::move(task)).wait();
}

void EventLoop::run() noexcept { impl_->context.run(); }

void EventLoop::poll() {
  constexpr int kTasksMax = 64;  // the handler that polls goes on, too
  for (int i = 0; i < kTasksMax && impl_->context.poll_one() != 0; ++i) {
  }
}

void EventLoop::stop() { impl_->context.stop(); }

}  // namespace larder::server
