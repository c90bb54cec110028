// Slices as PNG pictures, for people to look at.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

// RGB, 8 bits, row by row from the top.
struct Picture {
  std::size_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
  Picture() = default;
  Picture(std::size_t w, std::size_t h) : width(w), height(h), rgb(w * h * 3, 0) {}
};

// The same in grey.
struct GreyPicture {
  std::size_t width = 0, height = 0;
  std::vector<std::uint8_t> grey;
  GreyPicture(std::size_t w, std::size_t h) : width(w), height(h), grey(w * h, 0) {}
};

using Colour = std::array<std::uint8_t, 3>;

// Slice k in grey, `low` black and `high` white, enlarged by whole `zoom`; with `labels` (or null) the classes in
// colours that the colour-blind tell apart (Okabe and Ito), blended with weight `opacity`.
Picture slice_picture(const Image& image, std::size_t k, double low, double high, unsigned zoom = 1,
                      const LabelMap* labels = nullptr, double opacity = 0.4);

// The outline of each label of slice k on a picture of that slice with the same `zoom`: the pixels of the label that
// touch another one, up to three deep where the zoom allows it; between two labels, those of the lower one. Dashes are
// two voxels long. Throws nothing: `picture` is slice_picture() of the same slice and zoom.
void draw_outlines(Picture& picture, const LabelMap& labels, std::size_t k, unsigned zoom, const Colour& colour,
                   bool dashed);

std::size_t text_width(std::size_t letters);  // pixels of a caption

// Pictures side by side in rows of `columns`, `gap` pixels apart, each with its caption (ASCII) above it. Their cells
// are as wide as the widest picture, or as `least_width`; captions end with their cell.
Picture grid_of(const std::vector<Picture>& pictures, const std::vector<std::string>& captions, std::size_t columns,
                std::size_t least_width = 0, std::size_t gap = 4);

// The bytes of a PNG file; `name` is what errors call it.
std::string png_of(const Picture& picture, const std::string& name);
std::string png_of(const GreyPicture& picture, const std::string& name);
void write_png(const std::filesystem::path& file, const Picture& picture, core::Overwrite overwrite);

}  // namespace coopseg::image
