#include "coopseg/network/direct_output.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "coopseg/network/direct_window.h"

namespace coopseg::network::direct {
namespace {

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

}  // namespace

void convolve(const Geometry& shape, const DirectKernels& kernels, const void* x, const std::vector<Packed>& weights,
              const float* bias, void* out) {
  const Packed& first_weights = weights.front();
  const std::int64_t block = first_weights.block(), blocks = first_weights.blocks();
  const Units units = units_of(shape, kernels, blocks);
  const std::int64_t block_cells = shape.chunks() * shape.planes * shape.kernel_rows() * shape.run_cells(kernels);
  const std::int64_t scale = weights.size() > 1 ? 2 : 1, element = kernels.bf16 ? 2 : 4;
  const std::int64_t out_row = shape.width * shape.out, step = shape.column_step();
  std::vector<float> all_bias(static_cast<std::size_t>(blocks * block));
  std::copy_n(bias, shape.out, all_bias.begin());
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
            tile.bias = all_bias.data() + b * block;
            const auto c = static_cast<std::int64_t>(corner);
            const std::int64_t out_plane = (image * shape.depth + plane) * scale + c / 2;
            char* const plane_start =
                static_cast<char*>(out) + ((out_plane * shape.height * scale + c % 2) * out_row + b * block) * element;
            const std::int64_t channels = first_weights.channels_of(b);
            for (std::int64_t start = 0; start < step; ++start) {
              each_tile(kernels, first_weights.half(), rows, (shape.width - start + step - 1) / step,
                        [&](std::int64_t row, int tile_rows, std::int64_t tile_column, int columns) {
                          const std::int64_t column = start + step * tile_column;
                          for (int p = 0; p < shape.planes; ++p) tile.planes[p] = window.at(plane, p, 0, row, column);
                          char* const to =
                              plane_start + ((first_row + row) * scale * out_row + column * shape.out) * element;
                          if (channels == block) {
                            tile.out = to;
                            tile.out_row = scale * out_row;
                            tile.out_voxel = step * shape.out;
                            kernels.output(tile, tile_rows, columns, first_weights.half());
                            return;
                          }
                          alignas(64) char scratch[kMostColumns * kChunk * 4];  // of a half block's single row
                          tile.out = scratch;
                          tile.out_voxel = block;
                          kernels.output(tile, tile_rows, columns, first_weights.half());
                          for (std::int64_t i = 0; i < columns; ++i)
                            std::memcpy(to + i * step * shape.out * element, scratch + i * block * element,
                                        static_cast<std::size_t>(channels * element));
                        });
            }
          }
        }
      }
    }
  });
}

}  // namespace coopseg::network::direct
