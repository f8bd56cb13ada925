// A value or the reason why there is none.
#pragma once

#include <string>
#include <system_error>
#include <tl/expected.hpp>

namespace larder::base {

template <class T, class E = std::string>
using Result = tl::expected<T, E>;

template <class E>
tl::unexpected<std::decay_t<E>> failure(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace larder::base
