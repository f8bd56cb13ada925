// Work that waits for the disk, in a thread of its own; what follows from it is done by the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "server/event_loop.h"

namespace larder::server {

// One piece of work at a time. Thread: the loop's, but for the work itself. Must outlive what it
// posted to the loop: it belongs to the server.
class BackgroundJob {
 public:
  // `thread_name` has at most 15 bytes.
  BackgroundJob(EventLoop& loop, const char* thread_name) noexcept
      : loop_(loop), thread_name_(thread_name) {}
  ~BackgroundJob();  // waits for the work; its end is told to nobody
  BackgroundJob(const BackgroundJob&) = delete;
  BackgroundJob& operator=(const BackgroundJob&) = delete;

  // Runs work() in the thread, then on_end(what it returned) in the loop. REQUIRES: !is_running().
  template <class Work, class OnEnd>
  void start(Work work, OnEnd on_end) {
    auto result = std::make_shared<std::optional<decltype(work())>>();
    run([result, work = std::move(work)]() mutable { result->emplace(work()); },
        [result, on_end = std::move(on_end)]() mutable { on_end(std::move(**result)); });
  }

  // Until on_end() is called.
  bool is_running() const noexcept { return thread_.joinable(); }

  // Waits for the work, and calls its on_end() before this returns. Nothing where none runs.
  void finish();

 private:
  void run(std::function<void()> work, std::function<void()> on_end);

  EventLoop& loop_;
  const char* const thread_name_;
  std::thread thread_;
  std::function<void()> on_end_;
  std::uint64_t number_ = 0;  // of the job that runs or ran last
};

}  // namespace larder::server
