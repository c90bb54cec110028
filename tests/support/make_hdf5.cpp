// Small HDF5 files for command-line tests; hdf5_maker.h says what the words mean:
//
//   make_hdf5 OUT 'image float32 6x5x4 places gzip' 'label uint8 6x5x4 box gzip'
#include <iostream>

#include "support/hdf5_maker.h"

int main(int argc, char** argv) {
  try {
    if (argc < 2) throw std::runtime_error("make_hdf5: OUT is missing");
    coopseg::test::make_hdf5(argv[1], {argv + 2, argv + argc});
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 2;
  }
}
