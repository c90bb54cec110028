// Slices as PNG pictures, for people to look at.
#pragma once

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

// Slice k in grey, `low` black and `high` white, enlarged by whole `zoom`; with `labels` (or null) the classes in
// colours that the colour-blind tell apart (Okabe and Ito), blended with weight `opacity`.
Picture slice_picture(const Image& image, std::size_t k, double low, double high, unsigned zoom = 1,
                      const LabelMap* labels = nullptr, double opacity = 0.4);

// Pictures side by side in rows of `columns`, `gap` pixels apart, each with its caption (ASCII) above it.
Picture grid_of(const std::vector<Picture>& pictures, const std::vector<std::string>& captions, std::size_t columns,
                std::size_t gap = 4);

void write_png(const std::filesystem::path& file, const Picture& picture, core::Overwrite overwrite);

}  // namespace coopseg::image
