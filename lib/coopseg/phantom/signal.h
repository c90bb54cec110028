// What a scanner measures: tissues, their relaxation times, and the balanced steady-state free precession signal.
//
//   Sequence cine{3.2, 1.6, 60, 1.5};
//   std::complex<double> s = bssfp_signal(relaxation(Tissue::blood, 1.5), cine, 0);   // s is real: on resonance
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>

namespace coopseg::phantom {

enum class Tissue : std::uint8_t {
  air, lung, blood, myocardium, pericardium, fat, muscle, bone, marrow, liver, spleen, fluid, stomach, skin
};
constexpr std::size_t kTissues = 14;

// Relaxation times in milliseconds, proton density relative to water, chemical shift relative to water in parts per
// million.
struct Relaxation {
  double t1_ms = 1000, t2_ms = 50, proton_density = 1, shift_ppm = 0;
};

// Literature values at 1.5 T and 3 T (Stanisz et al., MRM 2005; de Bazelaire et al., Radiology 2004; for the
// myocardium and blood von Knobelsdorff-Brenkenhoff et al., JCMR 2013), between and beyond them linear in the field;
// `field_t` in 0.5 ... 4.
Relaxation relaxation(Tissue tissue, double field_t);

struct Sequence {
  double tr_ms = 3.2, te_ms = 1.6;  // 0 < te_ms <= tr_ms
  double flip_degrees = 60;
  double field_t = 1.5;
};

// The transverse magnetisation at the echo, relative to the equilibrium magnetisation of water, for radio-frequency
// pulses of alternating sign (Freeman and Hill, JMR 1971; in the form of Hargreaves, JMRI 2012). Its phase is chosen
// such that a spin on resonance has a positive real signal; at TE = TR/2 spins one pass band away (fat) have a negative
// one, which is what blackens the borders between fat and water. `off_resonance_hz` comes on top of the tissue's own
// chemical shift. Proton density 0 gives 0.
std::complex<double> bssfp_signal(const Relaxation& tissue, const Sequence& sequence, double off_resonance_hz);

// The magnitude that a receiver measures for `signal` when both its channels carry Gaussian noise `real_noise` and
// `imaginary_noise`: Rician (Gudbjartsson and Patz, MRM 1995).
inline double rician(std::complex<double> signal, double real_noise, double imaginary_noise) {
  return std::abs(signal + std::complex<double>(real_noise, imaginary_noise));
}

}  // namespace coopseg::phantom
