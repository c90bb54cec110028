#include "coopseg/artefact/kspace.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "coopseg/artefact/fft.h"
#include "coopseg/core/parallel.h"

namespace coopseg::artefact {

namespace {

// The lines of a volume along one axis: in groups (a slice, or for axis 0 a row), so that lines transformed together
// are of one slice wherever possible, and a blank slice stays exactly blank.
struct Lines {
  std::size_t length, stride;           // along the line
  std::size_t groups, group_stride;
  std::size_t per_group, line_stride;   // within a group
  std::size_t blocks(std::size_t width) const { return (per_group + width - 1) / width; }
};

Lines lines_of(const Shape& n, std::size_t axis) {
  switch (axis) {
    case 0: return {n[0], n[1] * n[2], n[1], n[2], n[2], 1};
    case 1: return {n[1], n[2], n[0], n[1] * n[2], n[2], 1};
    default: return {n[2], 1, n[0], n[1] * n[2], n[1], n[2]};
  }
}

constexpr std::size_t kGrain = 4;  // blocks: enough work to be worth a task

// body(first voxel of the block, lines in it, scratch area of `scratch` doubles) for blocks of up to `width` lines.
template <class Body>
void for_blocks(const Lines& lines, std::size_t width, std::size_t scratch, const Body& body) {
  const std::size_t per_group = lines.blocks(width);
  core::for_each_block(lines.groups * per_group, kGrain, [&](std::size_t begin, std::size_t end) {
    std::vector<double> area(scratch);
    for (std::size_t b = begin; b != end; ++b) {
      const std::size_t first = b % per_group * width;
      const std::size_t start = b / per_group * lines.group_stride + first * lines.line_stride;
      body(start, std::min(width, lines.per_group - first), area.data());
    }
  });
}

// Lines `from` ... of a block into the lanes of `to`; lanes without a line become 0.
template <class T>
void load(const Lines& lines, const T* block, std::size_t from, std::size_t count, double* to) {
  const std::size_t present = count > from ? std::min(kLanes, count - from) : 0;
  const T* first = block + from * lines.line_stride;
  if (present == kLanes && lines.line_stride == 1) {
    for (std::size_t n = 0; n < lines.length; ++n)
      for (std::size_t l = 0; l < kLanes; ++l) to[n * kLanes + l] = first[n * lines.stride + l];
    return;
  }
  if (present == kLanes) {
    for (std::size_t n = 0; n < lines.length; ++n)
      for (std::size_t l = 0; l < kLanes; ++l) to[n * kLanes + l] = first[n * lines.stride + l * lines.line_stride];
    return;
  }
  for (std::size_t n = 0; n < lines.length; ++n)
    for (std::size_t l = 0; l < kLanes; ++l)
      to[n * kLanes + l] = l < present ? double{first[n * lines.stride + l * lines.line_stride]} : 0.0;
}

template <class T, class Convert>
void store(const Lines& lines, T* block, std::size_t from, std::size_t count, const Convert& value) {
  const std::size_t present = count > from ? std::min(kLanes, count - from) : 0;
  T* first = block + from * lines.line_stride;
  for (std::size_t n = 0; n < lines.length; ++n)
    for (std::size_t l = 0; l < present; ++l)
      first[n * lines.stride + l * lines.line_stride] = value(n * kLanes + l);
}

// By unshifted frequency, divided by the length. The real part of what an uneven mask lets through is what the even
// part of the mask lets through, and an even mask keeps two real lines apart that share one complex transform.
std::vector<double> unshifted(const std::vector<double>& mask, Part part) {
  const std::size_t n = mask.size(), centre = n / 2;
  std::vector<double> out(n);
  for (std::size_t k = 0; k < n; ++k) {
    const double plus = mask[(k + centre) % n], minus = mask[((n - k) + centre) % n];
    out[k] = (part == Part::real ? (plus + minus) / 2 : plus) / static_cast<double>(n);
  }
  return out;
}

}  // namespace

void filter(const Shape& shape, std::size_t axis, const std::vector<Band>& bands, Part part, float* out) {
  const Lines lines = lines_of(shape, axis);
  const Fft fft(lines.length);
  struct Active {
    const float* voxels;
    std::vector<double> mask;
  };
  std::vector<Active> active;
  for (const Band& band : bands)
    if (std::any_of(band.mask.begin(), band.mask.end(), [](double m) { return m != 0; }))
      active.push_back({band.voxels, unshifted(band.mask, part)});

  const std::size_t size = lines.length * kLanes;
  const bool real = part == Part::real;
  for_blocks(lines, real ? 2 * kLanes : kLanes, 4 * size + fft.scratch(),
             [&](std::size_t start, std::size_t count, double* area) {
    double *re = area, *im = re + size, *total_re = im + size, *total_im = total_re + size, *scratch = total_im + size;
    for (std::size_t b = 0; b < active.size(); ++b) {
      double *to_re = b ? re : total_re, *to_im = b ? im : total_im;
      load(lines, active[b].voxels + start, 0, count, to_re);
      if (real) load(lines, active[b].voxels + start, kLanes, count, to_im);
      else std::fill_n(to_im, size, 0.0);
      fft.forward(to_re, to_im, scratch);
      for (std::size_t k = 0; k < lines.length; ++k) {
        const double m = active[b].mask[k];
        for (std::size_t l = k * kLanes; l < (k + 1) * kLanes; ++l) {
          total_re[l] = b ? total_re[l] + m * re[l] : m * total_re[l];
          total_im[l] = b ? total_im[l] + m * im[l] : m * total_im[l];
        }
      }
    }
    fft.inverse(total_re, total_im, scratch);
    float* to = out + start;
    if (real) {
      store(lines, to, 0, count, [&](std::size_t i) { return to_float(total_re[i]); });
      store(lines, to, kLanes, count, [&](std::size_t i) { return to_float(total_im[i]); });
    } else {
      store(lines, to, 0, count, [&](std::size_t i) {
        return to_float(std::sqrt(total_re[i] * total_re[i] + total_im[i] * total_im[i]));
      });
    }
  });
}

Spectrum spectrum(const Shape& shape, const float* voxels) {
  const std::size_t size_of_all = shape[0] * shape[1] * shape[2];
  Spectrum s{std::vector<double>(voxels, voxels + size_of_all), std::vector<double>(size_of_all)};
  for (const std::size_t axis : {2, 1, 0}) {
    if (shape[axis] == 1) continue;
    const Lines lines = lines_of(shape, axis);
    const Fft fft(lines.length);
    const std::size_t size = lines.length * kLanes;
    for_blocks(lines, kLanes, 2 * size + fft.scratch(), [&](std::size_t start, std::size_t count, double* area) {
      double *re = area, *im = area + size;
      load(lines, s.re.data() + start, 0, count, re);
      load(lines, s.im.data() + start, 0, count, im);
      fft.forward(re, im, im + size);
      store(lines, s.re.data() + start, 0, count, [&](std::size_t i) { return re[i]; });
      store(lines, s.im.data() + start, 0, count, [&](std::size_t i) { return im[i]; });
    });
  }
  return s;
}

double sum(const Shape& shape, const float* voxels) {
  const std::size_t rows = shape[0] * shape[1], columns = shape[2];
  std::vector<double> parts(rows);
  core::for_each_block(rows, 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r != end; ++r) {
      // Four sums at once, in a fixed order, instead of a chain of additions that each wait for the last.
      std::array<double, 4> part{};
      const float* row = voxels + r * columns;
      for (std::size_t w = 0; w < columns; ++w) part[w % 4] += row[w];
      parts[r] = (part[0] + part[1]) + (part[2] + part[3]);
    }
  });
  double total = 0;
  for (const double p : parts) total += p;
  return total;
}

}  // namespace coopseg::artefact
