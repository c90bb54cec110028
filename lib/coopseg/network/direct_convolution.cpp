#include "coopseg/network/direct_convolution.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/network/direct_kernels.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

constexpr std::int64_t kScratchBytes = 160 << 10;  // of the input's block: well inside of a core's second cache
constexpr std::int64_t kPartialBytes = 4 << 20;    // of all partial gradients of one weight
constexpr std::int64_t kWholeBytes = 768 << 10;    // of an input that is rearranged as a whole
constexpr std::int64_t kMostParts = 8, kLeastUnits = 8;

const DirectKernels* best_kernels(at::ScalarType type) {
#if defined(__x86_64__)
  // LibTorch's own variable, so that one setting shows what another processor does.
  static const std::string kHeld = std::getenv("ATEN_CPU_CAPABILITY") ? std::getenv("ATEN_CPU_CAPABILITY") : "";
  static const bool kAvx2 =
      kHeld != "default" && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  static const bool kAvx512 = kAvx2 && kHeld != "avx2" && __builtin_cpu_supports("avx512f") != 0 &&
                              __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
                              __builtin_cpu_supports("avx512dq") != 0;
  static const bool kBf16 = kAvx512 && __builtin_cpu_supports("avx512bf16") != 0;
  if (type == at::kFloat) return kAvx512 ? direct_kernels_avx512() : kAvx2 ? direct_kernels_avx2() : nullptr;
  if (type == at::kBFloat16) return kBf16 ? direct_kernels_avx512_bf16() : nullptr;
#endif
  static_cast<void>(type);
  return nullptr;
}

enum class Kind {
  same,   // three voxels along each axis, zeros around
  image,  // the same of a single channel: a chunk holds the 9 voxels of a plane of the kernel
  down,   // two voxels along each axis, stride 2: eight times the chunks
  point,  // a single voxel
};

// A convolution as its blocks need it; sides are the output's.
struct Geometry {
  Kind kind;
  std::int64_t images, depth, height, width, in, out;
  int planes;  // of the kernel: 3, or 1 where it has no extent along the first axis

  int kernel_rows() const { return kind == Kind::same ? 3 : 1; }
  int kernel_columns() const { return kind == Kind::same ? 3 : 1; }
  std::int64_t chunks() const { return kind == Kind::image ? 1 : kind == Kind::down ? 8 * in / kChunk : in / kChunk; }
  int run_cells(const DirectKernels& kernels) const {
    const int per_cell = kChunk / kernels.voxel_cells;
    return kind == Kind::image ? (9 + per_cell - 1) / per_cell : kernel_columns() * kernels.voxel_cells;
  }
  // Of the gradient of an output channel's weights. Of an image's each plane has room for a chunk.
  std::int64_t gradient_length() const {
    return kind == Kind::same ? 9 * planes * in : kind == Kind::image ? planes * kChunk : chunks() * kChunk;
  }
};

// The input of a block of rows, rearranged: for each of the planes that the kernel sees [chunk][row][column][16
// channels], with zeros where there is no input. Planes that follow each other share what they have in common.
class Window {
 public:
  Window(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows, std::int64_t slots = 0)
      : shape_(shape),
        slots_(slots > 0 ? slots : shape.planes),
        element_bytes_(kernels.bf16 ? 2 : 4),
        voxel_bytes_(kChunk * element_bytes_),
        frame_(shape.kind == Kind::same ? 2 : 0),
        rows_(rows + frame_),
        columns_(shape.width + frame_),
        slot_bytes_(shape.chunks() * rows_ * columns_ * voxel_bytes_),
        memory_(static_cast<std::size_t>(slots_ * slot_bytes_ + 64)) {}

  // Makes the window see what the output's plane needs; `first` and `count` are its rows. Planes are asked for in
  // ascending order, from `begins` on.
  void move(const void* input, std::int64_t image, std::int64_t plane, bool begins, std::int64_t first,
            std::int64_t count) {
    if (shape_.planes == 1) {
      fill(static_cast<const char*>(input), image, plane, first, count);
      return;
    }
    for (std::int64_t p = begins ? plane - 1 : plane + 1; p <= plane + 1; ++p) {
      if (p >= 0 && p < shape_.depth) fill(static_cast<const char*>(input), image, p, first, count);
    }
  }

  // Row 0 is the first that the kernel sees for the block's first row. Null: a plane of zeros.
  const char* at(std::int64_t plane, int of_kernel, std::int64_t chunk, std::int64_t row, std::int64_t column) const {
    const std::int64_t p = plane + of_kernel - shape_.planes / 2;
    if (p < 0 || p >= shape_.depth) return nullptr;
    return slot(p) + ((chunk * rows_ + row) * columns_ + column) * voxel_bytes_;
  }
  std::int64_t chunk_cells() const { return rows_ * row_cells(); }
  std::int64_t row_cells() const { return columns_ * voxel_bytes_ / 4; }

  static std::int64_t bytes(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows) {
    const std::int64_t frame = shape.kind == Kind::same ? 2 : 0;
    return shape.planes * shape.chunks() * (rows + frame) * (shape.width + frame) * kChunk * (kernels.bf16 ? 2 : 4);
  }

 private:
  char* slot(std::int64_t plane) const {
    char* const start = const_cast<char*>(memory_.data());
    const auto misaligned = reinterpret_cast<std::uintptr_t>(start) % 64;
    return start + (misaligned ? 64 - misaligned : 0) + plane % slots_ * slot_bytes_;
  }

  void fill(const char* input, std::int64_t image, std::int64_t plane, std::int64_t first, std::int64_t count) {
    char* const to = slot(plane);
    switch (shape_.kind) {
      case Kind::same:
        element_bytes_ == 4 ? fill_same<64>(to, input, image, plane, first, count)
                            : fill_same<32>(to, input, image, plane, first, count);
        break;
      case Kind::down:
        element_bytes_ == 4 ? fill_down<64>(to, input, image, plane, first, count)
                            : fill_down<32>(to, input, image, plane, first, count);
        break;
      case Kind::point:
        element_bytes_ == 4 ? fill_point<64>(to, input, image, plane, first, count)
                            : fill_point<32>(to, input, image, plane, first, count);
        break;
      case Kind::image:
        element_bytes_ == 4 ? fill_image<std::uint32_t>(to, input, image, plane, first, count)
                            : fill_image<std::uint16_t>(to, input, image, plane, first, count);
        break;
    }
  }

  template <int kBytes>
  void fill_same(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                 std::int64_t count) const {
    const std::int64_t voxel = shape_.in * element_bytes_, row_bytes = columns_ * kBytes;
    for (std::int64_t r = 0; r < count + 2; ++r) {
      const std::int64_t h = first + r - 1;
      const bool outside = h < 0 || h >= shape_.height;
      const char* from = input + ((image * shape_.depth + plane) * shape_.height + h) * shape_.width * voxel;
      for (std::int64_t chunk = 0; chunk < shape_.chunks(); ++chunk, from += kBytes) {
        char* const row = to + (chunk * rows_ + r) * row_bytes;
        if (outside) {
          std::memset(row, 0, static_cast<std::size_t>(row_bytes));
          continue;
        }
        std::memset(row, 0, kBytes);
        for (std::int64_t w = 0; w < shape_.width; ++w) std::memcpy(row + (w + 1) * kBytes, from + w * voxel, kBytes);
        std::memset(row + (shape_.width + 1) * kBytes, 0, kBytes);
      }
    }
  }

  template <int kBytes>
  void fill_down(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                 std::int64_t count) const {
    const std::int64_t voxel = shape_.in * element_bytes_, chunks = shape_.in / kChunk;
    for (std::int64_t corner = 0; corner < 8; ++corner) {
      const std::int64_t d = 2 * plane + corner / 4, dh = corner / 2 % 2, dw = corner % 2;
      for (std::int64_t r = 0; r < count; ++r) {
        const char* from =
            input +
            (((image * 2 * shape_.depth + d) * 2 * shape_.height + 2 * (first + r) + dh) * 2 * shape_.width + dw) *
                voxel;
        for (std::int64_t chunk = 0; chunk < chunks; ++chunk, from += kBytes) {
          char* const row = to + ((corner * chunks + chunk) * rows_ + r) * columns_ * kBytes;
          for (std::int64_t w = 0; w < shape_.width; ++w) std::memcpy(row + w * kBytes, from + 2 * w * voxel, kBytes);
        }
      }
    }
  }

  template <int kBytes>
  void fill_point(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                  std::int64_t count) const {
    const std::int64_t voxel = shape_.in * element_bytes_;
    for (std::int64_t r = 0; r < count; ++r) {
      const char* from = input + ((image * shape_.depth + plane) * shape_.height + first + r) * shape_.width * voxel;
      for (std::int64_t chunk = 0; chunk < shape_.chunks(); ++chunk, from += kBytes) {
        char* const row = to + (chunk * rows_ + r) * columns_ * kBytes;
        for (std::int64_t w = 0; w < shape_.width; ++w) std::memcpy(row + w * kBytes, from + w * voxel, kBytes);
      }
    }
  }

  template <class Bits>
  void fill_image(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                  std::int64_t count) const {
    const std::int64_t width = shape_.width;
    std::vector<Bits> around(static_cast<std::size_t>(3 * (width + 2)));
    const Bits* const from =
        reinterpret_cast<const Bits*>(input) + (image * shape_.depth + plane) * shape_.height * width;
    Bits* voxel = reinterpret_cast<Bits*>(to);
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t kh = 0; kh < 3; ++kh) {
        Bits* const row = around.data() + kh * (width + 2);
        const std::int64_t h = first + r + kh - 1;
        if (h < 0 || h >= shape_.height) {
          std::fill_n(row, width + 2, Bits{0});
        } else {
          row[0] = row[width + 1] = 0;
          std::copy_n(from + h * width, width, row + 1);
        }
      }
      for (std::int64_t w = 0; w < width; ++w, voxel += kChunk) {
        for (int kh = 0; kh < 3; ++kh)
          for (int kw = 0; kw < 3; ++kw)
            voxel[3 * kh + kw] = around[static_cast<std::size_t>(kh * (width + 2) + w + kw)];
        std::fill_n(voxel + 9, kChunk - 9, Bits{0});
      }
    }
  }

  Geometry shape_;
  std::int64_t slots_, element_bytes_, voxel_bytes_, frame_, rows_, columns_, slot_bytes_;
  std::vector<char> memory_;
};

// How many rows of the output one block has.
std::int64_t block_rows(const Geometry& shape, const DirectKernels& kernels) {
  std::int64_t rows = shape.height;
  while (rows > 4 && Window::bytes(shape, kernels, rows) > kScratchBytes) rows = (rows + 1) / 2;
  return rows;
}

// Where the weight of an output channel, an input channel and a place in the kernel stands.
struct WeightView {
  const float* values;
  std::ptrdiff_t out, in, plane, row, column;
};

WeightView view(const at::Tensor& weight) {
  return {weight.data_ptr<float>(), weight.stride(0), weight.stride(1),
          weight.stride(2),         weight.stride(3), weight.stride(4)};
}

// That which computes the gradient of the input from that of the output.
WeightView mirrored(const at::Tensor& weight) {
  WeightView v = view(weight);
  v.values += (weight.size(2) - 1) * v.plane + 2 * (v.row + v.column);
  return {v.values, v.in, v.out, -v.plane, -v.row, -v.column};
}

// Memory of the packed weights, as tensors keep theirs.
class Packed {
 public:
  Packed(const DirectKernels& kernels, std::int64_t out)
      : kernels_(kernels), block_(out % kernels.block == 0 ? kernels.block : kernels.block / 2) {}

  std::int64_t block() const { return block_; }
  bool half() const { return block_ != kernels_.block; }
  std::int64_t cell_bytes() const { return block_ * 4; }  // of a cell and the channels of a block
  float* cells() { return memory_.data_ptr<float>(); }
  const char* data() const { return static_cast<const char*>(memory_.data_ptr()); }

  // Room for `count` cells, each with a block's channels.
  void reserve(std::int64_t count) { memory_ = at::empty({count * block_}, at::kFloat); }

  // `channels` cells' worth of input channels at `to`: from, + in, + 2 in, ...; of the block's outputs.
  void put(std::int64_t to, const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels) {
    float* const cells = memory_.data_ptr<float>() + to * block_;
    if (!kernels_.bf16) {
      collect(from, in, out, channels, cells);
      return;
    }
    float rows[kChunk * 2 * kChunk];
    collect(from, in, out, channels, rows);
    if (channels % 2) std::fill_n(rows + channels * block_, block_, 0.0f);
    for (int i = 0; i < channels; i += 2) pair(rows + i * block_, cells + i / 2 * block_);
  }

  // [channel][output], out of any order.
  void collect(const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels, float* to) const {
    if (out == 1) {
      for (int i = 0; i < channels; ++i) std::copy_n(from + i * in, block_, to + i * block_);
    } else if (in == 1 && channels == kChunk) {
      for (std::int64_t o = 0; o < block_; o += kChunk) kernels_.transpose(from + o * out, out, to + o, block_);
    } else {
      for (std::int64_t o = 0; o < block_; ++o)
        for (int i = 0; i < channels; ++i) to[i * block_ + o] = from[i * in + o * out];
    }
  }

 private:
  // Two rows as pairs of bfloat16, the first in the lower half.
  void pair(const float* rows, float* cells) const {
    std::uint32_t bits[4 * kChunk];
    std::memcpy(bits, rows, static_cast<std::size_t>(2 * block_) * sizeof *bits);
    const auto rounded = [](std::uint32_t b) { return b + 0x7fff + ((b >> 16) & 1); };
    for (std::int64_t o = 0; o < block_; ++o)
      bits[o] = (rounded(bits[o]) >> 16) | (rounded(bits[block_ + o]) & 0xffff0000);
    std::memcpy(cells, bits, static_cast<std::size_t>(block_) * sizeof *bits);
  }

  const DirectKernels& kernels_;
  std::int64_t block_;
  at::Tensor memory_;
};

Packed pack(const Geometry& shape, const DirectKernels& kernels, const WeightView& weight) {
  Packed packed(kernels, shape.out);
  const std::int64_t chunks = shape.chunks(), blocks = shape.out / packed.block();
  const std::int64_t run = shape.run_cells(kernels), rows = shape.kernel_rows(), planes = shape.planes;
  const std::int64_t chunk_cells = planes * rows * run;
  packed.reserve(blocks * chunks * chunk_cells);
  at::parallel_for(0, blocks * chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t block = i / chunks, chunk = i % chunks;
      const float* const from = weight.values + block * packed.block() * weight.out;
      std::int64_t to = i * chunk_cells;
      if (shape.kind == Kind::down) {
        const std::int64_t corner = chunk / (shape.in / kChunk), first = chunk % (shape.in / kChunk) * kChunk;
        packed.put(to,
                   from + first * weight.in + corner / 4 * weight.plane + corner / 2 % 2 * weight.row +
                       corner % 2 * weight.column,
                   weight.in, weight.out, kChunk);
        continue;
      }
      if (shape.kind == Kind::point) {
        packed.put(to, from + chunk * kChunk * weight.in, weight.in, weight.out, kChunk);
        continue;
      }
      for (std::int64_t plane = 0; plane < planes; ++plane) {
        if (shape.kind == Kind::image) {
          // The rows and columns of the kernel lie evenly in memory.
          packed.put(to, from + plane * weight.plane, weight.column, weight.out, 9);
          to += run;
          continue;
        }
        for (std::int64_t row = 0; row < rows; ++row)
          for (int column = 0; column < 3; ++column, to += kernels.voxel_cells) {
            packed.put(
                to,
                from + chunk * kChunk * weight.in + plane * weight.plane + row * weight.row + column * weight.column,
                weight.in, weight.out, kChunk);
          }
      }
    }
  });
  return packed;
}

// Tiles of `rows` x width that a block of rows is cut into: work(first row, rows, first column, columns).
template <class Work>
void each_tile(const DirectKernels& kernels, bool half, std::int64_t height, std::int64_t width, const Work& work) {
  const std::int64_t most = half ? kernels.half_block_columns : kernels.block_columns;
  const std::int64_t parts = (width + most - 1) / most;
  std::int64_t row = 0;
  while (row < height) {
    std::int64_t rows = 1;
    while (!half && rows < kernels.most_rows && 2 * rows * width <= most && row + 2 * rows <= height) rows *= 2;
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t first = part * width / parts, last = (part + 1) * width / parts;
      work(row, static_cast<int>(rows), first, static_cast<int>(last - first));
    }
    row += rows;
  }
}

struct Units {
  std::int64_t rows, row_blocks, groups, blocks_of_group;
};

Units units_of(const Geometry& shape, const DirectKernels& kernels, std::int64_t blocks) {
  Units units{};
  units.rows = block_rows(shape, kernels);
  units.row_blocks = (shape.height + units.rows - 1) / units.rows;
  units.groups = 1;
  while (units.groups * 2 <= blocks && shape.images * units.row_blocks * units.groups < kLeastUnits) units.groups *= 2;
  units.blocks_of_group = (blocks + units.groups - 1) / units.groups;
  return units;
}

// `corners` 8: x is spread to twice its sides, corner by corner, with weights packed one corner after the other.
void convolve(const Geometry& shape, const DirectKernels& kernels, const void* x, const std::vector<Packed>& weights,
              const float* bias, void* out) {
  const Packed& first_weights = weights.front();
  const std::int64_t block = first_weights.block(), blocks = shape.out / block;
  const Units units = units_of(shape, kernels, blocks);
  const std::int64_t block_cells = shape.chunks() * shape.planes * shape.kernel_rows() * shape.run_cells(kernels);
  const bool expands = weights.size() > 1;
  const std::int64_t scale = expands ? 2 : 1, element = kernels.bf16 ? 2 : 4;
  const std::int64_t out_voxel = scale * shape.out, out_row = shape.width * out_voxel;
  at::parallel_for(0, shape.images * units.row_blocks * units.groups, 1, [&](std::int64_t begin, std::int64_t end) {
    Window window(shape, kernels, units.rows);
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t group = unit % units.groups, rest = unit / units.groups;
      const std::int64_t first_row = rest % units.row_blocks * units.rows, image = rest / units.row_blocks;
      const std::int64_t rows = std::min(units.rows, shape.height - first_row);
      const std::int64_t last_block = std::min(blocks, (group + 1) * units.blocks_of_group);
      for (std::int64_t plane = 0; plane < shape.depth; ++plane) {
        window.move(x, image, plane, plane == 0, first_row, rows);
        for (std::int64_t b = group * units.blocks_of_group; b < last_block; ++b) {
          for (std::size_t corner = 0; corner < weights.size(); ++corner) {
            OutputTile tile{};
            tile.chunk_cells = window.chunk_cells();
            tile.row_cells = window.row_cells();
            tile.chunks = static_cast<int>(shape.chunks());
            tile.kernel_planes = shape.planes;
            tile.kernel_rows = shape.kernel_rows();
            tile.run_cells = shape.run_cells(kernels);
            tile.weights = weights[corner].data() + b * block_cells * first_weights.cell_bytes();
            tile.bias = bias + b * block;
            tile.out_row = scale * out_row;
            tile.out_voxel = out_voxel;
            const auto c = static_cast<std::int64_t>(corner);
            const std::int64_t out_plane = (image * shape.depth + plane) * scale + c / 4;
            char* const plane_start =
                static_cast<char*>(out) +
                ((out_plane * shape.height * scale + c / 2 % 2) * out_row + c % 2 * shape.out + b * block) * element;
            each_tile(kernels, first_weights.half(), rows, shape.width,
                      [&](std::int64_t row, int tile_rows, std::int64_t column, int columns) {
                        for (int p = 0; p < shape.planes; ++p) tile.planes[p] = window.at(plane, p, 0, row, column);
                        tile.out = plane_start + ((first_row + row) * tile.out_row + column * out_voxel) * element;
                        kernels.output(tile, tile_rows, columns, first_weights.half());
                      });
          }
        }
      }
    }
  });
}

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
    row_cells_ = (pairs_ + 1) * kChunk;
    slot_cells_ = starts_ * shape.chunks() * window_rows_ * row_cells_;
    input_.resize(static_cast<std::size_t>(slots_ * slot_cells_));
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

  void prepare(WeightTile& tile, std::int64_t count) const {
    tile.rows = static_cast<int>(count);
    tile.columns = static_cast<int>(paired_ ? pairs_ : shape_.width);
    tile.x_row = paired_ ? row_cells_ : window_.row_cells();
    tile.above_voxel = shape_.out;
    tile.above_row = tile.columns * shape_.out;
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
    if (paired_) return place(kernel_column % 2, chunk, kernel_row) + kernel_column / 2 * kChunk;
    return chunk * window_.chunk_cells() + kernel_row * window_.row_cells() + kernel_column * kChunk;
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
    for (std::int64_t chunk = 0; chunk < shape_.chunks(); ++chunk) {
      for (std::int64_t row = 0; row < count + frame; ++row) {
        const auto* const voxels = reinterpret_cast<const std::uint16_t*>(window_.at(plane, of_kernel, chunk, row, 0));
        for (int odd = 0; odd < starts_; ++odd) {
          std::uint32_t* pair = to + place(odd, chunk, row);
          for (std::int64_t c = odd; c < columns; c += 2, pair += kChunk) {
            interleave(voxels + c * kChunk, c + 1 < columns ? voxels + (c + 1) * kChunk : nullptr, kChunk, pair);
          }
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
  const int tile_channels = shape.kernel_columns() == 3 ? kernels.above_channels : kernels.above_channels_alone;
  const Operands& any = planes.front().first->operands;
  WeightTile tile{};
  any.prepare(tile, rows);
  tile.gradient_channel = length;
  tile.gradient_column = shape.in;
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
        for (int k = 0; k < shape.kernel_columns(); ++k) tile.x_columns[k] = any.input_start(chunk, kernel_row, k);
        const std::int64_t place =
            shape.kind == Kind::same ? (p * 9 + kernel_row * 3) * shape.in + chunk * kChunk : (p + chunk) * kChunk;
        for (std::int64_t o = to.first_out; o < to.last_out; o += tile_channels) {
          tile.above_start = o;
          tile.gradient = to.sums + o * length + place;
          kernels.weights(tile, shape.kernel_columns());
        }
      }
    }
  }
}

// The gradient of a weight [out][taps][in], in this order in memory, from the input and the gradient of the output.
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
  const std::int64_t parts =
      whole ? 1 : std::max<std::int64_t>(1, std::min({kMostParts, stacks, kPartialBytes / (4 * numbers)}));
  // Of the output's channels; each works on all of the input anew.
  const std::int64_t groups = std::min<std::int64_t>(shape.out / kChunk, (kLeastUnits + parts - 1) / parts);
  const std::int64_t group_channels = (shape.out / kChunk + groups - 1) / groups * kChunk;
  const bool in_place = parts == 1 && shape.kind != Kind::image;
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

// The same by Winograd's products, in planes of two of the three axes.
constexpr std::int64_t kSquaresBytes = 384 << 10;

struct Squares {
  explicit Squares(const Geometry& shape)
      : rows((shape.height + 1) / 2), columns((shape.width + 1) / 2), chunks(shape.in / kChunk), planes(shape.planes) {}
  std::int64_t rows, columns, chunks, planes;

  std::int64_t block_rows() const {
    std::int64_t block = rows;
    while (block > 2 && planes * kProducts * chunks * block * columns * kChunk * 4 > kSquaresBytes)
      block = (block + 1) / 2;
    return block;
  }
};

// Few voxels do not pay for the transformation of the weights; of small sides much would be computed for nothing.
bool pays(const Geometry& shape, const DirectKernels& kernels) {
  return kernels.transform_input && shape.kind == Kind::same && shape.height >= 4 && shape.width >= 4 &&
         shape.images * shape.depth * shape.height * shape.width >= 16 * std::max(shape.in, shape.out);
}

// As Window: for each plane [product][chunk][row of squares][square][16 channels].
class SquaresWindow {
 public:
  SquaresWindow(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows)
      : shape_(shape),
        kernels_(kernels),
        squares_(shape),
        rows_(rows),
        slot_(kProducts * product()),
        memory_(at::empty({shape.planes * slot_}, at::kFloat)) {}

  void move(const float* x, std::int64_t image, std::int64_t plane, bool begins, std::int64_t first,
            std::int64_t count) {
    const std::int64_t around = shape_.planes / 2;
    for (std::int64_t p = begins ? plane - around : plane + around; p <= plane + around; ++p) {
      if (p >= 0 && p < shape_.depth) fill(x + (image * shape_.depth + p) * shape_.height * row(), p, first, count);
    }
  }
  const float* at(std::int64_t plane, int of_kernel, int of_products, std::int64_t chunk, std::int64_t square_row,
                  std::int64_t square) const {
    const std::int64_t p = plane + of_kernel - shape_.planes / 2;
    if (p < 0 || p >= shape_.depth) return nullptr;
    return slot(p) + of_products * product() + ((chunk * rows_ + square_row) * squares_.columns + square) * kChunk;
  }
  std::int64_t row_cells() const { return squares_.columns * kChunk; }
  std::int64_t chunk_cells() const { return rows_ * row_cells(); }

 private:
  std::int64_t row() const { return shape_.width * shape_.in; }
  std::int64_t product() const { return squares_.chunks * chunk_cells(); }
  float* slot(std::int64_t plane) const { return memory_.data_ptr<float>() + plane % shape_.planes * slot_; }

  void fill(const float* plane_of_x, std::int64_t plane, std::int64_t first, std::int64_t count) {
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t chunk = 0; chunk < squares_.chunks; ++chunk) {
        InputTransform transform{};
        for (int i = 0; i < 4; ++i) {
          const std::int64_t h = 2 * (first + r) + i - 1;
          if (h >= 0 && h < shape_.height) transform.rows[i] = plane_of_x + h * row() + chunk * kChunk;
        }
        transform.voxel = shape_.in;
        transform.width = shape_.width;
        transform.out = slot(plane) + chunk * chunk_cells() + r * row_cells();
        transform.out_product = product();
        kernels_.transform_input(transform);
      }
    }
  }

  Geometry shape_;
  const DirectKernels& kernels_;
  Squares squares_;
  std::int64_t rows_, slot_;
  at::Tensor memory_;
};

// G g G^T of each plane of a kernel: [block of out][product][chunk][plane][in][out].
Packed pack_products(const Geometry& shape, const DirectKernels& kernels, const WeightView& weight) {
  Packed packed(kernels, shape.out);
  const std::int64_t chunks = shape.in / kChunk, block = packed.block(), blocks = shape.out / block;
  const std::int64_t step = chunks * shape.planes * kChunk * block;  // from a product to the next
  packed.reserve(blocks * kProducts * chunks * shape.planes * kChunk);
  float* const cells = packed.cells();
  at::parallel_for(0, blocks * chunks * shape.planes, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> memory(static_cast<std::size_t>(9 * kChunk * block));
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t plane = i % shape.planes, chunk = i / shape.planes % chunks, b = i / shape.planes / chunks;
      const float* const from =
          weight.values + b * block * weight.out + chunk * kChunk * weight.in + plane * weight.plane;
      const std::int64_t in_out = kChunk * block;
      for (int tap = 0; tap < 9; ++tap) {
        const float* const at = from + tap / 3 * weight.row + tap % 3 * weight.column;
        float* const to = memory.data() + tap * in_out;
        packed.collect(at, weight.in, weight.out, kChunk, to);
      }
      float* const to = cells + b * kProducts * step + (chunk * shape.planes + plane) * in_out;
      for (std::int64_t c = 0; c < in_out; ++c) {
        float columns[4][3];
        for (int k = 0; k < 3; ++k) {
          const float g0 = memory[static_cast<std::size_t>(k * in_out + c)],
                      g1 = memory[static_cast<std::size_t>((3 + k) * in_out + c)],
                      g2 = memory[static_cast<std::size_t>((6 + k) * in_out + c)];
          const float outer = 0.5f * (g0 + g2);
          columns[0][k] = g0;
          columns[1][k] = outer + 0.5f * g1;
          columns[2][k] = outer - 0.5f * g1;
          columns[3][k] = g2;
        }
        for (int r = 0; r < 4; ++r) {
          const float outer = 0.5f * (columns[r][0] + columns[r][2]);
          to[(4 * r) * step + c] = columns[r][0];
          to[(4 * r + 1) * step + c] = outer + 0.5f * columns[r][1];
          to[(4 * r + 2) * step + c] = outer - 0.5f * columns[r][1];
          to[(4 * r + 3) * step + c] = columns[r][2];
        }
      }
    }
  });
  return packed;
}

void convolve_by_products(const Geometry& shape, const DirectKernels& kernels, const float* x, const Packed& weights,
                          const float* bias, float* out) {
  const Squares squares(shape);
  const std::int64_t block = weights.block(), blocks = shape.out / block, rows_of_block = squares.block_rows();
  const std::int64_t row_blocks = (squares.rows + rows_of_block - 1) / rows_of_block;
  const std::int64_t product_cells = squares.chunks * shape.planes * kChunk * block;
  const std::int64_t out_row = shape.width * shape.out;
  at::parallel_for(0, shape.images * row_blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    SquaresWindow window(shape, kernels, rows_of_block);
    const std::vector<float> zeros(static_cast<std::size_t>(block));
    std::vector<float> products(static_cast<std::size_t>(kProducts * kMostRows * kMostColumns * block));
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t first_row = unit % row_blocks * rows_of_block, image = unit / row_blocks;
      const std::int64_t rows = std::min(rows_of_block, squares.rows - first_row);
      for (std::int64_t plane = 0; plane < shape.depth; ++plane) {
        window.move(x, image, plane, plane == 0, first_row, rows);
        float* const plane_of_out = out + (image * shape.depth + plane) * shape.height * out_row;
        for (std::int64_t b = 0; b < blocks; ++b) {
          each_tile(kernels, weights.half(), rows, squares.columns,
                    [&](std::int64_t row, int tile_rows, std::int64_t column, int columns) {
                      OutputTile tile{};
                      tile.chunk_cells = window.chunk_cells();
                      tile.row_cells = window.row_cells();
                      tile.chunks = static_cast<int>(squares.chunks);
                      tile.kernel_planes = shape.planes;
                      tile.kernel_rows = 1;
                      tile.run_cells = kChunk;
                      tile.bias = zeros.data();
                      tile.out_voxel = block;
                      const std::int64_t of_row = kProducts * columns * block;
                      tile.out_row = of_row;
                      for (int product = 0; product < kProducts; ++product) {
                        for (int p = 0; p < shape.planes; ++p)
                          tile.planes[p] = window.at(plane, p, product, 0, row, column);
                        tile.weights = weights.data() + (b * kProducts + product) * product_cells * 4;
                        tile.out = products.data() + product * columns * block;
                        kernels.output(tile, tile_rows, columns, weights.half());
                      }
                      for (int r = 0; r < tile_rows; ++r) {
                        OutputTransform transform{};
                        transform.products = products.data() + r * of_row;
                        transform.squares = columns;
                        transform.channels = static_cast<int>(block);
                        transform.bias = bias + b * block;
                        const std::int64_t h = 2 * (first_row + row + r);
                        transform.rows[0] = plane_of_out + h * out_row + 2 * column * shape.out + b * block;
                        transform.rows[1] = h + 1 < shape.height ? transform.rows[0] + out_row : nullptr;
                        transform.voxel = shape.out;
                        transform.whole = 2 * (column + columns) <= shape.width;
                        kernels.transform_output(transform);
                      }
                    });
        }
      }
    }
  });
}

// The gradient of a weight [out][3][3][3][in], in this order in memory.
void weight_gradient_by_products(const Geometry& shape, const DirectKernels& kernels, const float* x,
                                 const float* above, float* gradient) {
  const Squares squares(shape);
  const std::int64_t length = shape.planes * kProducts * shape.in, numbers = shape.out * length;
  const std::int64_t rows_of_block = squares.block_rows();
  const std::int64_t row_blocks = (squares.rows + rows_of_block - 1) / rows_of_block;
  const std::int64_t stacks = shape.images * row_blocks;
  const std::int64_t parts = std::max<std::int64_t>(1, std::min({kMostParts, stacks, kPartialBytes / (4 * numbers)}));
  const std::int64_t groups = std::min<std::int64_t>(shape.out / kChunk, (kLeastUnits + parts - 1) / parts);
  const std::int64_t group_channels = (shape.out / kChunk + groups - 1) / groups * kChunk;
  const at::Tensor partial = at::zeros({parts, numbers}, at::kFloat);
  at::parallel_for(0, parts * groups, 1, [&](std::int64_t begin, std::int64_t end) {
    SquaresWindow window(shape, kernels, rows_of_block);
    const std::int64_t above_row = squares.columns * shape.out, above_product = rows_of_block * above_row;
    std::vector<float> above_products(static_cast<std::size_t>(kProducts * above_product));
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t part = unit / groups, group = unit % groups;
      float* const sums = partial.data_ptr<float>() + part * numbers;
      const std::int64_t first_out = group * group_channels, last_out = std::min(shape.out, first_out + group_channels);
      for (std::int64_t stack = part * stacks / parts; stack < (part + 1) * stacks / parts; ++stack) {
        const std::int64_t image = stack / row_blocks, first_row = stack % row_blocks * rows_of_block;
        const std::int64_t rows = std::min(rows_of_block, squares.rows - first_row);
        for (std::int64_t plane = 0; plane < shape.depth; ++plane) {
          window.move(x, image, plane, plane == 0, first_row, rows);
          for (std::int64_t r = 0; r < rows; ++r) {
            GradientTransform transform{};
            const std::int64_t h = 2 * (first_row + r);
            transform.rows[0] = above + ((image * shape.depth + plane) * shape.height + h) * shape.width * shape.out;
            transform.rows[1] = h + 1 < shape.height ? transform.rows[0] + shape.width * shape.out : nullptr;
            transform.channels = shape.out;
            transform.width = shape.width;
            transform.out = above_products.data() + r * above_row;
            transform.out_product = above_product;
            kernels.transform_gradient(transform);
          }
          WeightTile tile{};
          const void* const above_cells = above_products.data();
          tile.above = &above_cells;
          tile.slabs = 1;
          tile.x_row = window.row_cells();
          tile.above_voxel = shape.out;
          tile.above_row = above_row;
          tile.rows = static_cast<int>(rows);
          tile.columns = static_cast<int>(squares.columns);
          tile.gradient_channel = length;
          for (int p = 0; p < shape.planes; ++p) {
            for (int product = 0; product < kProducts; ++product) {
              for (std::int64_t chunk = 0; chunk < squares.chunks; ++chunk) {
                const void* const input = window.at(plane, p, product, chunk, 0, 0);
                if (!input) continue;
                tile.x = &input;
                for (std::int64_t o = first_out; o < last_out; o += kernels.above_channels_alone) {
                  tile.above_start = product * above_product + o;
                  tile.gradient = sums + o * length + (p * kProducts + product) * shape.in + chunk * kChunk;
                  kernels.weights(tile, 1);
                }
              }
            }
          }
        }
      }
    }
  });
  // G^T m G of the parts' sums.
  const float* const all = partial.data_ptr<float>();
  at::parallel_for(0, shape.out * shape.planes, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* const from = all + i * kProducts * shape.in;
      float* const to = gradient + i * 9 * shape.in;
      for (std::int64_t c = 0; c < shape.in; ++c) {
        float rows[3][4];
        for (int k = 0; k < 4; ++k) {
          float m[4];
          for (int r = 0; r < 4; ++r) {
            m[r] = 0;
            for (std::int64_t part = 0; part < parts; ++part) m[r] += from[part * numbers + (4 * r + k) * shape.in + c];
          }
          const float outer = 0.5f * (m[1] + m[2]);
          rows[0][k] = m[0] + outer;
          rows[1][k] = 0.5f * (m[1] - m[2]);
          rows[2][k] = outer + m[3];
        }
        for (int r = 0; r < 3; ++r) {
          const float outer = 0.5f * (rows[r][1] + rows[r][2]);
          to[(3 * r) * shape.in + c] = rows[r][0] + outer;
          to[(3 * r + 1) * shape.in + c] = 0.5f * (rows[r][1] - rows[r][2]);
          to[(3 * r + 2) * shape.in + c] = outer + rows[r][3];
        }
      }
    }
  });
}

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

at::Tensor run_same(const at::Tensor& x, const WeightView& weight, const at::Tensor& bias, std::int64_t out_channels,
                    int planes) {
  const DirectKernels& kernels = *kernels_for(x);
  const std::int64_t in = x.size(1);
  const Geometry shape = geometry(in == 1 ? Kind::image : Kind::same, x, in, out_channels, planes);
  at::Tensor out = empty_volume({x.size(0), out_channels, x.size(2), x.size(3), x.size(4)}, x.options());
  if (pays(shape, kernels)) {
    convolve_by_products(shape, kernels, x.data_ptr<float>(), pack_products(shape, kernels, weight),
                         bias.data_ptr<float>(), out.data_ptr<float>());
  } else {
    convolve(shape, kernels, x.data_ptr(), {pack(shape, kernels, weight)}, bias.data_ptr<float>(), out.data_ptr());
  }
  return out;
}

// The weight is [coarse, fine, 2, 2, 2] in both directions.
at::Tensor run_reduce(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const DirectKernels& kernels = *kernels_for(x);
  at::Tensor out = empty_volume({x.size(0), weight.size(0), x.size(2) / 2, x.size(3) / 2, x.size(4) / 2}, x.options());
  const Geometry shape = geometry(Kind::down, out, weight.size(1), weight.size(0));
  convolve(shape, kernels, x.data_ptr(), {pack(shape, kernels, view(weight))}, bias.data_ptr<float>(), out.data_ptr());
  return out;
}

at::Tensor run_expand(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const DirectKernels& kernels = *kernels_for(x);
  at::Tensor out = empty_volume({x.size(0), weight.size(1), 2 * x.size(2), 2 * x.size(3), 2 * x.size(4)}, x.options());
  const Geometry shape = geometry(Kind::point, x, weight.size(0), weight.size(1));
  std::vector<Packed> corners;
  for (int corner = 0; corner < 8; ++corner) {
    WeightView v = view(weight);
    std::swap(v.in, v.out);
    v.values += corner / 4 * v.plane + corner / 2 % 2 * v.row + corner % 2 * v.column;
    corners.push_back(pack(shape, kernels, v));
  }
  convolve(shape, kernels, x.data_ptr(), corners, bias.data_ptr<float>(), out.data_ptr());
  return out;
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
    switch (operation) {
      case Operation::reduce:
        return run_reduce(input, weight, bias);
      case Operation::expand:
        return run_expand(input, weight, bias);
      case Operation::same:
        break;
    }
    return run_same(input, view(weight), bias, weight.size(0), static_cast<int>(weight.size(2)));
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
                  : operation == Operation::same     ? run_same(above, mirrored(weight), nothing, x.size(1), planes)
                    : operation == Operation::reduce ? run_expand(above, weight, nothing)
                                                     : run_reduce(above, weight, nothing);
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

// Of weights [out or coarse, in or fine, ...] with sides of `side`.
bool takes(const at::Tensor& x, const at::Tensor& weight, std::int64_t side) {
  return kernels_for(x) && weight.scalar_type() == at::kFloat && weight.dim() == 5 && weight.size(2) == side &&
         weight.size(3) == side && weight.size(4) == side && weight.size(0) % kChunk == 0;
}

bool takes_channels(std::int64_t in) { return in == 1 || in % kChunk == 0; }

// oneDNN's own for AVX2 reach half of what the processor can do; those for AVX-512 need no help.
bool takes_plane(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride) {
  return x.device().is_cpu() && x.dim() == 4 && x.numel() > 0 && x.scalar_type() == at::kFloat &&
         weight.scalar_type() == at::kFloat && x.is_contiguous(at::MemoryFormat::ChannelsLast) && stride == 1 &&
         weight.size(2) == 3 && weight.size(3) == 3 && weight.size(0) % kChunk == 0 && takes_channels(x.size(1)) &&
         best_kernels(at::kFloat) && best_kernels(at::kFloat) == direct_kernels_avx2();
}

}  // namespace

bool has_direct_convolution(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride) {
  if (weight.dim() == 4) return takes_plane(x, weight, stride);
  if (stride == 1) return takes(x, weight, 3) && takes_channels(weight.size(1));
  return stride == 2 && has_direct_expansion(x, weight);
}

bool has_direct_expansion(const at::Tensor& x, const at::Tensor& weight) {
  return takes(x, weight, 2) && weight.size(1) % kChunk == 0;
}

at::Tensor convolve_directly(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             BiasGradient bias_gradient) {
  if (weight.dim() == 4) {
    return convolve_directly(x.unsqueeze(2), weight.unsqueeze(2), bias, bias_gradient).squeeze(2);
  }
  return Direct::apply(x, weight, bias, weight.size(4) == 3 ? Operation::same : Operation::reduce, bias_gradient);
}

at::Tensor expand_directly(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           BiasGradient bias_gradient) {
  return Direct::apply(x, weight, bias, Operation::expand, bias_gradient);
}

}  // namespace coopseg::network
