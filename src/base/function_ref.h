// A reference to something callable, for parameters that are called before the function returns.
// Unlike std::function it never allocates and costs two words; unlike it, it does not keep the
// callable alive.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace larder::base {

template <class Signature>
class FunctionRef;

template <class Result, class... Args>
class FunctionRef<Result(Args...)> {
 public:
  // NOLINTBEGIN(google-explicit-constructor): implicit, as for a parameter of its type
  template <class Callable>
  requires(!std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef> &&
           std::is_invocable_r_v<Result, Callable&, Args...>) FunctionRef(Callable&& callable)
  noexcept
      : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* target, Args... args) -> Result {
          return (*static_cast<std::remove_reference_t<Callable>*>(target))(
              std::forward<Args>(args)...);
        }) {}
  // NOLINTEND(google-explicit-constructor)

  Result operator()(Args... args) const { return call_(callable_, std::forward<Args>(args)...); }

 private:
  void* callable_;
  Result (*call_)(void*, Args...);
};

}  // namespace larder::base
