// Small NIfTI files for command-line tests:
//
//   make_nifti OUT SX SY SZ DX DY DZ [--float] [--origin X Y Z] [box V I0 I1 J0 J1 K0 K1] [ball V I J K RADIUS] ...
//
// writes a label map (with --float an image of float32) of SX x SY x SZ voxels of DX x DY x DZ mm, 0 but for the shapes
// that follow, drawn in their order. A box covers the half-open ranges [I0, I1) ...; a ball the voxels whose centres
// lie within RADIUS mm of voxel (I, J, K). An existing file is replaced.
#include <cmath>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "coopseg/image/nifti.h"

using namespace coopseg;

namespace {

class Words {
 public:
  Words(int argc, char** argv) : words_(argv + 1, argv + argc) {}
  bool more() const { return at_ < words_.size(); }
  std::string word() {
    if (!more()) throw std::runtime_error("a value is missing at the end");
    return words_[at_++];
  }
  double number() { return std::stod(word()); }
  std::size_t index() { return std::stoul(word()); }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

void make(Words words) {
  const std::string file = words.word();
  image::Grid grid;
  for (auto& size : grid.size) size = words.index();
  for (auto& spacing : grid.spacing_mm) spacing = words.number();
  image::Image image(grid);
  bool as_float = false;
  while (words.more()) {
    const std::string word = words.word();
    if (word == "--float") {
      as_float = true;
    } else if (word == "--origin") {
      for (auto& origin : image.grid.origin_mm) origin = words.number();
    } else if (word == "box") {
      const auto value = static_cast<float>(words.number());
      std::array<std::size_t, 6> range;
      for (auto& r : range) r = words.index();
      for (std::size_t k = range[4]; k < range[5]; ++k)
        for (std::size_t j = range[2]; j < range[3]; ++j)
          for (std::size_t i = range[0]; i < range[1]; ++i)
            image.voxels.at((k * grid.size[1] + j) * grid.size[0] + i) = value;
    } else if (word == "ball") {
      const auto value = static_cast<float>(words.number());
      std::array<double, 3> centre;
      for (auto& c : centre) c = words.number();
      const double radius = words.number();
      const auto& s = grid.spacing_mm;
      for (std::size_t k = 0; k < grid.size[2]; ++k)
        for (std::size_t j = 0; j < grid.size[1]; ++j)
          for (std::size_t i = 0; i < grid.size[0]; ++i)
            if (std::hypot((static_cast<double>(i) - centre[0]) * s[0], (static_cast<double>(j) - centre[1]) * s[1],
                           (static_cast<double>(k) - centre[2]) * s[2]) <= radius)
              image.at(i, j, k) = value;
    } else {
      throw std::runtime_error("unknown word '" + word + "'");
    }
  }
  image::WriteOptions options;
  options.overwrite = core::Overwrite::yes;
  if (as_float) {
    image::write_image(file, image, options);
    return;
  }
  image::LabelMap labels(image.grid);
  for (std::size_t p = 0; p < image.voxels.size(); ++p) labels.voxels[p] = static_cast<std::int32_t>(image.voxels[p]);
  image::write_labels(file, labels, options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    make(Words(argc, argv));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "make_nifti: " << e.what() << "\n";
    return 2;
  }
}
