// What every file that computes with tensors needs of LibTorch, and, in this one place, what LibTorch has moved or
// renamed between the versions 1.13 and 2.11.
//
// It is the precompiled header of all that includes LibTorch: reading <ATen/ATen.h> takes longer than compiling any of
// our files.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <sstream>
#include <string>
#include <type_traits>

namespace coopseg::network {

// How an optimiser of LibTorch names the state of a parameter: by the tensor's address, as a text up to 1.13 and as a
// pointer since 2.0. `States` is the type of its table.
template <class States>
typename States::key_type state_key(const States&, const at::Tensor& parameter) {
  using Key = typename States::key_type;
  if constexpr (std::is_same_v<Key, std::string>) {
    std::ostringstream text;
    text << static_cast<const void*>(parameter.unsafeGetTensorImpl());
    return text.str();
  } else {
    return static_cast<Key>(parameter.unsafeGetTensorImpl());
  }
}

}  // namespace coopseg::network
