#include "server/background_job.h"

#include "base/threads.h"

namespace larder::server {

BackgroundJob::~BackgroundJob() {
  if (thread_.joinable()) thread_.join();
}

// The end may be waited for and told before the loop comes to what is posted here.
void BackgroundJob::run(std::function<void()> work, std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  thread_ = base::start_background_thread(thread_name_,
                                          [this, number = ++number_, work = std::move(work)] {
                                            work();
                                            loop_.post_from_other_thread([this, number] {
                                              if (number == number_) finish();
                                            });
                                          });
}

void BackgroundJob::finish() {
  if (!is_running()) return;
  thread_.join();
  const auto on_end = std::move(on_end_);
  on_end();  // may start another
}

}  // namespace larder::server
