// Fourier transforms of any length, of several lines at once, in double precision.
//
// Why our own: Debian's kissfft package is built for one precision and transforms one line at a time, FFTW is under the
// GPL, pocketfft has no package. Lines of a volume come by the hundred and all alike, so each butterfly works on kLanes
// lines side by side, which a compiler turns into vector instructions, and that takes a page of code.
//
//   Fft fft(192);
//   std::vector<double> re(192 * kLanes), im(192 * kLanes), scratch(fft.scratch());
//   fft.forward(re.data(), im.data(), scratch.data());     // element n of line l at [n * kLanes + l]
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace coopseg::artefact {

constexpr std::size_t kLanes = 4;

class Fft {
 public:
  explicit Fft(std::size_t length);  // >= 1
  ~Fft();
  Fft(const Fft&) = delete;
  Fft& operator=(const Fft&) = delete;

  std::size_t length() const { return length_; }
  std::size_t scratch() const;  // doubles

  // sum over n of x[n] exp(-2 pi i k n / N), in place. Threads may share an Fft, not the arrays.
  void forward(double* re, double* im, double* scratch) const;
  // The same with +; not divided by N. Conjugation is an exchange of the real and imaginary parts, twice.
  void inverse(double* re, double* im, double* scratch) const { forward(im, re, scratch); }

 private:
  void stages(double* re, double* im, double* scratch) const;
  void chirp(double* re, double* im, double* scratch) const;

  std::size_t length_;
  std::vector<std::size_t> factors_;           // empty: by chirp
  std::vector<double> root_re_, root_im_;      // exp(-2 pi i k / N)
  std::unique_ptr<Fft> convolution_;           // of the chirp transform
  std::vector<double> chirp_re_, chirp_im_;    // exp(-pi i n^2 / N)
  std::vector<double> kernel_re_, kernel_im_;  // transform of the conjugate chirp, divided by the length
};

}  // namespace coopseg::artefact
