#include "coopseg/network/direct_output.h"

#include <ATen/Parallel.h>

#include <algorithm>

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

}  // namespace coopseg::network::direct
