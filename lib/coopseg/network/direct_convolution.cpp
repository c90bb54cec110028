#include "coopseg/network/direct_convolution.h"

#include <torch/csrc/autograd/custom_function.h>

#include <utility>
#include <vector>

#include "coopseg/network/direct_gradient.h"
#include "coopseg/network/direct_output.h"
#include "coopseg/network/direct_packing.h"
#include "coopseg/network/direct_processor.h"
#include "coopseg/network/direct_products.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace direct {
namespace {

enum class Operation { same, reduce, expand };

const DirectKernels* kernels_for(const at::Tensor& x) {
  return x.device().is_cpu() && x.dim() == 5 && x.numel() > 0 ? best_kernels(x.scalar_type()) : nullptr;
}

// Of the grid that outputs have; of `expand` that of the input.
Geometry geometry(Kind kind, const at::Tensor& grid, std::int64_t in, std::int64_t out, int planes = 1) {
  return {kind, grid.size(0), grid.size(2), grid.size(3), grid.size(4), in, out, planes};
}

at::Tensor empty_volume(at::IntArrayRef sizes, const at::TensorOptions& options) {
  return at::empty(sizes, options.memory_format(at::MemoryFormat::ChannelsLast3d));
}

// Kept in `packed`, unless it is null.
template <class Pack>
std::vector<Packed> packs(PackedWeight* packed, const DirectKernels& kernels, bool products, const Pack& pack_now) {
  if (!packed) return pack_now();
  for (const PackedWeight::Form& form : packed->forms) {
    if (form.kernels == &kernels && form.products == products) return form.packs;
  }
  packed->forms.push_back({&kernels, products, pack_now()});
  return packed->forms.back().packs;
}

at::Tensor run_same(const at::Tensor& x, const WeightView& weight, const at::Tensor& bias, std::int64_t out_channels,
                    int planes, PackedWeight* packed) {
  const DirectKernels& kernels = *kernels_for(x);
  const std::int64_t in = x.size(1);
  const Geometry shape = geometry(in == 1 ? Kind::image : Kind::same, x, in, out_channels, planes);
  at::Tensor out = empty_volume({x.size(0), out_channels, x.size(2), x.size(3), x.size(4)}, x.options());
  const bool products = pays(shape, kernels);
  const std::vector<Packed> weights = packs(packed, kernels, products, [&] {
    return std::vector<Packed>{products ? pack_products(shape, kernels, weight) : pack(shape, kernels, weight)};
  });
  if (products) {
    convolve_by_products(shape, kernels, x.data_ptr<float>(), weights.front(), bias.data_ptr<float>(),
                         out.data_ptr<float>());
  } else {
    convolve(shape, kernels, x.data_ptr(), weights, bias.data_ptr<float>(), out.data_ptr());
  }
  return out;
}

// The weight is [coarse, fine, 2, 2, 2] in both directions.
at::Tensor run_reduce(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, PackedWeight* packed) {
  const DirectKernels& kernels = *kernels_for(x);
  at::Tensor out = empty_volume({x.size(0), weight.size(0), x.size(2) / 2, x.size(3) / 2, x.size(4) / 2}, x.options());
  const Geometry shape = geometry(Kind::down, out, weight.size(1), weight.size(0));
  const std::vector<Packed> weights = packs(packed, kernels, false, [&] {
    const at::Tensor ordered = weight.contiguous(at::MemoryFormat::ChannelsLast3d);
    return std::vector<Packed>{pack(shape, kernels, reducing(ordered))};
  });
  convolve(shape, kernels, x.data_ptr(), weights, bias.data_ptr<float>(), out.data_ptr());
  return out;
}

at::Tensor run_expand(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, PackedWeight* packed) {
  const DirectKernels& kernels = *kernels_for(x);
  at::Tensor out = empty_volume({x.size(0), weight.size(1), 2 * x.size(2), 2 * x.size(3), 2 * x.size(4)}, x.options());
  const Geometry shape = geometry(Kind::point, x, weight.size(0), 2 * weight.size(1));
  const std::vector<Packed> weights = packs(packed, kernels, false, [&] {
    const at::Tensor ordered = weight.contiguous(at::MemoryFormat::ChannelsLast3d);
    std::vector<Packed> places;
    for (int place = 0; place < 4; ++place)
      places.push_back(pack(shape, kernels, expanding(ordered, place / 2, place % 2)));
    return places;
  });
  const at::Tensor twice = bias.repeat({2});
  convolve(shape, kernels, x.data_ptr(), weights, twice.data_ptr<float>(), out.data_ptr());
  return out;
}

at::Tensor run(Operation operation, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
               PackedWeight* packed) {
  switch (operation) {
    case Operation::reduce:
      return run_reduce(x, weight, bias, packed);
    case Operation::expand:
      return run_expand(x, weight, bias, packed);
    case Operation::same:
      break;
  }
  return run_same(x, view(weight), bias, weight.size(0), static_cast<int>(weight.size(2)), packed);
}

class Direct : public torch::autograd::Function<Direct> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, Operation operation, BiasGradient bias_gradient) {
    context->saved_data["operation"] = static_cast<std::int64_t>(operation);
    context->saved_data["zero"] = bias_gradient == BiasGradient::zero;
    context->saved_data["needs_input"] = x.requires_grad();
    const at::Tensor input = x.contiguous(at::MemoryFormat::ChannelsLast3d);
    context->save_for_backward({input, weight});
    return run(operation, input, weight, bias, nullptr);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    const at::Tensor above = gradients[0].contiguous(at::MemoryFormat::ChannelsLast3d);
    const auto operation = static_cast<Operation>(context->saved_data["operation"].toInt());
    const DirectKernels& kernels = *kernels_for(x);

    const int planes = operation == Operation::same ? static_cast<int>(weight.size(2)) : 1;
    at::Tensor below;
    if (context->saved_data["needs_input"].toBool()) {
      const at::Tensor nothing = at::zeros({x.size(1)}, weight.options());
      below = operation == Operation::same && x.size(1) == 1
                  // Few ask for an image's gradient.
                  ? at::conv_transpose3d(above.to(at::kFloat), weight, {}, /*stride=*/1, /*padding=*/{planes / 2, 1, 1})
                        .to(x.scalar_type())
                  : operation == Operation::same
                        ? run_same(above, mirrored(weight), nothing, x.size(1), planes, nullptr)
                    : operation == Operation::reduce ? run_expand(above, weight, nothing, nullptr)
                                                     : run_reduce(above, weight, nothing, nullptr);
    }
    at::Tensor of_weight = empty_volume(weight.sizes(), weight.options());
    const bool expands = operation == Operation::expand;
    const at::Tensor &fine = expands ? above : x, &coarse = expands ? x : above;
    const Kind kind = operation != Operation::same ? Kind::down : x.size(1) == 1 ? Kind::image : Kind::same;
    const Geometry shape = geometry(kind, coarse, fine.size(1), coarse.size(1), planes);
    if (pays(shape, kernels)) {
      weight_gradient_by_products(shape, kernels, fine.data_ptr<float>(), coarse.data_ptr<float>(),
                                  of_weight.data_ptr<float>());
    } else {
      weight_gradient(shape, kernels, fine.data_ptr(), coarse.data_ptr(), of_weight.data_ptr<float>());
    }
    const at::Tensor of_bias = context->saved_data["zero"].toBool()
                                   ? at::zeros({above.size(1)}, weight.options())
                                   : above.sum({0, 2, 3, 4}, /*keepdim=*/false, at::kFloat);
    const at::Tensor none;
    return {below, of_weight, of_bias, none, none};
  }
};

at::Tensor apply(Operation operation, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                 BiasGradient bias_gradient, PackedWeight* packed) {
  if (packed) return run(operation, x.contiguous(at::MemoryFormat::ChannelsLast3d), weight, bias, packed);
  return Direct::apply(x, weight, bias, operation, bias_gradient);
}

// Of weights [out or coarse, in or fine, ...] with sides of `side`.
bool takes(const at::Tensor& x, const at::Tensor& weight, std::int64_t side) {
  return kernels_for(x) && weight.scalar_type() == at::kFloat && weight.dim() == 5 && weight.size(2) == side &&
         weight.size(3) == side && weight.size(4) == side && weight.size(0) % kHalfChunk == 0;
}

bool takes_channels(std::int64_t in, int multiple) { return in == 1 || in % multiple == 0; }

// oneDNN's own for AVX2 reach half of what the processor can do; those for AVX-512 need no help.
bool takes_plane(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride) {
  return x.device().is_cpu() && x.dim() == 4 && x.numel() > 0 && x.scalar_type() == at::kFloat &&
         weight.scalar_type() == at::kFloat && x.is_contiguous(at::MemoryFormat::ChannelsLast) && stride == 1 &&
         weight.size(2) == 3 && weight.size(3) == 3 && weight.size(0) % kChunk == 0 &&
         takes_channels(x.size(1), kChunk) && best_kernels(at::kFloat) &&
         best_kernels(at::kFloat) == direct_kernels_avx2();
}

}  // namespace
}  // namespace direct

bool has_direct_convolution(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride) {
  if (weight.dim() == 4) return direct::takes_plane(x, weight, stride);
  if (stride == 1) return direct::takes(x, weight, 3) && direct::takes_channels(weight.size(1), kHalfChunk);
  return stride == 2 && has_direct_expansion(x, weight);
}

bool has_direct_expansion(const at::Tensor& x, const at::Tensor& weight) {
  return direct::takes(x, weight, 2) && weight.size(1) % kHalfChunk == 0;
}

std::shared_ptr<PackedWeight> nothing_packed() { return std::make_shared<PackedWeight>(); }

at::Tensor convolve_directly(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             BiasGradient bias_gradient, PackedWeight* packed) {
  if (weight.dim() == 4) {
    return convolve_directly(x.unsqueeze(2), weight.unsqueeze(2), bias, bias_gradient, packed).squeeze(2);
  }
  return direct::apply(weight.size(4) == 3 ? direct::Operation::same : direct::Operation::reduce, x, weight, bias,
                       bias_gradient, packed);
}

at::Tensor expand_directly(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           BiasGradient bias_gradient, PackedWeight* packed) {
  return direct::apply(direct::Operation::expand, x, weight, bias, bias_gradient, packed);
}

}  // namespace coopseg::network
