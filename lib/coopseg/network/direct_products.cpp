#include "coopseg/network/direct_products.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "coopseg/network/libtorch.h"

namespace coopseg::network::direct {
namespace {

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

}  // namespace

bool pays(const Geometry& shape, const DirectKernels& kernels) {
  return kernels.transform_input && shape.kind == Kind::same && shape.in % kChunk == 0 && shape.out % kChunk == 0 &&
         shape.height >= 4 && shape.width >= 4 &&
         shape.images * shape.depth * shape.height * shape.width >= 16 * std::max(shape.in, shape.out);
}
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
        packed.collect(b, at, weight.in, weight.out, kChunk, to);
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

void weight_gradient_by_products(const Geometry& shape, const DirectKernels& kernels, const float* x,
                                 const float* above, float* gradient) {
  const Squares squares(shape);
  const std::int64_t length = shape.planes * kProducts * shape.in, numbers = shape.out * length;
  const std::int64_t rows_of_block = squares.block_rows();
  const std::int64_t row_blocks = (squares.rows + rows_of_block - 1) / rows_of_block;
  const std::int64_t stacks = shape.images * row_blocks;
  const GradientCut cut(shape, stacks, numbers);
  const std::int64_t parts = cut.parts, groups = cut.groups, group_channels = cut.group_channels;
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
                  kernels.weights(tile, 1, kernels.above_channels_alone);
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

}  // namespace coopseg::network::direct
