// What changes in the course of a training, as functions of the iteration, counted from 0.
#pragma once

#include <cstddef>

namespace coopseg::training {

// Factors of a learning rate.
struct Schedule {
  enum class Kind {
    constant,  // 1
    step,      // `factor` to the power of the whole number of `length`s that have passed
    cosine,    // 1 until `start`, then half a cosine down to 0 over `length` iterations
  };
  Kind kind = Kind::constant;
  std::size_t length = 0;  // iterations, above 0 where it has a meaning
  double factor = 0.1;
  std::size_t start = 0;

  double at(std::size_t iteration) const;
};

// exp(-5 (1 - min(t, length) / length)^2), which weights of unsupervised losses rise by (Laine and Aila, ICLR 2017);
// 1 for a length of 0.
double gaussian_ramp(std::size_t iteration, std::size_t length);

// The same, held for `step` iterations at a time: of the iteration rounded down to a multiple of it (UA-MT's public code).
double gaussian_ramp(std::size_t iteration, std::size_t length, std::size_t step);

// How much of itself a mean teacher keeps after the step of `iteration`: min(1 - 1 / (iteration + 1), most), so that it
// begins as its student is (Tarvainen and Valpola's code).
double teacher_keep(std::size_t iteration, double most);

}  // namespace coopseg::training
