#include "coopseg/network/batch_norm.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "coopseg/network/channel_loops.h"
#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/norm_loops.h"

namespace coopseg::network {
namespace {

// Pixels in blocks, and two sums per channel over all of them in the order of the blocks.
class Blocks {
 public:
  // Of one of `groups` that x consists of.
  explicit Blocks(const at::Tensor& x, std::int64_t groups = 1)
      : channels_(x.size(1)),
        rows_(channels_ ? x.numel() / channels_ / groups : 0),
        count_((rows_ + kBlockRows - 1) / kBlockRows) {}

  std::int64_t channels() const { return channels_; }
  std::int64_t rows() const { return rows_; }

  // work(first element, rows, block)
  template <class Work>
  void each(const Work& work) const {
    at::parallel_for(0, count_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t block = begin; block < end; ++block) {
        const std::int64_t row = block * kBlockRows;
        work(row * channels_, std::min(kBlockRows, rows_ - row), block);
      }
    });
  }

  // work(first element, rows, first sums, second sums); returns both sums, the second behind the first.
  template <class Work>
  std::vector<double> sums(const Work& work) const {
    const std::int64_t both = 2 * channels_;
    std::vector<double> parts(static_cast<std::size_t>(count_ * both)), total(static_cast<std::size_t>(both));
    each([&](std::int64_t first, std::int64_t rows, std::int64_t block) {
      work(first, rows, parts.data() + block * both, parts.data() + block * both + channels_);
    });
    for (std::int64_t block = 0; block < count_; ++block) {
      for (std::int64_t c = 0; c < both; ++c) total[c] += parts[block * both + c];
    }
    return total;
  }

 private:
  std::int64_t channels_, rows_, count_;
};

// Makes the sums over `rows` pixels those of all processes of the group, and returns how many pixels these have. Null:
// of this one alone.
double sum_over(Group* group, std::vector<double>& sums, std::int64_t rows) {
  if (!group) return static_cast<double>(rows);
  sums.push_back(static_cast<double>(rows));
  at::Tensor numbers = at::from_blob(sums.data(), {static_cast<std::int64_t>(sums.size())}, at::kDouble);
  group->sum(numbers);
  const double all = sums.back();
  sums.pop_back();
  return all;
}

template <class T>
void move_running(at::Tensor& running_mean, at::Tensor& running_variance, std::int64_t c, double mean, double variance,
                  double count) {
  T& old_mean = running_mean.data_ptr<T>()[c];
  T& old_variance = running_variance.data_ptr<T>()[c];
  const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
  old_mean = static_cast<T>((1 - kNormMomentum) * old_mean + kNormMomentum * mean);
  old_variance = static_cast<T>((1 - kNormMomentum) * old_variance + kNormMomentum * unbiased);
}

// x and residual of type S, all others of the type that it is computed with.
template <class S>
at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::Tensor running_mean,
                   at::Tensor running_variance, double slope, const at::Tensor& residual, at::Tensor& mean,
                   at::Tensor& inverse, Group* together) {
  using T = Computed<S>;
  const Blocks blocks(x);
  const S* const input = x.data_ptr<S>();
  std::vector<double> sums = blocks.sums([&](std::int64_t first, std::int64_t rows, double* s, double* q) {
    norm_loops::sum(input + first, rows, blocks.channels(), s, q);
  });
  mean = at::empty({blocks.channels()}, weight.options());
  inverse = at::empty({blocks.channels()}, weight.options());
  std::vector<T> scale(blocks.channels()), shift(blocks.channels());
  const double count = sum_over(together, sums, blocks.rows());
  for (std::int64_t c = 0; c < blocks.channels(); ++c) {
    const double m = sums[c] / count;
    const double variance = std::max(0.0, sums[blocks.channels() + c] / count - m * m);
    const double i = 1 / std::sqrt(variance + kNormEpsilon), w = weight.data_ptr<T>()[c];
    mean.data_ptr<T>()[c] = static_cast<T>(m);
    inverse.data_ptr<T>()[c] = static_cast<T>(i);
    scale[c] = static_cast<T>(w * i);
    shift[c] = static_cast<T>(bias.data_ptr<T>()[c] - m * w * i);
    if (running_mean.defined()) move_running<T>(running_mean, running_variance, c, m, variance, count);
  }
  at::Tensor out = at::empty_like(x, last_of(x));
  S* const output = out.data_ptr<S>();
  const S* const added = residual.defined() ? residual.data_ptr<S>() : nullptr;
  blocks.each([&](std::int64_t first, std::int64_t rows, std::int64_t) {
    norm_loops::apply(input + first, added ? added + first : nullptr, output + first, rows, blocks.channels(),
                      scale.data(), shift.data(), static_cast<T>(slope));
  });
  return out;
}

template <class S>
std::vector<at::Tensor> backward(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& out,
                                 const at::Tensor& weight, const at::Tensor& mean, const at::Tensor& inverse,
                                 double slope, Group* together) {
  using T = Computed<S>;
  const Blocks blocks(x);
  at::Tensor inner = at::empty_like(x, last_of(x));
  const S *const input = x.data_ptr<S>(), *const output = out.data_ptr<S>(), *const above = gradient.data_ptr<S>();
  const T* const m = mean.data_ptr<T>();
  S* const inner_values = inner.data_ptr<S>();
  const std::vector<double> sums = blocks.sums([&](std::int64_t first, std::int64_t rows, double* s, double* p) {
    norm_loops::backward_sum(input + first, output + first, above + first, inner_values + first, rows,
                             blocks.channels(), m, static_cast<T>(slope), s, p);
  });
  at::Tensor weight_gradient = at::empty_like(weight), bias_gradient = at::empty_like(weight);
  std::vector<T> factor(blocks.channels()), offset(blocks.channels()), tilt(blocks.channels());
  std::vector<double> all = sums;
  const double count = sum_over(together, all, blocks.rows());
  for (std::int64_t c = 0; c < blocks.channels(); ++c) {
    const double i = inverse.data_ptr<T>()[c];
    bias_gradient.data_ptr<T>()[c] = static_cast<T>(sums[c]);
    weight_gradient.data_ptr<T>()[c] = static_cast<T>(sums[blocks.channels() + c] * i);
    factor[c] = static_cast<T>(weight.data_ptr<T>()[c] * i);
    offset[c] = static_cast<T>(all[c] / count);
    tilt[c] = static_cast<T>(all[blocks.channels() + c] * i * i / count);
  }
  at::Tensor result = at::empty_like(x, last_of(x));
  S* const result_values = result.data_ptr<S>();
  blocks.each([&](std::int64_t first, std::int64_t rows, std::int64_t) {
    norm_loops::backward_apply(input + first, inner_values + first, result_values + first, rows, blocks.channels(), m,
                               factor.data(), offset.data(), tilt.data());
  });
  return {result, weight_gradient, bias_gradient, inner};
}

// Per group of images and channel; `coefficients` [mean, inverse deviation, scale, shift][group][channel]. `together`
// only where the images are one group.
template <class S>
at::Tensor volumes_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           at::Tensor running_mean, at::Tensor running_variance, double slope, const at::Tensor& skip,
                           std::int64_t groups, at::Tensor& coefficients, Group* together) {
  using T = Computed<S>;
  const Blocks blocks(x, groups);
  const std::int64_t channels = blocks.channels(), group_size = blocks.rows() * channels;
  coefficients = at::empty({4, groups, channels}, x.options().dtype(c10::CppTypeToScalarType<T>::value));
  T* const all = coefficients.data_ptr<T>();
  at::Tensor out = at::empty_like(x, last_of(x));
  for (std::int64_t group = 0; group < groups; ++group) {
    const S* const input = x.data_ptr<S>() + group * group_size;
    S* const output = out.data_ptr<S>() + group * group_size;
    const S* const added = skip.defined() ? skip.data_ptr<S>() + group * group_size : nullptr;
    std::vector<double> sums = blocks.sums([&](std::int64_t first, std::int64_t rows, double* s, double* q) {
      norm_loops::sum(input + first, rows, channels, s, q);
    });
    const double count = sum_over(together, sums, blocks.rows());
    T *const mean = all + group * channels, *const inverse = mean + groups * channels,
             *const scale = inverse + groups * channels, *const shift = scale + groups * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double m = sums[c] / count, variance = std::max(0.0, sums[channels + c] / count - m * m);
      const double i = 1 / std::sqrt(variance + kNormEpsilon);
      const double w = weight.defined() ? weight.data_ptr<T>()[c] : 1, b = bias.defined() ? bias.data_ptr<T>()[c] : 0;
      mean[c] = static_cast<T>(m);
      inverse[c] = static_cast<T>(i);
      scale[c] = static_cast<T>(w * i);
      shift[c] = static_cast<T>(b - m * w * i);
      if (running_mean.defined()) move_running<T>(running_mean, running_variance, c, m, variance, count);
    }
    blocks.each([&](std::int64_t first, std::int64_t rows, std::int64_t) {
      if (added) {
        norm_loops::apply_add(input + first, added + first, output + first, rows, channels, scale, shift,
                              static_cast<T>(slope));
      } else {
        norm_loops::apply(input + first, static_cast<const S*>(nullptr), output + first, rows, channels, scale, shift,
                          static_cast<T>(slope));
      }
    });
  }
  return out;
}

// Gradients of x, weight and bias; of the latter two only in one group.
template <class S>
std::vector<at::Tensor> volumes_backward(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& weight,
                                         const at::Tensor& coefficients, double slope, Group* together) {
  using T = Computed<S>;
  const std::int64_t groups = coefficients.size(1);
  const Blocks blocks(x, groups);
  const std::int64_t channels = blocks.channels(), group_size = blocks.rows() * channels;
  const T* const kept = coefficients.data_ptr<T>();
  at::Tensor result = at::empty_like(x, last_of(x)), weight_gradient, bias_gradient;
  if (weight.defined()) weight_gradient = at::empty_like(weight), bias_gradient = at::empty_like(weight);
  std::vector<T> factor(channels), offset(channels), tilt(channels);
  for (std::int64_t group = 0; group < groups; ++group) {
    const S *const input = x.data_ptr<S>() + group * group_size, *const above =
                                                                     gradient.data_ptr<S>() + group * group_size;
    S* const below = result.data_ptr<S>() + group * group_size;
    const T *const mean = kept + group * channels, *const inverse = mean + groups * channels,
                   *const scale = inverse + groups * channels;
    const norm_loops::Channels<T> of{mean, scale, scale + groups * channels, factor.data(), offset.data(), tilt.data()};
    const std::vector<double> sums = blocks.sums([&](std::int64_t first, std::int64_t rows, double* s, double* p) {
      norm_loops::gated_sum(input + first, above + first, rows, channels, of, static_cast<T>(slope), s, p);
    });
    std::vector<double> all = sums;
    const double count = sum_over(together, all, blocks.rows());
    for (std::int64_t c = 0; c < channels; ++c) {
      const double i = inverse[c], w = weight.defined() ? weight.data_ptr<T>()[c] : 1;
      if (weight.defined()) {
        bias_gradient.data_ptr<T>()[c] = static_cast<T>(sums[c]);
        weight_gradient.data_ptr<T>()[c] = static_cast<T>(sums[channels + c] * i);
      }
      factor[c] = static_cast<T>(w * i);
      offset[c] = static_cast<T>(all[c] / count);
      tilt[c] = static_cast<T>(all[channels + c] * i * i / count);
    }
    blocks.each([&](std::int64_t first, std::int64_t rows, std::int64_t) {
      norm_loops::gated_apply(input + first, above + first, below + first, rows, channels, of, static_cast<T>(slope));
    });
  }
  return {result, weight_gradient, bias_gradient};
}

// A backward pass can run in a thread that has no group: what it does with others it does with those of its forward
// pass.
void keep(Group* together, torch::autograd::AutogradContext& context) {
  context.saved_data["together"] = reinterpret_cast<std::int64_t>(together);
}
Group* kept_group(torch::autograd::AutogradContext& context) {
  return reinterpret_cast<Group*>(context.saved_data["together"].toInt());
}

// What is not differentiated; autograd functions do not take undefined tensors as arguments.
struct Running {
  at::Tensor mean, variance;
};

class Normalise : public torch::autograd::Function<Normalise> {
 public:
  // An empty `residual` is none.
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& residual, const Running& running, double slope) {
    at::Tensor mean, inverse, added;
    Group* const together = group_of_statistics();
    const bool has_residual = residual.numel() > 0;
    if (has_residual) added = residual.contiguous(last_of(x));
    const at::Tensor out = for_type(x.scalar_type(), [&](auto stored) {
      return network::forward<decltype(stored)>(x, weight, bias, running.mean, running.variance, slope, added, mean,
                                                inverse, together);
    });
    keep(together, *context);
    context->save_for_backward({x, out, weight, mean, inverse});
    context->saved_data["slope"] = slope;
    context->saved_data["has_residual"] = has_residual;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor above = gradients[0].contiguous(last_of(gradients[0]));
    const double slope = context->saved_data["slope"].toDouble();
    const auto found = for_type(above.scalar_type(), [&](auto stored) {
      return network::backward<decltype(stored)>(above, saved[0], saved[1], saved[2], saved[3], saved[4], slope,
                                                 kept_group(*context));
    });
    const at::Tensor none;
    return {found[0], found[1], found[2], context->saved_data["has_residual"].toBool() ? found[3] : none, none, none};
  }
};

// Empty tensors are none.
class NormaliseVolumes : public torch::autograd::Function<NormaliseVolumes> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& skip, const Running& running, double slope,
                            Statistics statistics) {
    const auto given = [](const at::Tensor& t) { return t.numel() > 0 ? t : at::Tensor(); };
    at::Tensor coefficients, added = given(skip);
    if (added.defined()) added = added.contiguous(last_of(x));
    const std::int64_t groups = statistics == Statistics::image ? x.size(0) : 1;
    Group* const together = statistics == Statistics::batch ? group_of_statistics() : nullptr;
    const at::Tensor out = for_type(x.scalar_type(), [&](auto stored) {
      return volumes_forward<decltype(stored)>(x, given(weight), given(bias), running.mean, running.variance, slope,
                                               added, groups, coefficients, together);
    });
    keep(together, *context);
    context->save_for_backward({x, weight, coefficients});
    context->saved_data["slope"] = slope;
    context->saved_data["has_skip"] = added.defined();
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor above = gradients[0].contiguous(last_of(gradients[0]));
    const double slope = context->saved_data["slope"].toDouble();
    const at::Tensor none, weight = saved[1].numel() > 0 ? saved[1] : none;
    const auto found = for_type(above.scalar_type(), [&](auto stored) {
      return volumes_backward<decltype(stored)>(above, saved[0], weight, saved[2], slope, kept_group(*context));
    });
    return {found[0], found[1], found[2], context->saved_data["has_skip"].toBool() ? above : none, none, none, none};
  }
};

}  // namespace

Group* group_of_statistics() {
  Group* const all = group();
  return all && all->shares_statistics() ? all : nullptr;
}

bool has_fast_normalisation(const at::Tensor& x) {
  const at::ScalarType type = x.scalar_type();
  return x.device().is_cpu() && (type == at::kFloat || type == at::kDouble || type == at::kBFloat16) &&
         (x.dim() == 4 || x.dim() == 5) && x.numel() > 0 && x.is_contiguous(last_of(x));
}

at::Tensor normalise_channels_last(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   const at::Tensor& running_mean, const at::Tensor& running_variance, double slope,
                                   const at::Tensor& residual) {
  return Normalise::apply(x, weight, bias, residual.defined() ? residual : at::empty({0}, x.options()),
                          Running{running_mean, running_variance}, slope);
}

at::Tensor normalise_volumes(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             const at::Tensor& running_mean, const at::Tensor& running_variance, double slope,
                             const at::Tensor& skip, Statistics statistics) {
  const auto or_empty = [&x](const at::Tensor& t) { return t.defined() ? t : at::empty({0}, x.options()); };
  return NormaliseVolumes::apply(x, or_empty(weight), or_empty(bias), or_empty(skip),
                                 Running{running_mean, running_variance}, slope, statistics);
}

}  // namespace coopseg::network
