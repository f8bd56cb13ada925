// A key in a numbered database, as tables of those who wait for it or watch it are keyed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace larder::server {

using Place = std::pair<int, std::string>;
using PlaceView = std::pair<int, std::string_view>;

// Places of a database lie together, from PlaceView(database, "") on.
struct PlaceOrder {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const noexcept {
    return a.first != b.first ? a.first < b.first
                              : std::string_view(a.second) < std::string_view(b.second);
  }
};

}  // namespace larder::server
