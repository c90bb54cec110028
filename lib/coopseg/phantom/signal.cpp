#include "coopseg/phantom/signal.h"

#include <array>
#include <cmath>

#include "coopseg/phantom/vector3.h"

namespace coopseg::phantom {
namespace {

constexpr double kProtonHzPerTeslaPpm = 42.577;  // gyromagnetic ratio: MHz per tesla is Hz per tesla and ppm

struct Row {
  double t1_low, t1_high, t2_low, t2_high, density, shift;  // low: 1.5 T, high: 3 T
};

// Order of enum Tissue. Blood's T2 is that of oxygenated blood in vivo; lung's density is that of inflated lung.
constexpr std::array<Row, kTissues> kRows{{
    {1000, 1000, 50, 50, 0, 0},            // air
    {1150, 1300, 40, 35, 0.17, 0},         // lung
    {1500, 1900, 240, 220, 0.95, 0},       // blood
    {980, 1170, 50, 45, 0.86, 0},          // myocardium
    {900, 1050, 20, 18, 0.5, 0},           // pericardium
    {290, 370, 75, 68, 0.9, -3.45},        // fat
    {1010, 1410, 44, 40, 0.85, 0},         // muscle
    {600, 700, 5, 4, 0.25, 0},             // bone
    {550, 590, 49, 47, 0.6, 0},            // marrow
    {580, 810, 46, 38, 0.8, 0},            // liver
    {1060, 1330, 79, 62, 0.9, 0},          // spleen
    {3800, 4000, 1500, 1400, 1, 0},        // fluid
    {1300, 1500, 90, 85, 0.75, 0},         // stomach
    {900, 1100, 30, 28, 0.7, 0},           // skin
}};

}  // namespace

Relaxation relaxation(Tissue tissue, double field_t) {
  const Row& row = kRows[static_cast<std::size_t>(tissue)];
  const double w = (field_t - 1.5) / 1.5;
  return {row.t1_low + w * (row.t1_high - row.t1_low), row.t2_low + w * (row.t2_high - row.t2_low), row.density,
          row.shift};
}

std::complex<double> bssfp_signal(const Relaxation& tissue, const Sequence& sequence, double off_resonance_hz) {
  if (tissue.proton_density <= 0) return 0;
  const double e1 = std::exp(-sequence.tr_ms / tissue.t1_ms), e2 = std::exp(-sequence.tr_ms / tissue.t2_ms);
  const double flip = sequence.flip_degrees * kPi / 180, cosine = std::cos(flip);
  const double hz = off_resonance_hz + tissue.shift_ppm * kProtonHzPerTeslaPpm * sequence.field_t;
  // Alternating pulses are the same as equal pulses in a frame that turns by half a cycle in each TR.
  const double turn = kPi + 2 * kPi * hz * sequence.tr_ms / 1000;
  const double scale = (1 - e1) / ((1 - e1 * cosine) * (1 - e2 * std::cos(turn)) -
                                   e2 * (e1 - cosine) * (e2 - std::cos(turn)));
  const std::complex<double> after_pulse = scale * std::sin(flip) * (1.0 - std::polar(e2, -turn));
  const double turn_to_echo = 2 * kPi * hz * sequence.te_ms / 1000;
  return tissue.proton_density * after_pulse * std::polar(std::exp(-sequence.te_ms / tissue.t2_ms), turn_to_echo);
}

}  // namespace coopseg::phantom
