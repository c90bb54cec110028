// One subject's trunk with the heart in it: the tissue at any point of the patient.
#pragma once

#include "coopseg/phantom/anatomy.h"
#include "coopseg/phantom/heart.h"

namespace coopseg::phantom {

// The trunk's layers as a function of position; independent of the heart.
class Trunk {
 public:
  explicit Trunk(const Anatomy& anatomy);

  // Depth below the skin (mm, exact on the surface, negative outside) and below the inner side of the chest wall.
  struct Depth {
    double skin_mm, cavity_mm;
  };
  Depth depth(const Vector3& p) const;
  Tissue at(const Vector3& p) const;

 private:
  Tissue chest_wall(const Vector3& d, double inner_mm, double thickness_mm) const;
  Tissue abdomen(const Vector3& p, const Vector3& d, double below_mm) const;
  double diaphragm(const Vector3& d) const;

  Vector3 centre_;
  double half_width_, half_depth_, squareness_, fat_, muscle_;
  double right_dome_, left_dome_, liver_edge_;
  bool gas_;
  std::uint32_t salt_;
};

// Built once, then read by any number of threads.
class Body {
 public:
  Body(const Anatomy& anatomy, Phase phase) : heart_(anatomy, phase), trunk_(anatomy) {}
  Sample at(const Vector3& p) const {
    const Sample s = heart_.at(p);
    return s.found ? s : Sample{trunk_.at(p), kBackground, true};
  }
  const Heart& heart() const { return heart_; }
  const Trunk& trunk() const { return trunk_; }

 private:
  Heart heart_;
  Trunk trunk_;
};

}  // namespace coopseg::phantom
