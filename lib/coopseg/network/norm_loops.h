// What norms do with each pixel of channels-last memory [rows][channels], of the types that activations are stored in.
// Private to this folder.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace coopseg::network::norm_loops {

// Of a channel, what its gradient needs.
template <class T>
struct Channels {
  const T *mean, *scale, *shift, *factor, *offset, *tilt;
};

// S is what is stored, T what is computed with. `residual` may be null; `products` are sums of a gradient times the
// input less its mean.
#define COOPSEG_KERNELS(S, T)                                                                                         \
  void sum(const S* x, std::int64_t rows, std::int64_t channels, double* s, double* squares);                         \
  void apply(const S* x, const S* residual, S* out, std::int64_t rows, std::int64_t channels, const T* scale,         \
             const T* shift, T slope);                                                                                \
  void backward_sum(const S* x, const S* out, const S* gradient, S* inner, std::int64_t rows, std::int64_t channels,  \
                    const T* mean, T slope, double* s, double* products);                                             \
  void backward_apply(const S* x, const S* inner, S* result, std::int64_t rows, std::int64_t channels, const T* mean, \
                      const T* factor, const T* offset, const T* tilt);                                               \
  void apply_add(const S* x, const S* skip, S* out, std::int64_t rows, std::int64_t channels, const T* scale,         \
                 const T* shift, T slope);                                                                            \
  void gated_sum(const S* x, const S* gradient, std::int64_t rows, std::int64_t channels, const Channels<T>& of,      \
                 T slope, double* s, double* products);                                                               \
  void gated_apply(const S* x, const S* gradient, S* result, std::int64_t rows, std::int64_t channels,                \
                   const Channels<T>& of, T slope);
COOPSEG_KERNELS(float, float)
COOPSEG_KERNELS(double, double)
COOPSEG_KERNELS(c10::BFloat16, float)
#undef COOPSEG_KERNELS

}  // namespace coopseg::network::norm_loops
