#include "coopseg/image/distance_transform.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <limits>

namespace coopseg::image {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double squared(double value) { return value * value; }

// Along the first axis the sources are points: the distance to the last one seen, from both ends.
void scan_first_axis(std::size_t n, double spacing, const std::uint8_t* sources, double* out) {
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::size_t last = none;
  for (std::size_t i = 0; i < n; ++i) {
    if (sources[i]) last = i;
    out[i] = last == none ? kInfinity : squared(static_cast<double>(i - last) * spacing);
  }
  last = none;
  for (std::size_t i = n; i-- > 0;) {
    if (sources[i]) last = i;
    if (last != none) out[i] = std::min(out[i], squared(static_cast<double>(last - i) * spacing));
  }
}

struct Envelope {
  std::vector<std::size_t> vertex;  // of each parabola, rising
  std::vector<double> from;         // where its reign begins, in voxels
  std::vector<double> line;

  explicit Envelope(std::size_t n) : vertex(n), from(n), line(n) {}

  void transform(double* data, std::size_t n, std::size_t stride, double spacing) {
    std::size_t count = 0;
    const double square = spacing * spacing;
    for (std::size_t q = 0; q < n; ++q) {
      line[q] = data[q * stride];
      if (line[q] == kInfinity) continue;
      double start = -kInfinity;
      while (count > 0) {
        const std::size_t v = vertex[count - 1];
        const double dq = static_cast<double>(q), dv = static_cast<double>(v);
        start = (dq + dv) / 2 + (line[q] - line[v]) / (2 * square * (dq - dv));
        if (start > from[count - 1]) break;
        --count;
      }
      if (count == 0) start = -kInfinity;
      vertex[count] = q;
      from[count++] = start;
    }
    if (count == 0) return;
    std::size_t k = 0;
    for (std::size_t q = 0; q < n; ++q) {
      const double position = static_cast<double>(q);
      while (k + 1 < count && from[k + 1] < position) ++k;
      const double steps = position - static_cast<double>(vertex[k]);
      data[q * stride] = line[vertex[k]] + squared(steps * spacing);
    }
  }
};

}  // namespace

std::vector<double> squared_distance_transform(const std::array<std::size_t, 3>& size,
                                               const std::array<double, 3>& spacing_mm,
                                               const std::vector<std::uint8_t>& sources,
                                               const std::vector<std::uint8_t>& wanted) {
  assert(sources.size() == size[0] * size[1] * size[2]);
  assert(wanted.empty() || wanted.size() == sources.size());
  std::vector<double> out(sources.size());
  const std::size_t row = size[0], plane = size[0] * size[1];

  // Which lines along the third axis hold a wanted voxel, and which along the second one lead to such a line.
  std::vector<std::uint8_t> third(plane, wanted.empty()), second(row, wanted.empty());
  for (std::size_t p = 0, i = 0; p < wanted.size(); ++p, i = i + 1 == plane ? 0 : i + 1) third[i] |= wanted[p];
  for (std::size_t i = 0; i < plane; ++i) second[i % row] |= third[i];

  for (std::size_t start = 0; start < out.size(); start += row)
    scan_first_axis(row, spacing_mm[0], sources.data() + start, out.data() + start);
  if (size[1] > 1) {
    Envelope envelope(size[1]);
    for (std::size_t k = 0; k < size[2]; ++k)
      for (std::size_t i = 0; i < row; ++i)
        if (second[i]) envelope.transform(out.data() + k * plane + i, size[1], row, spacing_mm[1]);
  }
  if (size[2] > 1) {
    Envelope envelope(size[2]);
    for (std::size_t i = 0; i < plane; ++i)
      if (third[i]) envelope.transform(out.data() + i, size[2], plane, spacing_mm[2]);
  }
  return out;
}

std::vector<double> step_distance_transform(const std::array<std::size_t, 3>& size, Steps steps,
                                            const std::vector<std::uint8_t>& sources) {
  assert(sources.size() == size[0] * size[1] * size[2]);
  std::vector<double> out(sources.size());
  std::transform(sources.begin(), sources.end(), out.begin(), [](auto source) { return source ? 0 : kInfinity; });

  // The neighbours that a forward scan has passed; those of the backward scan are opposite to them.
  std::vector<std::array<int, 3>> passed;
  for (int k = -1; k <= 0; ++k)
    for (int j = -1; j <= 1; ++j)
      for (int i = -1; i <= 1; ++i) {
        const bool before = k < 0 || (k == 0 && (j < 0 || (j == 0 && i < 0)));
        if (before && (steps == Steps::chessboard || std::abs(i) + std::abs(j) + std::abs(k) == 1))
          passed.push_back({i, j, k});
      }
  const auto scan = [&](std::size_t p, int direction) {
    const std::size_t at[3] = {p % size[0], p / size[0] % size[1], p / size[0] / size[1]};
    for (const auto& offset : passed) {
      std::size_t neighbour[3];
      bool inside = true;
      for (int a = 0; a < 3; ++a) {
        neighbour[a] = at[a] + static_cast<std::size_t>(direction * offset[a]);  // wraps around below 0
        inside = inside && neighbour[a] < size[a];
      }
      if (inside) out[p] = std::min(out[p], out[(neighbour[2] * size[1] + neighbour[1]) * size[0] + neighbour[0]] + 1);
    }
  };
  for (std::size_t p = 0; p < out.size(); ++p) scan(p, 1);
  for (std::size_t p = out.size(); p-- > 0;) scan(p, -1);
  return out;
}

}  // namespace coopseg::image
