#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace obnova::geo {

// A function that somebody else owns, to be called before the call it was
// passed to returns. Cheaper than std::function: it copies nothing and never
// allocates. Do not keep one.
//
//   void each(FunctionRef<bool(FeatureId)> visit);
//   each([&](FeatureId feature) { return feature < limit; });
template <typename Signature>
class FunctionRef;

template <typename Result, typename... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  // Refers to nothing, as does one made from an empty std::function.
  FunctionRef() = default;

  template <typename Function>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, FunctionRef> && std::is_invocable_r_v<Result, Function&, Arguments...>)
  FunctionRef(Function&& function) {  // NOLINT: made from a function without a word, like std::function.
    if constexpr (std::is_constructible_v<bool, Function&>) {
      if (!static_cast<bool>(function)) return;
    }
    object_ = const_cast<void*>(static_cast<const void*>(std::addressof(function)));
    call_ = [](void* object, Arguments... arguments) -> Result {
      return (*static_cast<std::remove_reference_t<Function>*>(object))(std::forward<Arguments>(arguments)...);
    };
  }

  explicit operator bool() const { return call_ != nullptr; }
  Result operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

 private:
  void* object_ = nullptr;
  Result (*call_)(void*, Arguments...) = nullptr;
};

}  // namespace obnova::geo
