#include "coopseg/network/norm_loops.h"

#include <algorithm>

#include "coopseg/network/channel_loops.h"

namespace coopseg::network::norm_loops {
namespace {

// Adds, for each channel, the values and their squares.
template <class S>
COOPSEG_INLINE void sum_block(const S* __restrict__ x, std::int64_t rows, std::int64_t channels,
                              double* __restrict__ sum, double* __restrict__ square) {
  each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
    double s[kTile] = {}, q[kTile] = {};
    for (std::int64_t row = 0; row < rows; ++row) {
      const S* __restrict__ const pixel = x + row * channels + first;
      for (int c = 0; c < width; ++c) {
        const double value = loaded(pixel[c]);
        s[c] += value;
        q[c] += value * value;
      }
    }
    for (int c = 0; c < width; ++c) sum[first + c] = s[c], square[first + c] = q[c];
  });
}

// Without a branch, as slopes are at most 1.
template <class T>
COOPSEG_INLINE T activated(T value, T slope) {
  return std::max(value, value * slope);
}

template <class S, class T>
COOPSEG_INLINE void apply_block(const S* __restrict__ x, S* __restrict__ out, std::int64_t rows, std::int64_t channels,
                                const T* __restrict__ scale, const T* __restrict__ shift, T slope) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, out += channels) {
    each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
      for (std::int64_t c = first; c < first + width; ++c)
        store(out[c], activated(loaded(x[c]) * scale[c] + shift[c], slope));
    });
  }
}

template <class S, class T>
COOPSEG_INLINE void apply_sum_block(const S* __restrict__ x, const S* __restrict__ residual, S* __restrict__ out,
                                    std::int64_t rows, std::int64_t channels, const T* __restrict__ scale,
                                    const T* __restrict__ shift, T slope) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, residual += channels, out += channels) {
    each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
      for (std::int64_t c = first; c < first + width; ++c)
        store(out[c], activated(loaded(x[c]) * scale[c] + shift[c] + loaded(residual[c]), slope));
    });
  }
}

// The gradient before the activation, and its sums alone and with the centred input.
template <class S, class T>
COOPSEG_INLINE void backward_sum_block(const S* __restrict__ x, const S* __restrict__ out,
                                       const S* __restrict__ gradient, S* __restrict__ inner, std::int64_t rows,
                                       std::int64_t channels, const T* __restrict__ mean, T slope,
                                       double* __restrict__ sum, double* __restrict__ product) {
  each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
    double s[kTile] = {}, p[kTile] = {};
    T centre[kTile] = {};
    for (int c = 0; c < width; ++c) centre[c] = mean[first + c];
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t at = row * channels + first;
      const S *__restrict__ const pixel = x + at, *__restrict__ const result = out + at,
              *__restrict__ const above = gradient + at;
      S* __restrict__ const below = inner + at;
      for (int c = 0; c < width; ++c) {
        const T value = loaded(above[c]) * (loaded(result[c]) > 0 ? T{1} : slope);
        store(below[c], value);
        s[c] += value;
        p[c] += static_cast<double>(value) * (loaded(pixel[c]) - centre[c]);
      }
    }
    for (int c = 0; c < width; ++c) sum[first + c] = s[c], product[first + c] = p[c];
  });
}

// factor * (inner - offset - (x - mean) * tilt)
template <class S, class T>
COOPSEG_INLINE void backward_apply_block(const S* __restrict__ x, const S* __restrict__ inner, S* __restrict__ result,
                                         std::int64_t rows, std::int64_t channels, const T* __restrict__ mean,
                                         const T* __restrict__ factor, const T* __restrict__ offset,
                                         const T* __restrict__ tilt) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, inner += channels, result += channels) {
    each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
      for (std::int64_t c = first; c < first + width; ++c)
        store(result[c], factor[c] * (loaded(inner[c]) - offset[c] - (loaded(x[c]) - mean[c]) * tilt[c]));
    });
  }
}

template <class S, class T>
COOPSEG_INLINE void apply_add_block(const S* __restrict__ x, const S* __restrict__ skip, S* __restrict__ out,
                                    std::int64_t rows, std::int64_t channels, const T* __restrict__ scale,
                                    const T* __restrict__ shift, T slope) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, skip += channels, out += channels) {
    each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
      for (std::int64_t c = first; c < first + width; ++c)
        store(out[c], activated(loaded(x[c]) * scale[c] + shift[c], slope) + loaded(skip[c]));
    });
  }
}

constexpr int kRun = 16;  // rows that are summed in the computed type

// As backward_sum_block; where the activation was negative is seen from its input.
template <class S, class T>
COOPSEG_INLINE void gated_sum_block(const S* __restrict__ x, const S* __restrict__ gradient, std::int64_t rows,
                                    std::int64_t channels, const Channels<T>& of, T slope, double* __restrict__ sum,
                                    double* __restrict__ product) {
  each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
    double s[kTile] = {}, p[kTile] = {};
    T mean[kTile] = {}, scale[kTile] = {}, shift[kTile] = {};
    for (int c = 0; c < width; ++c) {
      mean[c] = of.mean[first + c], scale[c] = of.scale[first + c], shift[c] = of.shift[first + c];
    }
    for (std::int64_t begin = 0; begin < rows; begin += kRun) {
      T run_s[kTile] = {}, run_p[kTile] = {};
      for (std::int64_t row = begin; row < std::min(rows, begin + kRun); ++row) {
        const S *__restrict__ const pixel = x + row * channels + first,
                *__restrict__ const above = gradient + row * channels + first;
        for (int c = 0; c < width; ++c) {
          const T input = loaded(pixel[c]);
          const T value = loaded(above[c]) * (input * scale[c] + shift[c] > 0 ? T{1} : slope);
          run_s[c] += value;
          run_p[c] += value * (input - mean[c]);
        }
      }
      for (int c = 0; c < width; ++c) s[c] += run_s[c], p[c] += run_p[c];
    }
    for (int c = 0; c < width; ++c) sum[first + c] = s[c], product[first + c] = p[c];
  });
}

template <class S, class T>
COOPSEG_INLINE void gated_apply_block(const S* __restrict__ x, const S* __restrict__ gradient, S* __restrict__ result,
                                      std::int64_t rows, std::int64_t channels, const Channels<T>& of, T slope) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, gradient += channels, result += channels) {
    each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
      for (std::int64_t c = first; c < first + width; ++c) {
        const T input = loaded(x[c]);
        const T value = loaded(gradient[c]) * (input * of.scale[c] + of.shift[c] > 0 ? T{1} : slope);
        store(result[c], of.factor[c] * (value - of.offset[c] - (input - of.mean[c]) * of.tilt[c]));
      }
    });
  }
}

}  // namespace

#define COOPSEG_KERNELS(S, T)                                                                                         \
  COOPSEG_CLONES void sum(const S* x, std::int64_t rows, std::int64_t channels, double* s, double* q) {               \
    sum_block(x, rows, channels, s, q);                                                                               \
  }                                                                                                                   \
  COOPSEG_CLONES void apply(const S* x, const S* residual, S* out, std::int64_t rows, std::int64_t channels,          \
                            const T* scale, const T* shift, T slope) {                                                \
    if (residual) {                                                                                                   \
      apply_sum_block(x, residual, out, rows, channels, scale, shift, slope);                                         \
    } else {                                                                                                          \
      apply_block(x, out, rows, channels, scale, shift, slope);                                                       \
    }                                                                                                                 \
  }                                                                                                                   \
  COOPSEG_CLONES void backward_sum(const S* x, const S* out, const S* gradient, S* inner, std::int64_t rows,          \
                                   std::int64_t channels, const T* mean, T slope, double* s, double* p) {             \
    backward_sum_block(x, out, gradient, inner, rows, channels, mean, slope, s, p);                                   \
  }                                                                                                                   \
  COOPSEG_CLONES void backward_apply(const S* x, const S* inner, S* result, std::int64_t rows, std::int64_t channels, \
                                     const T* mean, const T* factor, const T* offset, const T* tilt) {                \
    backward_apply_block(x, inner, result, rows, channels, mean, factor, offset, tilt);                               \
  }                                                                                                                   \
  COOPSEG_CLONES void apply_add(const S* x, const S* skip, S* out, std::int64_t rows, std::int64_t channels,          \
                                const T* scale, const T* shift, T slope) {                                            \
    apply_add_block(x, skip, out, rows, channels, scale, shift, slope);                                               \
  }                                                                                                                   \
  COOPSEG_CLONES void gated_sum(const S* x, const S* gradient, std::int64_t rows, std::int64_t channels,              \
                                const Channels<T>& of, T slope, double* s, double* p) {                               \
    gated_sum_block(x, gradient, rows, channels, of, slope, s, p);                                                    \
  }                                                                                                                   \
  COOPSEG_CLONES void gated_apply(const S* x, const S* gradient, S* result, std::int64_t rows, std::int64_t channels, \
                                  const Channels<T>& of, T slope) {                                                   \
    gated_apply_block(x, gradient, result, rows, channels, of, slope);                                                \
  }
COOPSEG_KERNELS(float, float)
COOPSEG_KERNELS(double, double)
COOPSEG_KERNELS(c10::BFloat16, float)
#undef COOPSEG_KERNELS

}  // namespace coopseg::network::norm_loops
