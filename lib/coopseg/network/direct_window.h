// The input of convolutions, rearranged for their tiles. Private to this folder.
#pragma once

#include <cstdint>
#include <vector>

#include "coopseg/network/direct_shape.h"

namespace coopseg::network::direct {

// The input of a block of rows, rearranged: for each of the planes that the kernel sees [chunk][row][column][a
// chunk's channels], with zeros where there is no input. Planes that follow each other share what they have in common.
class Window {
 public:
  Window(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows, std::int64_t slots = 0);

  // Makes the window see what the output's plane needs; `first` and `count` are its rows. Planes are asked for in
  // ascending order, from `begins` on.
  void move(const void* input, std::int64_t image, std::int64_t plane, bool begins, std::int64_t first,
            std::int64_t count);

  // Row 0 is the first that the kernel sees for the block's first row. Null: a plane of zeros.
  const char* at(std::int64_t plane, int of_kernel, std::int64_t chunk, std::int64_t row, std::int64_t column) const {
    const std::int64_t p = plane + of_kernel - shape_.planes / 2;
    if (p < 0 || p >= shape_.depth) return nullptr;
    return slot(p) + ((chunk * rows_ + row) * columns_ + column) * voxel_bytes_;
  }
  std::int64_t chunk_cells() const { return rows_ * row_cells(); }
  std::int64_t row_cells() const { return columns_ * voxel_bytes_ / 4; }

  static std::int64_t bytes(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows);

 private:
  char* slot(std::int64_t plane) const;
  void fill(const char* input, std::int64_t image, std::int64_t plane, std::int64_t first, std::int64_t count);
  template <int kBytes>
  void fill_same(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                 std::int64_t count) const;
  template <int kBytes>
  void fill_down(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                 std::int64_t count) const;
  template <int kBytes>
  void fill_point(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                  std::int64_t count) const;
  template <class Bits>
  void fill_image(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                  std::int64_t count) const;

  Geometry shape_;
  std::int64_t slots_, element_bytes_, voxel_bytes_, frame_, rows_, columns_, slot_bytes_;
  std::vector<char> memory_;
};

// How many rows of the output one block has.
std::int64_t block_rows(const Geometry& shape, const DirectKernels& kernels);

}  // namespace coopseg::network::direct
