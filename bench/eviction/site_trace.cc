// Requests as a site with users makes them: a catalogue where some things are popular for a time,
// sessions that come and go, pages that are asked for once, and a report that is made over and
// over. Each kind has sizes of its own.
#include <algorithm>
#include <cmath>
#include <queue>
#include <vector>

#include "base/random.h"
#include "trace.h"
#include "zipf.h"

namespace larder::eviction_bench {
namespace {

class Site {
 public:
  explicit Site(std::size_t requests)
      : requests_(requests),
        places_(std::max<std::size_t>(requests / 12, 16)),
        popularity_(places_.size(), 0.9),
        report_(std::max<std::size_t>(requests / 60, 4)) {
    for (auto& object : report_) object = new_object(600);
  }

  Trace make() {
    for (std::size_t i = 0; i < requests_; ++i) {
      const auto kind = random_.below(100);
      const auto object = kind < 50   ? from_catalogue(i)
                          : kind < 75 ? from_session(i)
                          : kind < 90 ? new_object(1200)
                                      : report_[next_in_report_++ % report_.size()];
      trace_.requests.push_back(object);
    }
    trace_.has_sizes = true;
    return std::move(trace_);
  }

 private:
  static constexpr std::size_t kLifetimes = 2;  // of the catalogue's things, in whole traces
  static constexpr double kUsesOfSession = 10;

  struct Place {
    std::uint32_t object = 0;
    std::size_t leaves_at = 0;
  };
  struct Session {
    std::size_t due;
    std::uint32_t object;
    bool operator>(const Session& other) const noexcept { return due > other.due; }
  };

  double exponential(double mean) { return -std::log(1 - random_.unit()) * mean; }

  // Half are below 0.7 times the mean, one in a hundred is five times as large.
  std::uint32_t new_object(double bytes_mean) {
    trace_.sizes.push_back(static_cast<std::uint32_t>(20 + exponential(bytes_mean)));
    return static_cast<std::uint32_t>(trace_.sizes.size() - 1);
  }

  std::uint32_t from_catalogue(std::size_t now) {
    auto& place = places_[popularity_.draw(random_)];
    if (now >= place.leaves_at) {
      place.object = new_object(400);
      place.leaves_at = now + 1 + random_.below(2 * kLifetimes * requests_);
    }
    return place.object;
  }

  std::uint32_t from_session(std::size_t now) {
    Session session{};
    if (!sessions_.empty() && sessions_.top().due <= now) {
      session = sessions_.top();
      sessions_.pop();
    } else {
      session.object = new_object(200);
    }
    if (random_.unit() > 1 / kUsesOfSession) {
      session.due = now + 1 + static_cast<std::size_t>(exponential(requests_ / 60.0));
      sessions_.push(session);
    }
    return session.object;
  }

  base::Random random_{23};
  std::size_t requests_;
  Trace trace_;
  std::vector<Place> places_;
  Zipf popularity_;
  std::vector<std::uint32_t> report_;
  std::size_t next_in_report_ = 0;
  std::priority_queue<Session, std::vector<Session>, std::greater<>> sessions_;
};

}  // namespace

Trace site_trace(std::size_t requests) { return Site(requests).make(); }

}  // namespace larder::eviction_bench
