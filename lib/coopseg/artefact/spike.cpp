#include <algorithm>
#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/kspace.h"
#include "coopseg/artefact/processors.h"
#include "coopseg/artefact/trigonometry.h"
#include "coopseg/core/parallel.h"

namespace coopseg::artefact {

namespace {

// Spikes feed on each other; no later one may grow beyond what double and the cosines can take.
constexpr double kLargest = 1e200;

using Frequency = std::array<std::size_t, 3>;  // unshifted indices

// A spike in space: the image gets the real part (legacy: the magnitude with all others) of
// (re + i im) exp(2 pi i (k0 s / N0 + k1 h / N1 + k2 w / N2)).
struct Wave {
  Frequency k;
  double re, im;
};

Frequency unshifted(const Frequency& shifted, const Shape& n) {
  Frequency k;
  for (std::size_t a = 0; a < 3; ++a) k[a] = (shifted[a] + n[a] - n[a] / 2) % n[a];
  return k;
}

std::size_t at_fraction(double fraction, std::size_t size) {
  return std::min(static_cast<std::size_t>(fraction * static_cast<double>(size)), size - 1);
}

std::vector<Frequency> frequencies(const Spike& p, const Shape& n) {
  std::vector<Frequency> out;
  for (const auto& position : p.positions)
    out.push_back(unshifted({at_fraction(position[0], n[0]), at_fraction(position[1], n[1]),
                             at_fraction(position[2], n[2])}, n));
  for (const double position : p.positions_flat) {
    const std::size_t flat = at_fraction(position, n[0] * n[1] * n[2]);
    out.push_back(unshifted({flat / (n[1] * n[2]), flat / n[2] % n[1], flat % n[2]}, n));
  }
  return out;
}

bool none_negative(const float* voxels, std::size_t count) {
  return std::all_of(voxels, voxels + count, [](float v) { return v >= 0; });
}

// Each spike is measured by the largest coefficient at that moment, largest in NumPy's order of complex numbers: by
// real part, then by imaginary part. (Later versions of TorchIO went by magnitude, as one would expect.)
std::vector<Wave> torchio_waves(const Spike& p, Dialect dialect, const Shape& n, const std::vector<float>& voxels) {
  const auto places = frequencies(p, n);
  if (places.empty()) return {};
  const double count = static_cast<double>(voxels.size());
  // Where no voxel is negative the largest coefficient is the zero frequency, the sum of the voxels.
  if (dialect == Dialect::paper && places.size() == 1 && none_negative(voxels.data(), voxels.size()))
    return {{places[0], p.intensity * sum(n, voxels.data()) / count, 0}};

  Spectrum s = spectrum(n, voxels.data());
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
    out.push_back({k, (replace ? re - old_re : re) / count, (replace ? im - old_im : im) / count});
  }
  return out;
}

// Magnitude of the largest coefficient of one slice.
double largest_of_slice(const Shape& slice, const float* voxels) {
  if (none_negative(voxels, slice[1] * slice[2])) return sum(slice, voxels);
  const Spectrum s = spectrum(slice, voxels);
  double most = 0;
  for (std::size_t i = 0; i < s.re.size(); ++i) most = std::max(most, s.re[i] * s.re[i] + s.im[i] * s.im[i]);
  return std::sqrt(most);
}

// By slice: a spike hits one slice's k-space, of rows and columns alone, and is measured by the slice as it was.
std::vector<std::vector<Wave>> waves_of_slices(const Spike& p, const Shape& n, const std::vector<float>& voxels) {
  const Shape slice{1, n[1], n[2]};
  const double count = static_cast<double>(n[1] * n[2]);
  std::vector<std::vector<Wave>> out(n[0]);
  for (const auto& position : p.positions) {
    const Frequency k = unshifted({0, at_fraction(position[1], n[1]), at_fraction(position[2], n[2])}, slice);
    out[at_fraction(position[0], n[0])].push_back({k, p.intensity / count, 0});
  }
  core::for_each_index(n[0], [&](std::size_t s) {
    if (out[s].empty()) return;
    const double largest = largest_of_slice(slice, voxels.data() + s * n[1] * n[2]);
    for (Wave& w : out[s]) w.re *= largest;
  });
  return out;
}

// exp(2 pi i k n / N) for n = 0 ... N - 1.
struct Turns {
  std::vector<double> re, im;
  Turns(std::size_t k, std::size_t size) : re(size), im(size) {
    std::size_t phase = 0;  // k n mod N, exact however large n is
    for (std::size_t n = 0; n < size; ++n, phase = (phase + k) % size) {
      root(phase, size, re[n], im[n]);
      im[n] = -im[n];
    }
  }
};

// One wave, ready to be added to rows.
struct TurningWave {
  const Wave* wave;
  std::array<Turns, 3> turns;
  TurningWave(const Wave& w, const Shape& n)
      : wave(&w), turns{Turns(w.k[0], n[0]), Turns(w.k[1], n[1]), Turns(w.k[2], n[2])} {}

  // Its value at the first voxel of row h of slice s.
  std::array<double, 2> at(std::size_t s, std::size_t h) const {
    const auto& [ts, th, tw] = turns;
    const double pr = ts.re[s] * th.re[h] - ts.im[s] * th.im[h], pi = ts.re[s] * th.im[h] + ts.im[s] * th.re[h];
    return {wave->re * pr - wave->im * pi, wave->re * pi + wave->im * pr};
  }
};

COOPSEG_EACH_PROCESSOR void add_wave(double re, double im, const double* cosine, const double* sine,
                                     std::size_t columns, double* to) {
  for (std::size_t w = 0; w < columns; ++w) to[w] += re * cosine[w] - im * sine[w];
}

COOPSEG_EACH_PROCESSOR void store_row(const double* from, std::size_t columns, float* to) {
  for (std::size_t w = 0; w < columns; ++w) to[w] = to_float(from[w]);
}

void add_waves(const std::vector<TurningWave>& waves, std::size_t s, std::size_t h, bool magnitude, const float* from,
               float* to, std::size_t columns, std::vector<double>& re, std::vector<double>& im) {
  std::copy_n(from, columns, re.begin());
  std::fill(im.begin(), im.end(), 0.0);
  for (const TurningWave& wave : waves) {
    const auto [ar, ai] = wave.at(s, h);
    const Turns& tw = wave.turns[2];
    add_wave(ar, ai, tw.re.data(), tw.im.data(), columns, re.data());
    if (magnitude) add_wave(ai, -ar, tw.re.data(), tw.im.data(), columns, im.data());
  }
  if (magnitude)
    for (std::size_t w = 0; w < columns; ++w) re[w] = std::hypot(re[w], im[w]);
  store_row(re.data(), columns, to);
}

}  // namespace

// A spike is a plane wave: no transform of the image is needed to add one.
image::Image apply_spike(const image::Image& image, const Spike& parameters, Dialect dialect) {
  check_artefact({parameters, dialect}, "spike");
  image::Image out(image.grid);
  if (image.voxels.empty()) return out;
  const Shape n = shape_of(image);
  const bool by_slice = dialect == Dialect::physical;
  const auto added = by_slice ? waves_of_slices(parameters, n, image.voxels)
                              : std::vector<std::vector<Wave>>{torchio_waves(parameters, dialect, n, image.voxels)};
  std::vector<std::vector<TurningWave>> waves(added.size());
  for (std::size_t s = 0; s < added.size(); ++s)
    for (const Wave& w : added[s]) waves[s].emplace_back(w, by_slice ? Shape{1, n[1], n[2]} : n);

  core::for_each_block(n[0] * n[1], 32, [&](std::size_t begin, std::size_t end) {
    std::vector<double> re(n[2]), im(n[2]);
    for (std::size_t row = begin; row != end; ++row) {
      const std::size_t s = row / n[1], h = row % n[1];
      add_waves(waves[by_slice ? s : 0], by_slice ? 0 : s, h, dialect == Dialect::legacy,
                image.voxels.data() + row * n[2], out.voxels.data() + row * n[2], n[2], re, im);
    }
  });
  return out;
}

}  // namespace coopseg::artefact
