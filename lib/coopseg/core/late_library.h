// Opens a shared library when it is needed, not at start-up.
//
// LibTorch costs 0.5 to 0.8 s and 288 libraries at start. A program that trains or predicts reads its options first,
// answers --help and refuses bad input without it, sets what must stand in the environment before OpenMP and OpenBLAS
// are loaded (they read it when loaded, setenv in a running program is too late), and only then opens it.
#pragma once

#include <string>

namespace coopseg::core {

// Sets OMP_WAIT_POLICY=passive (two spinning OpenMP threads are 10 times slower beside another busy process) and
// OPENBLAS_CORETYPE for AVX-512 and AVX2 processors that OpenBLAS 0.3.21 takes for a Prescott (4 times slower), unless
// the user has set them. Call before open_late.
void prepare_numerical_environment(int threads);

// Opens lib<name>.so beside the program's other libraries and returns the address of `symbol`.
// Throws IoError with the loader's words.
void* late_symbol(const std::string& library, const char* symbol);

// Ends the program with this exit status, without taking LibTorch down, where that has been opened: the system does so
// faster. Else it returns. All that is to be kept must have been written; standard streams are flushed.
void leave(int status);

template <class Function>
Function* late_function(const std::string& library, const char* symbol) {
  return reinterpret_cast<Function*>(late_symbol(library, symbol));
}

}  // namespace coopseg::core
