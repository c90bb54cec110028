#include "coopseg/network/direct_gradient.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "coopseg/network/direct_window.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network::direct {
namespace {

constexpr std::int64_t kWholeBytes = 768 << 10;  // of an input that is rearranged as a whole

// `count` cells of 16 bits of one voxel and the same of its neighbour; null: zeros.
void interleave(const std::uint16_t* first, const std::uint16_t* second, std::int64_t count, std::uint32_t* to) {
  if (second) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = first[i] | static_cast<std::uint32_t>(second[i]) << 16;
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = first[i];
  }
}

// What gradients of weights are summed from, as cells of a tile: in float32 the window and the gradient above as they
// are; in bfloat16, of which a multiplication takes two at once, voxels side by side along a row.
class Operands {
 public:
  Operands(const Geometry& shape, const DirectKernels& kernels, const Window& window, std::int64_t rows,
           std::int64_t slots = 0)
      : shape_(shape), window_(window), slots_(slots > 0 ? slots : shape.planes), paired_(kernels.bf16) {
    if (!paired_) return;
    const std::int64_t frame = shape.kernel_columns() - 1;
    pairs_ = (shape.width + 1) / 2;
    starts_ = frame > 0 ? 2 : 1;
    window_rows_ = rows + frame;
    row_cells_ = (pairs_ + 1) * shape.chunk_channels();
    slot_cells_ = starts_ * shape.chunks() * window_rows_ * row_cells_;
    input_.resize(static_cast<std::size_t>(slots_ * slot_cells_ + kChunk));
    above_slots_ = slots > 0 ? slots : 1;
    above_cells_ = rows * pairs_ * shape.out;
    above_.resize(static_cast<std::size_t>(above_slots_ * above_cells_));
  }

  // As Window::move(), after it.
  void move(const void* above, std::int64_t image, std::int64_t plane, bool begins, std::int64_t first,
            std::int64_t count) {
    above_rows_ = static_cast<const char*>(above) +
                  ((image * shape_.depth * shape_.height) + first) * shape_.width * shape_.out * (paired_ ? 2 : 4);
    if (!paired_) return;
    const auto* const rows =
        reinterpret_cast<const std::uint16_t*>(above_rows_) + plane * shape_.height * shape_.width * shape_.out;
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t p = 0; p < pairs_; ++p) {
        const std::uint16_t* const voxel = rows + (r * shape_.width + 2 * p) * shape_.out;
        interleave(voxel, 2 * p + 1 < shape_.width ? voxel + shape_.out : nullptr, shape_.out,
                   above_slot(plane) + (r * pairs_ + p) * shape_.out);
      }
    }
    for (int p = shape_.planes == 3 && !begins ? 2 : 0; p < shape_.planes; ++p) pair_plane(plane, p, count);
  }

  // Of each column from `start` on that a tile takes.
  void prepare(WeightTile& tile, std::int64_t count, std::int64_t start) const {
    const std::int64_t columns = paired_ ? pairs_ : shape_.width, step = shape_.column_step();
    tile.rows = static_cast<int>(count);
    tile.columns = static_cast<int>((columns - start + step - 1) / step);
    tile.x_row = paired_ ? row_cells_ : window_.row_cells();
    tile.above_voxel = step * shape_.out;
    tile.above_row = columns * shape_.out;
  }
  // The cells of a plane of the output.
  const void* above(std::int64_t plane) {
    if (paired_) return above_slot(plane);
    return above_rows_ + plane * shape_.height * shape_.width * shape_.out * 4;
  }
  // The cells of the plane that one of the kernel's sees there, null without one, and where in them those of a chunk
  // begin that a row and a column of the kernel see.
  const void* input(std::int64_t plane, int of_kernel) const {
    const void* const cells = window_.at(plane, of_kernel, 0, 0, 0);
    return cells && paired_ ? slot(plane, of_kernel) : cells;
  }
  std::int64_t input_start(std::int64_t chunk, int kernel_row, int kernel_column) const {
    const std::int64_t voxel = shape_.chunk_channels();
    if (paired_) return place(kernel_column % 2, chunk, kernel_row) + kernel_column / 2 * voxel;
    return chunk * window_.chunk_cells() + kernel_row * window_.row_cells() + kernel_column * voxel;
  }

 private:
  std::uint32_t* above_slot(std::int64_t plane) { return above_.data() + plane % above_slots_ * above_cells_; }
  const std::uint32_t* slot(std::int64_t plane, int of_kernel) const {
    return input_.data() + (plane + of_kernel + slots_ - 1) % slots_ * slot_cells_;
  }
  // Of pairs that begin with an even or with an odd column.
  std::int64_t place(int odd, std::int64_t chunk, std::int64_t row) const {
    return ((odd * shape_.chunks() + chunk) * window_rows_ + row) * row_cells_;
  }

  void pair_plane(std::int64_t plane, int of_kernel, std::int64_t count) {
    if (!window_.at(plane, of_kernel, 0, 0, 0)) return;
    auto* const to = const_cast<std::uint32_t*>(slot(plane, of_kernel));
    const std::int64_t frame = shape_.kernel_columns() - 1, columns = shape_.width + frame;
    const std::int64_t voxel = shape_.chunk_channels();
    for (std::int64_t chunk = 0; chunk < shape_.chunks(); ++chunk) {
      for (std::int64_t row = 0; row < count + frame; ++row) {
        const auto* const voxels = reinterpret_cast<const std::uint16_t*>(window_.at(plane, of_kernel, chunk, row, 0));
        for (int odd = 0; odd < starts_; ++odd) {
          std::uint32_t* pair = to + place(odd, chunk, row);
          for (std::int64_t c = odd; c < columns; c += 2, pair += voxel)
            interleave(voxels + c * voxel, c + 1 < columns ? voxels + (c + 1) * voxel : nullptr, voxel, pair);
        }
      }
    }
  }

  const Geometry& shape_;
  const Window& window_;
  std::int64_t slots_;
  bool paired_;
  std::int64_t pairs_ = 0, window_rows_ = 0, row_cells_ = 0, slot_cells_ = 0;
  int starts_ = 1;
  std::vector<std::uint32_t> input_, above_;
  std::int64_t above_slots_ = 1, above_cells_ = 0;
  const char* above_rows_ = nullptr;
};

// A window and what is summed over it.
struct Slabs {
  Slabs(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows, std::int64_t slots = 0)
      : window(shape, kernels, rows, slots), operands(shape, kernels, window, rows, slots) {}
  void move(const void* x, const void* above, std::int64_t image, std::int64_t plane, std::int64_t first,
            std::int64_t count) {
    window.move(x, image, plane, plane == 0, first, count);
    operands.move(above, image, plane, plane == 0, first, count);
  }
  Window window;
  Operands operands;
};

// Where sums of one unit of work go, and of which of the output's channels.
struct WeightSums {
  float* sums;
  std::int64_t first_out, last_out;
};

// Adds what planes of `slabs`, of `rows` each, say.
void add_weight_gradient(const Geometry& shape, const DirectKernels& kernels,
                         const std::vector<std::pair<Slabs*, std::int64_t>>& planes, std::int64_t rows,
                         const WeightSums& to) {
  const std::int64_t length = shape.gradient_length();
  // Two half chunks side by side are those of one column of the kernel and of what a tile has next to it.
  const bool halves = shape.in_halves();
  const int tile_columns = shape.kernel_columns() == 1 ? 1 : halves ? 2 : 3;
  const int column_step = halves && !kernels.bf16 ? 2 : 1;
  const bool alone = tile_columns == 1 && shape.out % kernels.above_channels_alone == 0;
  const int tile_channels = alone ? kernels.above_channels_alone : kernels.above_channels;
  const Operands& any = planes.front().first->operands;
  WeightTile tile{};
  tile.gradient_channel = length;
  tile.gradient_column = halves ? kChunk : shape.in;
  for (int p = 0; p < shape.planes; ++p) {
    std::vector<const void*> x, above;
    for (const auto& [slabs, plane] : planes) {
      const void* const input = slabs->operands.input(plane, p);
      if (!input) continue;
      x.push_back(input);
      above.push_back(slabs->operands.above(plane));
    }
    tile.x = x.data();
    tile.above = above.data();
    tile.slabs = static_cast<int>(x.size());
    if (x.empty()) continue;
    for (std::int64_t chunk = 0; chunk < shape.chunks(); ++chunk) {
      for (int kernel_row = 0; kernel_row < shape.kernel_rows(); ++kernel_row) {
        const std::int64_t kernel_place = p * 3 + kernel_row;
        const std::int64_t place = halves                     ? (kernel_place * shape.chunks() + chunk) * 2 * kChunk
                                   : shape.kind == Kind::same ? kernel_place * 3 * shape.in + chunk * kChunk
                                                              : (p + chunk) * kChunk;
        for (std::int64_t start = 0; start < shape.column_step(); ++start) {
          any.prepare(tile, rows, start);
          for (int k = 0; k < tile_columns; ++k)
            tile.x_columns[k] = any.input_start(chunk, kernel_row, k * column_step) + start * shape.chunk_channels();
          for (std::int64_t o = to.first_out; o < to.last_out; o += tile_channels) {
            tile.above_start = o + start * shape.out;
            tile.gradient = to.sums + o * length + place;
            kernels.weights(tile, tile_columns, tile_channels);
          }
        }
      }
    }
  }
}

// Sums of parts, out of the order in which half chunks are summed.
void gather_halves(const Geometry& shape, const DirectKernels& kernels, const float* all, std::int64_t parts,
                   float* gradient) {
  // In bfloat16 it is every second column that lies side by side.
  const std::int64_t places[3] = {0, kernels.bf16 ? 2 : 1, kernels.bf16 ? 1 : 2};
  const std::int64_t numbers = shape.out * shape.gradient_length(), chunks = shape.chunks();
  for (std::int64_t row = 0; row < shape.out * shape.planes * 3; ++row) {
    for (std::int64_t column = 0; column < 3; ++column) {
      for (std::int64_t c = 0; c < shape.in; ++c) {
        const float* const from =
            all + (row * chunks + c / kHalfChunk) * 2 * kChunk + places[column] * kHalfChunk + c % kHalfChunk;
        float sum = from[0];
        for (std::int64_t part = 1; part < parts; ++part) sum += from[part * numbers];
        gradient[(row * 3 + column) * shape.in + c] = sum;
      }
    }
  }
}

}  // namespace

void weight_gradient(const Geometry& shape, const DirectKernels& kernels, const void* x, const void* above,
                     float* gradient) {
  const std::int64_t length = shape.gradient_length(), numbers = shape.out * length;
  // Of small volumes all planes of all images are summed at once: the gradient is larger than they are.
  const std::int64_t all_bytes =
      Window::bytes(shape, kernels, shape.height) / shape.planes * shape.depth * shape.images;
  const bool whole = shape.kind != Kind::image && all_bytes <= kWholeBytes;
  const std::int64_t rows_of_block = whole ? shape.height : block_rows(shape, kernels);
  const std::int64_t row_blocks = (shape.height + rows_of_block - 1) / rows_of_block;
  const std::int64_t stacks = shape.images * row_blocks;  // of the blocks of all planes
  const GradientCut cut(shape, stacks, numbers, whole);
  const std::int64_t parts = cut.parts, groups = cut.groups, group_channels = cut.group_channels;
  const bool in_place = parts == 1 && shape.kind != Kind::image && !shape.in_halves();
  const at::Tensor partial = in_place ? at::Tensor() : at::zeros({parts, numbers}, at::kFloat);
  if (in_place) std::fill_n(gradient, numbers, 0.0f);
  float* const all_sums = in_place ? gradient : partial.data_ptr<float>();
  at::parallel_for(0, parts * groups, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::unique_ptr<Slabs>> slabs;
    std::vector<std::pair<Slabs*, std::int64_t>> planes;
    if (whole) {
      for (std::int64_t image = 0; image < shape.images; ++image) {
        slabs.push_back(std::make_unique<Slabs>(shape, kernels, rows_of_block, shape.depth));
        for (std::int64_t plane = 0; plane < shape.depth; ++plane) {
          slabs.back()->move(x, above, image, plane, 0, shape.height);
          planes.emplace_back(slabs.back().get(), plane);
        }
      }
    } else {
      slabs.push_back(std::make_unique<Slabs>(shape, kernels, rows_of_block));
    }
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t part = unit / groups, first_out = unit % groups * group_channels;
      const WeightSums to{all_sums + part * numbers, first_out, std::min(shape.out, first_out + group_channels)};
      if (whole) {
        add_weight_gradient(shape, kernels, planes, shape.height, to);
        continue;
      }
      for (std::int64_t stack = part * stacks / parts; stack < (part + 1) * stacks / parts; ++stack) {
        const std::int64_t image = stack / row_blocks, first_row = stack % row_blocks * rows_of_block;
        const std::int64_t rows = std::min(rows_of_block, shape.height - first_row);
        for (std::int64_t plane = 0; plane < shape.depth; ++plane) {
          slabs.front()->move(x, above, image, plane, first_row, rows);
          add_weight_gradient(shape, kernels, {{slabs.front().get(), plane}}, rows, to);
        }
      }
    }
  });
  if (in_place) return;
  const float* const all = partial.data_ptr<float>();
  if (shape.in_halves()) {
    gather_halves(shape, kernels, all, parts, gradient);
    return;
  }
  // The places of a plane of an image's kernel, out of a chunk.
  const std::int64_t used = shape.kind == Kind::image ? 9 : length, step = shape.kind == Kind::image ? kChunk : length;
  at::parallel_for(0, numbers / step, std::max<std::int64_t>(1, 4096 / step),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t row = begin; row < end; ++row) {
                       float* const to = gradient + row * used;
                       std::copy_n(all + row * step, used, to);
                       for (std::int64_t part = 1; part < parts; ++part) {
                         const float* const more = all + part * numbers + row * step;
                         for (std::int64_t i = 0; i < used; ++i) to[i] += more[i];
                       }
                     }
                   });
}

}  // namespace coopseg::network::direct
