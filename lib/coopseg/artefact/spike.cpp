#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/kspace.h"

namespace coopseg::artefact {

namespace {

constexpr double kPi = 3.14159265358979323846;
// Spikes feed on each other; no later one may grow beyond what double and the cosines can take.
constexpr double kLargest = 1e200;

struct Wave {
  std::array<std::size_t, 3> k;  // frequency, as its unshifted index
  double re, im;                 // what is added to its coefficient
};

std::array<std::size_t, 3> unshifted(const std::array<std::size_t, 3>& shifted, const Shape& n) {
  std::array<std::size_t, 3> k;
  for (std::size_t a = 0; a < 3; ++a) k[a] = (shifted[a] + n[a] - n[a] / 2) % n[a];
  return k;
}

std::size_t at_fraction(double fraction, std::size_t size) {
  return std::min(static_cast<std::size_t>(fraction * static_cast<double>(size)), size - 1);
}

std::vector<std::array<std::size_t, 3>> frequencies(const Spike& p, const Shape& n) {
  std::vector<std::array<std::size_t, 3>> out;
  for (const auto& position : p.positions)
    out.push_back(unshifted({at_fraction(position[0], n[0]), at_fraction(position[1], n[1]),
                             at_fraction(position[2], n[2])}, n));
  for (const double position : p.positions_flat) {
    const std::size_t flat = at_fraction(position, n[0] * n[1] * n[2]);
    out.push_back(unshifted({flat / (n[1] * n[2]), flat / n[2] % n[1], flat % n[2]}, n));
  }
  return out;
}

// Each spike is measured by the largest coefficient at that moment, largest in NumPy's order of complex numbers: by
// real part, then by imaginary part. (Later versions of TorchIO went by magnitude, as one would expect.)
std::vector<Wave> waves(const Spike& p, Dialect dialect, const Shape& n, const std::vector<float>& voxels) {
  const auto places = frequencies(p, n);
  if (places.empty()) return {};
  // Where no voxel is negative the largest coefficient is the zero frequency, the sum of the voxels.
  const bool simple = dialect == Dialect::paper && places.size() == 1 &&
                      std::all_of(voxels.begin(), voxels.end(), [](float v) { return v >= 0; });
  if (simple) return {{places[0], p.intensity * sum(n, voxels), 0}};

  Spectrum s = spectrum(n, voxels);
  const auto clamped = [](double x) { return std::clamp(x, -kLargest, kLargest); };
  std::vector<Wave> out;
  for (const auto& k : places) {
    std::size_t most = 0;
    for (std::size_t i = 1; i < s.re.size(); ++i)
      if (s.re[i] > s.re[most] || (s.re[i] == s.re[most] && s.im[i] > s.im[most])) most = i;
    const std::size_t at = (k[0] * n[1] + k[1]) * n[2] + k[2];
    const double old_re = s.re[at], old_im = s.im[at];
    const double re = clamped(p.intensity * s.re[most]), im = clamped(p.intensity * s.im[most]);
    const bool replace = dialect == Dialect::legacy;
    s.re[at] = replace ? re : clamped(old_re + re);
    s.im[at] = replace ? im : clamped(old_im + im);
    out.push_back({k, replace ? re - old_re : re, replace ? im - old_im : im});
  }
  return out;
}

// exp(2 pi i k n / N) for n = 0 ... N - 1.
struct Turns {
  std::vector<double> re, im;
  Turns(std::size_t k, std::size_t size) : re(size), im(size) {
    std::size_t phase = 0;  // k n mod N, exact however large n is
    for (std::size_t n = 0; n < size; ++n, phase = (phase + k) % size) {
      const double angle = 2 * kPi * static_cast<double>(phase) / static_cast<double>(size);
      re[n] = std::cos(angle);
      im[n] = std::sin(angle);
    }
  }
};

}  // namespace

// A spike is a plane wave: no transform of the image is needed to add one.
image::Image apply_spike(const image::Image& image, const Spike& parameters, Dialect dialect) {
  check({parameters, dialect}, "spike");
  image::Image out(image.grid);
  if (image.voxels.empty()) return out;
  const Shape n = shape_of(image);
  const auto added = waves(parameters, dialect, n, image.voxels);
  std::vector<std::array<Turns, 3>> turns;
  for (const Wave& w : added) turns.push_back({Turns(w.k[0], n[0]), Turns(w.k[1], n[1]), Turns(w.k[2], n[2])});
  const bool magnitude = dialect == Dialect::legacy;
  const double count = static_cast<double>(image.voxels.size());

  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, n[0] * n[1], 32), [&](const auto& range) {
    std::vector<double> re(n[2]), im(n[2]);
    for (std::size_t row = range.begin(); row != range.end(); ++row) {
      const float* from = image.voxels.data() + row * n[2];
      float* to = out.voxels.data() + row * n[2];
      std::copy_n(from, n[2], re.begin());
      std::fill(im.begin(), im.end(), 0.0);
      for (std::size_t i = 0; i < added.size(); ++i) {
        const auto& [ts, th, tw] = turns[i];
        const std::size_t s = row / n[1], h = row % n[1];
        const double pr = ts.re[s] * th.re[h] - ts.im[s] * th.im[h], pi = ts.re[s] * th.im[h] + ts.im[s] * th.re[h];
        const double ar = (added[i].re * pr - added[i].im * pi) / count;
        const double ai = (added[i].re * pi + added[i].im * pr) / count;
        for (std::size_t w = 0; w < n[2]; ++w) re[w] += ar * tw.re[w] - ai * tw.im[w];
        if (magnitude)
          for (std::size_t w = 0; w < n[2]; ++w) im[w] += ar * tw.im[w] + ai * tw.re[w];
      }
      for (std::size_t w = 0; w < n[2]; ++w) to[w] = to_float(magnitude ? std::hypot(re[w], im[w]) : re[w]);
    }
  });
  return out;
}

}  // namespace coopseg::artefact
