#include "coopseg/network/voxel_heads.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "coopseg/network/channel_loops.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

constexpr std::int64_t kRun = 16;  // rows that are summed in the computed type

// out[row] = x[row] . weight + bias
template <class S, class T>
COOPSEG_INLINE void dot_block(const S* __restrict__ x, std::int64_t rows, std::int64_t channels,
                              const T* __restrict__ weight, T bias, T* __restrict__ out) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels) {
    T lanes[kTile] = {};
    each_tile(channels, [&](std::int64_t first, auto width) __attribute__((always_inline)) {
      for (int c = 0; c < width; ++c) lanes[c] += loaded(x[first + c]) * weight[first + c];
    });
    for (int c = 0; c < 8; ++c) lanes[c] += lanes[c + 8];
    for (int c = 0; c < 4; ++c) lanes[c] += lanes[c + 4];
    out[row] = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) + bias;
  }
}

// below[row] = sum over the heads of above[head][row] * weight[head]; heads are `stride` apart in `above`.
template <class S, class T>
COOPSEG_INLINE void spread_block(const T* __restrict__ above, std::int64_t stride, std::int64_t heads,
                                 const T* __restrict__ weight, std::int64_t rows, std::int64_t channels,
                                 S* __restrict__ below) {
  for (std::int64_t row = 0; row < rows; ++row, below += channels) {
    each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
      T sum[kTile] = {};
      for (std::int64_t head = 0; head < heads; ++head) {
        const T factor = above[head * stride + row];
        for (int c = 0; c < width; ++c) sum[c] += factor * weight[head * channels + first + c];
      }
      for (int c = 0; c < width; ++c) store(below[first + c], sum[c]);
    });
  }
}

// sums[c] = sum over the rows of above[row] * x[row][c], sums[channels] that of above[row] alone.
template <class S, class T>
COOPSEG_INLINE void gather_block(const S* __restrict__ x, const T* __restrict__ above, std::int64_t rows,
                                 std::int64_t channels, double* __restrict__ sums) {
  each_tile(channels, [=](std::int64_t first, auto width) __attribute__((always_inline)) {
    double s[kTile] = {};
    for (std::int64_t begin = 0; begin < rows; begin += kRun) {
      T run[kTile] = {};
      for (std::int64_t row = begin; row < std::min(rows, begin + kRun); ++row) {
        const S* __restrict__ const voxel = x + row * channels + first;
        for (int c = 0; c < width; ++c) run[c] += above[row] * loaded(voxel[c]);
      }
      for (int c = 0; c < width; ++c) s[c] += run[c];
    }
    for (int c = 0; c < width; ++c) sums[first + c] = s[c];
  });
  double alone = 0;
  for (std::int64_t row = 0; row < rows; ++row) alone += above[row];
  sums[channels] = alone;
}

#define COOPSEG_KERNELS(S, T)                                                                                       \
  COOPSEG_CLONES void dot(const S* x, std::int64_t rows, std::int64_t channels, const T* weight, T bias, T* out) {  \
    dot_block(x, rows, channels, weight, bias, out);                                                                \
  }                                                                                                                 \
  COOPSEG_CLONES void spread(const T* above, std::int64_t stride, std::int64_t heads, const T* weight,              \
                             std::int64_t rows, std::int64_t channels, S* below) {                                  \
    spread_block(above, stride, heads, weight, rows, channels, below);                                              \
  }                                                                                                                 \
  COOPSEG_CLONES void gather(const S* x, const T* above, std::int64_t rows, std::int64_t channels, double* sums) {  \
    gather_block(x, above, rows, channels, sums);                                                                   \
  }
COOPSEG_KERNELS(float, float)
COOPSEG_KERNELS(double, double)
COOPSEG_KERNELS(c10::BFloat16, float)
#undef COOPSEG_KERNELS

// Voxels in blocks, none of which is of two images.
class Blocks {
 public:
  explicit Blocks(const at::Tensor& x)
      : images_(x.size(0)),
        voxels_(x.size(2) * x.size(3) * x.size(4)),
        of_image_((voxels_ + kBlockRows - 1) / kBlockRows) {}

  std::int64_t images() const { return images_; }
  std::int64_t voxels() const { return voxels_; }
  std::int64_t of_image() const { return of_image_; }

  // work(image, first voxel of it, voxels, block)
  template <class Work>
  void each(const Work& work) const {
    at::parallel_for(0, images_ * of_image_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t block = begin; block < end; ++block) {
        const std::int64_t first = block % of_image_ * kBlockRows;
        work(block / of_image_, first, std::min(kBlockRows, voxels_ - first), block);
      }
    });
  }

 private:
  std::int64_t images_, voxels_, of_image_;
};

// [images, K, C], of one head, in which the image's factors are.
at::Tensor weights_of_images(const at::Tensor& weight, const at::Tensor& factors, std::int64_t images) {
  const at::Tensor all = weight.flatten(1).unsqueeze(0);
  return (factors.numel() > 0 ? all * factors.to(weight.scalar_type()).unsqueeze(1)
                              : all.expand({images, all.size(1), all.size(2)}))
      .contiguous();
}

struct Head {
  at::Tensor weight, bias;
};

template <class S>
torch::autograd::variable_list forward(const at::Tensor& x, const at::Tensor& factors, const std::vector<Head>& heads) {
  using T = Computed<S>;
  struct Part {
    const T *weights, *bias;
    T* out;
    std::int64_t channels;
  };
  const Blocks blocks(x);
  const std::int64_t channels = x.size(1);
  torch::autograd::variable_list weights, outputs;
  std::vector<Part> parts;
  for (const Head& head : heads) {
    weights.push_back(weights_of_images(head.weight, factors, x.size(0)));
    const std::int64_t made = head.weight.size(0);
    outputs.push_back(at::empty({x.size(0), made, x.size(2), x.size(3), x.size(4)}, head.weight.options()));
    parts.push_back({weights.back().data_ptr<T>(), head.bias.data_ptr<T>(), outputs.back().data_ptr<T>(), made});
  }
  const S* const input = x.data_ptr<S>();
  blocks.each([&](std::int64_t image, std::int64_t first, std::int64_t rows, std::int64_t) {
    for (const Part& part : parts) {
      for (std::int64_t c = 0; c < part.channels; ++c) {
        const std::int64_t plane = image * part.channels + c;
        dot(input + (image * blocks.voxels() + first) * channels, rows, channels, part.weights + plane * channels,
            part.bias[c], part.out + plane * blocks.voxels() + first);
      }
    }
  });
  return outputs;
}

// Gradients of x, the weight [K, C] and the bias; `above` and `weight` are those of all heads, one behind the other.
template <class S>
std::vector<at::Tensor> backward(const at::Tensor& above, const at::Tensor& x, const at::Tensor& factors,
                                 const at::Tensor& weight) {
  using T = Computed<S>;
  const Blocks blocks(x);
  const std::int64_t channels = x.size(1), heads = weight.size(0), width = channels + 1;
  const at::Tensor weights = weights_of_images(weight, factors, x.size(0));
  at::Tensor below = at::empty_like(x, last_of(x));
  const S* const input = x.data_ptr<S>();
  const T *const factor = weights.data_ptr<T>(), *const gradient = above.data_ptr<T>();
  S* const result = below.data_ptr<S>();
  // [image][block][head][channel], the last one of the bias.
  const at::Tensor parts = at::empty({x.size(0), blocks.of_image(), heads, width}, at::kDouble);
  double* const sums = parts.data_ptr<double>();
  blocks.each([&](std::int64_t image, std::int64_t first, std::int64_t rows, std::int64_t block) {
    const std::int64_t at = (image * blocks.voxels() + first) * channels;
    const T* const own = gradient + image * heads * blocks.voxels() + first;
    spread(own, blocks.voxels(), heads, factor + image * heads * channels, rows, channels, result + at);
    for (std::int64_t head = 0; head < heads; ++head)
      gather(input + at, own + head * blocks.voxels(), rows, channels, sums + (block * heads + head) * width);
  });
  at::Tensor of_images = at::zeros({x.size(0), heads, width}, at::kDouble);
  double* const total = of_images.data_ptr<double>();
  for (std::int64_t block = 0; block < x.size(0) * blocks.of_image(); ++block) {
    const std::int64_t image = block / blocks.of_image();
    for (std::int64_t i = 0; i < heads * width; ++i)
      total[image * heads * width + i] += sums[block * heads * width + i];
  }
  at::Tensor of_weight = of_images.narrow(2, 0, channels);
  if (factors.numel() > 0) of_weight = of_weight * factors.to(at::kDouble).unsqueeze(1);
  return {below, of_weight.sum(0).to(weight.scalar_type()),
          of_images.select(2, channels).sum(0).to(weight.scalar_type())};
}

// Empty tensors are none.
class Heads : public torch::autograd::Function<Heads> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                                                const at::Tensor& factors, const at::Tensor& weight1,
                                                const at::Tensor& bias1, const at::Tensor& weight2,
                                                const at::Tensor& bias2) {
    context->save_for_backward({x, factors, weight1, weight2});
    std::vector<Head> heads{{weight1, bias1}};
    if (weight2.numel() > 0) heads.push_back({weight2, bias2});
    return for_type(x.scalar_type(),
                    [&](auto stored) { return network::forward<decltype(stored)>(x, factors, heads); });
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &factors = saved[1], &weight1 = saved[2], &weight2 = saved[3], none;
    const bool two = gradients.size() == 2;
    const at::Tensor above = two ? at::cat({gradients[0], gradients[1]}, 1) : gradients[0].contiguous();
    const at::Tensor weight = two ? at::cat({weight1.flatten(1), weight2.flatten(1)}) : weight1.flatten(1);
    const auto found = for_type(x.scalar_type(), [&](auto stored) {
      return network::backward<decltype(stored)>(above, x, factors, weight);
    });
    const std::int64_t first = weight1.size(0), others = weight.size(0) - first;
    const auto of_weight = [&](std::int64_t begin, std::int64_t count, const at::Tensor& like) {
      return found[1].narrow(0, begin, count).view_as(like).contiguous(last_of(like));
    };
    return {found[0],
            none,
            of_weight(0, first, weight1),
            found[2].narrow(0, 0, first),
            two ? of_weight(first, others, weight2) : none,
            two ? found[2].narrow(0, first, others) : none};
  }
};

}  // namespace

bool has_voxel_heads(const at::Tensor& x) {
  const at::ScalarType type = x.scalar_type();
  return x.device().is_cpu() && x.dim() == 5 && x.numel() > 0 && x.is_contiguous(last_of(x)) &&
         (type == at::kFloat || type == at::kDouble || type == at::kBFloat16);
}

VoxelHeads apply_voxel_heads(const at::Tensor& x, const at::Tensor& factors, const at::Tensor& weight1,
                             const at::Tensor& bias1, const at::Tensor& weight2, const at::Tensor& bias2) {
  const auto or_empty = [&](const at::Tensor& t) { return t.defined() ? t : at::empty({0}, weight1.options()); };
  const auto outputs = Heads::apply(x, or_empty(factors), weight1, bias1, or_empty(weight2), or_empty(bias2));
  return {outputs[0], outputs.size() == 2 ? outputs[1] : at::Tensor()};
}

}  // namespace coopseg::network
