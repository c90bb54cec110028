#include "coopseg/artefact/fft.h"

#include <algorithm>
#include <cstdint>

#include "coopseg/artefact/processors.h"
#include "coopseg/artefact/trigonometry.h"

namespace coopseg::artefact {

namespace {

// A prime p costs p * N by its definition; from about here Bluestein's detour over a smooth length is cheaper.
constexpr std::size_t kLargestPrime = 47;

std::vector<std::size_t> factorise(std::size_t n) {
  std::vector<std::size_t> factors;
  while (n % 4 == 0) factors.push_back(4), n /= 4;
  for (std::size_t p = 2; p * p <= n; ++p)
    while (n % p == 0) factors.push_back(p), n /= p;
  if (n > 1) factors.push_back(n);
  return factors;
}

std::size_t smooth_length(std::size_t least) {
  for (std::size_t n = least;; ++n) {
    std::size_t rest = n;
    for (const std::size_t p : {2, 3, 5})
      while (rest % p == 0) rest /= p;
    if (rest == 1) return n;
  }
}

struct Stage {
  const double *re, *im;  // input
  double *out_re, *out_im;
  std::size_t stride, rest;  // Stockham: elements already transformed, and still to do
  const double *root_re, *root_im;
};

// y = (re + i im) * w, written at `at`.
inline void twiddled(const Stage& s, std::size_t at, double re, double im, double wr, double wi, std::size_t l) {
  s.out_re[at + l] = re * wr - im * wi;
  s.out_im[at + l] = re * wi + im * wr;
}

COOPSEG_EACH_PROCESSOR void radix2(const Stage& s) {
  const std::size_t step = s.stride * kLanes;
  for (std::size_t j = 0; j < s.rest; ++j) {
    const double w1r = s.root_re[j * s.stride], w1i = s.root_im[j * s.stride];
    const std::size_t a = j * step, b = a + s.rest * step, out = 2 * j * step;
#pragma GCC ivdep  // input and output are different arrays
    for (std::size_t q = 0; q < step; ++q) {
      const double ar = s.re[a + q], ai = s.im[a + q], br = s.re[b + q], bi = s.im[b + q];
      s.out_re[out + q] = ar + br;
      s.out_im[out + q] = ai + bi;
      twiddled(s, out + step, ar - br, ai - bi, w1r, w1i, q);
    }
  }
}

COOPSEG_EACH_PROCESSOR void radix3(const Stage& s) {
  constexpr double kSine = 0.86602540378443864676;
  const std::size_t step = s.stride * kLanes;
  for (std::size_t j = 0; j < s.rest; ++j) {
    const std::size_t w = j * s.stride;
    const double w1r = s.root_re[w], w1i = s.root_im[w], w2r = s.root_re[2 * w], w2i = s.root_im[2 * w];
    const std::size_t a = j * step, b = a + s.rest * step, c = b + s.rest * step, out = 3 * j * step;
#pragma GCC ivdep  // input and output are different arrays
    for (std::size_t q = 0; q < step; ++q) {
      const double tr = s.re[b + q] + s.re[c + q], ti = s.im[b + q] + s.im[c + q];
      const double dr = kSine * (s.im[b + q] - s.im[c + q]), di = kSine * (s.re[c + q] - s.re[b + q]);
      const double mr = s.re[a + q] - 0.5 * tr, mi = s.im[a + q] - 0.5 * ti;
      s.out_re[out + q] = s.re[a + q] + tr;
      s.out_im[out + q] = s.im[a + q] + ti;
      twiddled(s, out + step, mr + dr, mi + di, w1r, w1i, q);
      twiddled(s, out + 2 * step, mr - dr, mi - di, w2r, w2i, q);
    }
  }
}

COOPSEG_EACH_PROCESSOR void radix4(const Stage& s) {
  const std::size_t step = s.stride * kLanes;
  for (std::size_t j = 0; j < s.rest; ++j) {
    const std::size_t w = j * s.stride;
    const double w1r = s.root_re[w], w1i = s.root_im[w], w2r = s.root_re[2 * w], w2i = s.root_im[2 * w];
    const double w3r = s.root_re[3 * w], w3i = s.root_im[3 * w];
    const std::size_t far = s.rest * step, a = j * step, b = a + far, c = b + far, d = c + far, out = 4 * j * step;
#pragma GCC ivdep  // input and output are different arrays
    for (std::size_t q = 0; q < step; ++q) {
      const double pr = s.re[a + q] + s.re[c + q], pi = s.im[a + q] + s.im[c + q];
      const double mr = s.re[a + q] - s.re[c + q], mi = s.im[a + q] - s.im[c + q];
      const double sr = s.re[b + q] + s.re[d + q], si = s.im[b + q] + s.im[d + q];
      const double nr = s.im[b + q] - s.im[d + q], ni = s.re[d + q] - s.re[b + q];  // -i (b - d)
      s.out_re[out + q] = pr + sr;
      s.out_im[out + q] = pi + si;
      twiddled(s, out + step, mr + nr, mi + ni, w1r, w1i, q);
      twiddled(s, out + 2 * step, pr - sr, pi - si, w2r, w2i, q);
      twiddled(s, out + 3 * step, mr - nr, mi - ni, w3r, w3i, q);
    }
  }
}

// Any radix, by the definition.
COOPSEG_EACH_PROCESSOR void radix(const Stage& s, std::size_t p, std::size_t length) {
  const std::size_t step = s.stride * kLanes, turn = length / p;
  for (std::size_t j = 0; j < s.rest; ++j)
    for (std::size_t u = 0; u < p; ++u) {
      double* out_re = s.out_re + (p * j + u) * step;
      double* out_im = s.out_im + (p * j + u) * step;
      std::fill(out_re, out_re + step, 0.0);
      std::fill(out_im, out_im + step, 0.0);
      for (std::size_t t = 0; t < p; ++t) {
        // The twiddle behind the butterfly is taken into its root: w_p^(tu) w_n^(ju).
        const std::size_t k = (t * u % p * turn + j * u * s.stride) % length;
        const double wr = s.root_re[k], wi = s.root_im[k];
        const double *re = s.re + (j + s.rest * t) * step, *im = s.im + (j + s.rest * t) * step;
#pragma GCC ivdep
        for (std::size_t q = 0; q < step; ++q) {
          out_re[q] += re[q] * wr - im[q] * wi;
          out_im[q] += re[q] * wi + im[q] * wr;
        }
      }
    }
}

}  // namespace

Fft::Fft(std::size_t length) : length_(length) {
  factors_ = factorise(length);
  if (!factors_.empty() && factors_.back() > kLargestPrime) {
    factors_.clear();
    convolution_ = std::make_unique<Fft>(smooth_length(2 * length - 1));
    const std::size_t m = convolution_->length();
    chirp_re_.resize(length), chirp_im_.resize(length);
    std::vector<double> re(m * kLanes), im(m * kLanes), scratch(convolution_->scratch());
    for (std::size_t n = 0; n < length; ++n) {
      const std::uint64_t square = static_cast<std::uint64_t>(n) * n % (2 * length);  // exact for any length in memory
      root(static_cast<std::size_t>(square), 2 * length, chirp_re_[n], chirp_im_[n]);
      for (const std::size_t at : {n, (m - n) % m}) re[at * kLanes] = chirp_re_[n], im[at * kLanes] = -chirp_im_[n];
    }
    convolution_->forward(re.data(), im.data(), scratch.data());
    kernel_re_.resize(m), kernel_im_.resize(m);
    for (std::size_t k = 0; k < m; ++k) {
      kernel_re_[k] = re[k * kLanes] / static_cast<double>(m);
      kernel_im_[k] = im[k * kLanes] / static_cast<double>(m);
    }
    return;
  }
  root_re_.resize(length), root_im_.resize(length);
  for (std::size_t k = 0; k < length; ++k) root(k, length, root_re_[k], root_im_[k]);
}

Fft::~Fft() = default;

std::size_t Fft::scratch() const {
  return convolution_ ? 2 * convolution_->length() * kLanes + convolution_->scratch() : 2 * length_ * kLanes;
}

void Fft::forward(double* re, double* im, double* scratch) const {
  if (convolution_) chirp(re, im, scratch);
  else stages(re, im, scratch);
}

void Fft::stages(double* re, double* im, double* scratch) const {
  double *from_re = re, *from_im = im, *to_re = scratch, *to_im = scratch + length_ * kLanes;
  std::size_t stride = 1, rest = length_;
  for (const std::size_t p : factors_) {
    rest /= p;
    const Stage stage{from_re, from_im, to_re, to_im, stride, rest, root_re_.data(), root_im_.data()};
    switch (p) {
      case 2: radix2(stage); break;
      case 3: radix3(stage); break;
      case 4: radix4(stage); break;
      default: radix(stage, p, length_);
    }
    stride *= p;
    std::swap(from_re, to_re);
    std::swap(from_im, to_im);
  }
  if (from_re == re) return;
  std::copy_n(from_re, length_ * kLanes, re);
  std::copy_n(from_im, length_ * kLanes, im);
}

// Bluestein: n k = (n^2 + k^2 - (k - n)^2) / 2 makes the transform a convolution with a chirp.
void Fft::chirp(double* re, double* im, double* scratch) const {
  const std::size_t m = convolution_->length();
  double *a_re = scratch, *a_im = scratch + m * kLanes, *rest = scratch + 2 * m * kLanes;
  const auto multiply = [](double* to_re, double* to_im, const double* x_re, const double* x_im, double wr, double wi) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double r = x_re[l] * wr - x_im[l] * wi;
      to_im[l] = x_re[l] * wi + x_im[l] * wr;
      to_re[l] = r;
    }
  };
  for (std::size_t n = 0; n < length_; ++n)
    multiply(a_re + n * kLanes, a_im + n * kLanes, re + n * kLanes, im + n * kLanes, chirp_re_[n], chirp_im_[n]);
  std::fill(a_re + length_ * kLanes, a_re + m * kLanes, 0.0);
  std::fill(a_im + length_ * kLanes, a_im + m * kLanes, 0.0);
  convolution_->forward(a_re, a_im, rest);
  for (std::size_t k = 0; k < m; ++k)
    multiply(a_re + k * kLanes, a_im + k * kLanes, a_re + k * kLanes, a_im + k * kLanes, kernel_re_[k], kernel_im_[k]);
  convolution_->inverse(a_re, a_im, rest);
  for (std::size_t k = 0; k < length_; ++k)
    multiply(re + k * kLanes, im + k * kLanes, a_re + k * kLanes, a_im + k * kLanes, chirp_re_[k], chirp_im_[k]);
}

}  // namespace coopseg::artefact
