#include "coopseg/network/direct_window.h"

#include <algorithm>
#include <cstring>

namespace coopseg::network::direct {
namespace {

constexpr std::int64_t kScratchBytes = 160 << 10;  // of the input's block: well inside of a core's second cache

// A chunk of each voxel.
template <int kBytes>
void copy_row(char* to, const char* from, std::int64_t voxel, std::int64_t count) {
  if (voxel == kBytes) {
    std::memcpy(to, from, static_cast<std::size_t>(count * kBytes));
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * kBytes, from + i * voxel, kBytes);
}

}  // namespace

Window::Window(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows, std::int64_t slots)
    : shape_(shape),
      slots_(slots > 0 ? slots : shape.planes),
      element_bytes_(kernels.bf16 ? 2 : 4),
      voxel_bytes_(shape.chunk_channels() * element_bytes_),
      frame_(shape.kind == Kind::same ? 2 : 0),
      rows_(rows + frame_),
      columns_(shape.width + frame_),
      slot_bytes_(shape.chunks() * rows_ * columns_ * voxel_bytes_),
      memory_(static_cast<std::size_t>(slots_ * slot_bytes_ + 128)) {}

char* Window::slot(std::int64_t plane) const {
  char* const start = const_cast<char*>(memory_.data());
  const auto misaligned = reinterpret_cast<std::uintptr_t>(start) % 64;
  return start + (misaligned ? 64 - misaligned : 0) + plane % slots_ * slot_bytes_;
}

template <int kBytes>
void Window::fill_same(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
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
      copy_row<kBytes>(row + kBytes, from, voxel, shape_.width);
      std::memset(row + (shape_.width + 1) * kBytes, 0, kBytes);
    }
  }
}

// Neighbours along the last axis lie side by side: pairs of voxels with twice the channels.
template <int kBytes>
void Window::fill_down(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                       std::int64_t count) const {
  const std::int64_t pair = 2 * shape_.in * element_bytes_, chunks = 2 * shape_.in / kChunk;
  for (std::int64_t corner = 0; corner < 4; ++corner) {
    const std::int64_t d = 2 * plane + corner / 2, dh = corner % 2;
    for (std::int64_t r = 0; r < count; ++r) {
      const std::int64_t h = 2 * (first + r) + dh;
      const char* from = input + ((image * 2 * shape_.depth + d) * 2 * shape_.height + h) * shape_.width * pair;
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk, from += kBytes)
        copy_row<kBytes>(to + ((corner * chunks + chunk) * rows_ + r) * columns_ * kBytes, from, pair, shape_.width);
    }
  }
}

template <int kBytes>
void Window::fill_point(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
                        std::int64_t count) const {
  const std::int64_t voxel = shape_.in * element_bytes_;
  for (std::int64_t r = 0; r < count; ++r) {
    const char* from = input + ((image * shape_.depth + plane) * shape_.height + first + r) * shape_.width * voxel;
    for (std::int64_t chunk = 0; chunk < shape_.chunks(); ++chunk, from += kBytes) {
      char* const row = to + (chunk * rows_ + r) * columns_ * kBytes;
      copy_row<kBytes>(row, from, voxel, shape_.width);
    }
  }
}

template <class Bits>
void Window::fill_image(char* to, const char* input, std::int64_t image, std::int64_t plane, std::int64_t first,
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
        for (int kw = 0; kw < 3; ++kw) voxel[3 * kh + kw] = around[static_cast<std::size_t>(kh * (width + 2) + w + kw)];
      std::fill_n(voxel + 9, kChunk - 9, Bits{0});
    }
  }
}

void Window::fill(const char* input, std::int64_t image, std::int64_t plane, std::int64_t first, std::int64_t count) {
  char* const to = slot(plane);
  switch (shape_.kind) {
    case Kind::same:
      voxel_bytes_ == 64   ? fill_same<64>(to, input, image, plane, first, count)
      : voxel_bytes_ == 32 ? fill_same<32>(to, input, image, plane, first, count)
                           : fill_same<16>(to, input, image, plane, first, count);
      break;
    case Kind::down:
      element_bytes_ == 4 ? fill_down<64>(to, input, image, plane, first, count)
                          : fill_down<32>(to, input, image, plane, first, count);
      break;
    case Kind::point:
      voxel_bytes_ == 64   ? fill_point<64>(to, input, image, plane, first, count)
      : voxel_bytes_ == 32 ? fill_point<32>(to, input, image, plane, first, count)
                           : fill_point<16>(to, input, image, plane, first, count);
      break;
    case Kind::image:
      element_bytes_ == 4 ? fill_image<std::uint32_t>(to, input, image, plane, first, count)
                          : fill_image<std::uint16_t>(to, input, image, plane, first, count);
      break;
  }
}

void Window::move(const void* input, std::int64_t image, std::int64_t plane, bool begins, std::int64_t first,
                  std::int64_t count) {
  if (shape_.planes == 1) {
    fill(static_cast<const char*>(input), image, plane, first, count);
    return;
  }
  for (std::int64_t p = begins ? plane - 1 : plane + 1; p <= plane + 1; ++p) {
    if (p >= 0 && p < shape_.depth) fill(static_cast<const char*>(input), image, p, first, count);
  }
}

std::int64_t Window::bytes(const Geometry& shape, const DirectKernels& kernels, std::int64_t rows) {
  const std::int64_t frame = shape.kind == Kind::same ? 2 : 0;
  return shape.planes * shape.chunks() * (rows + frame) * (shape.width + frame) * shape.chunk_channels() *
         (kernels.bf16 ? 2 : 4);
}

std::int64_t block_rows(const Geometry& shape, const DirectKernels& kernels) {
  std::int64_t rows = shape.height;
  while (rows > 4 && Window::bytes(shape, kernels, rows) > kScratchBytes) rows = (rows + 1) / 2;
  return rows;
}

}  // namespace coopseg::network::direct
