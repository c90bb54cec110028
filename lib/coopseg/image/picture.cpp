#include "coopseg/image/picture.h"

#include <png.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/image/glyphs.h"

namespace coopseg::image {
namespace {

// Okabe and Ito, Color Universal Design (2008): vermilion, sky blue, yellow, bluish green, reddish purple, orange,
// blue.
constexpr Colour kClassColours[] = {{213, 94, 0},    {86, 180, 233}, {240, 228, 66}, {0, 158, 115},
                                    {204, 121, 167}, {230, 159, 0},  {0, 114, 178}};

Colour colour_of(std::int32_t label) {
  const auto count = static_cast<std::int64_t>(std::size(kClassColours));
  const std::int64_t place = (static_cast<std::int64_t>(label) - 1) % count;
  return kClassColours[static_cast<std::size_t>(place < 0 ? place + count : place)];
}

void set_pixel(Picture& picture, std::size_t x, std::size_t y, const Colour& colour) {
  std::copy(colour.begin(), colour.end(),
            picture.rgb.begin() + static_cast<std::ptrdiff_t>((y * picture.width + x) * 3));
}

void write_text(Picture& picture, std::size_t left, std::size_t top, std::size_t width, const std::string& text) {
  for (std::size_t c = 0; c < text.size() && text_width(c + 1) <= width; ++c) {
    const auto code = static_cast<unsigned char>(text[c]);
    const auto& glyph = kGlyphs[(code >= 32 && code < 127 ? code : '?') - 32];
    for (std::size_t y = 0; y < kGlyphHeight; ++y) {
      for (std::size_t x = 0; x < kGlyphWidth; ++x) {
        if (glyph[y] >> (kGlyphWidth - 1 - x) & 1) {
          set_pixel(picture, left + c * (kGlyphWidth + 1) + x, top + y, {230, 230, 230});
        }
      }
    }
  }
}

std::string png_of(std::size_t width, std::size_t height, png_uint_32 format, const std::vector<std::uint8_t>& pixels,
                   const std::string& name) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(width);
  header.height = static_cast<png_uint_32>(height);
  header.format = format;
  png_alloc_size_t bytes = 0;
  std::string content;
  bool good = png_image_write_to_memory(&header, nullptr, &bytes, 0, pixels.data(), 0, nullptr) != 0;
  if (good) {
    content.resize(bytes);
    good = png_image_write_to_memory(&header, content.data(), &bytes, 0, pixels.data(), 0, nullptr) != 0;
  }
  if (!good) throw core::DataError(name, std::string("cannot be written as PNG: ") + header.message);
  content.resize(bytes);
  return content;
}

}  // namespace

std::size_t text_width(std::size_t letters) { return letters * (kGlyphWidth + 1); }

Picture slice_picture(const Image& image, std::size_t k, double low, double high, unsigned zoom, const LabelMap* labels,
                      double opacity) {
  const auto& size = image.grid.size;
  if (k >= size[2])
    throw core::UsageError("slice " + std::to_string(k),
                           "does not exist in a volume of " + std::to_string(size[2]) + " slices");
  if (labels && labels->grid.size != size) throw core::DataError("", "image and label map differ in size");
  zoom = std::max(zoom, 1u);
  Picture picture(size[0] * zoom, size[1] * zoom);
  const double width = high > low ? high - low : 1;
  for (std::size_t y = 0; y < picture.height; ++y) {
    for (std::size_t x = 0; x < picture.width; ++x) {
      const double value = image.at(x / zoom, y / zoom, k);
      const double grey = std::isfinite(value) ? std::clamp((value - low) / width, 0.0, 1.0) * 255 : 0;
      const std::int32_t label = labels ? labels->at(x / zoom, y / zoom, k) : 0;
      Colour colour{};
      const Colour tint = label != 0 ? colour_of(label) : Colour{};
      const double weight = label != 0 ? opacity : 0;
      for (std::size_t c = 0; c < 3; ++c) {
        colour[c] = static_cast<std::uint8_t>(std::lround(grey * (1 - weight) + tint[c] * weight));
      }
      set_pixel(picture, x, y, colour);
    }
  }
  return picture;
}

void draw_outlines(Picture& picture, const LabelMap& labels, std::size_t k, unsigned zoom, const Colour& colour,
                   bool dashed) {
  const auto label_at = [&](std::int64_t x, std::int64_t y) {
    const bool inside = x >= 0 && y >= 0 && x < static_cast<std::int64_t>(picture.width) &&
                        y < static_cast<std::int64_t>(picture.height);
    return inside ? labels.at(static_cast<std::size_t>(x) / zoom, static_cast<std::size_t>(y) / zoom, k) : 0;
  };
  const std::int64_t depth = std::clamp(zoom / 2, 1u, 3u), dash = 2 * zoom;
  for (std::int64_t y = 0; y < static_cast<std::int64_t>(picture.height); ++y) {
    for (std::int64_t x = 0; x < static_cast<std::int64_t>(picture.width); ++x) {
      const std::int32_t label = label_at(x, y);
      if (label == 0 || (dashed && (x + y) / dash % 2 != 0)) continue;
      // Between two labels one line is enough.
      const auto ends_at = [&](std::int64_t i, std::int64_t j) {
        const std::int32_t other = label_at(i, j);
        return other == 0 || label < other;
      };
      bool edge = false;
      for (std::int64_t d = 1; d <= depth && !edge; ++d) {
        for (const auto& [i, j] : {std::pair{x - d, y}, {x + d, y}, {x, y - d}, {x, y + d}})
          edge = edge || (label_at(i, j) != label && ends_at(i, j));
      }
      if (edge) set_pixel(picture, static_cast<std::size_t>(x), static_cast<std::size_t>(y), colour);
    }
  }
}

Picture grid_of(const std::vector<Picture>& pictures, const std::vector<std::string>& captions, std::size_t columns,
                std::size_t least_width, std::size_t gap) {
  columns = std::max<std::size_t>(1, std::min(columns, pictures.size()));
  const std::size_t rows = (pictures.size() + columns - 1) / columns;
  std::size_t width = least_width, height = 0;
  for (const Picture& picture : pictures) {
    width = std::max(width, picture.width);
    height = std::max(height, picture.height);
  }
  const std::size_t caption = captions.empty() ? 0 : kGlyphHeight + 3;
  Picture sheet(gap + columns * (width + gap), gap + rows * (height + caption + gap));
  for (std::size_t p = 0; p < pictures.size(); ++p) {
    const Picture& picture = pictures[p];
    const std::size_t left = gap + p % columns * (width + gap);
    const std::size_t top = gap + p / columns * (height + caption + gap);
    if (p < captions.size()) write_text(sheet, left, top + 1, width, captions[p]);
    for (std::size_t y = 0; y < picture.height; ++y) {
      const auto from = picture.rgb.begin() + static_cast<std::ptrdiff_t>(y * picture.width * 3);
      std::copy(from, from + static_cast<std::ptrdiff_t>(picture.width * 3),
                sheet.rgb.begin() + static_cast<std::ptrdiff_t>(((top + caption + y) * sheet.width + left) * 3));
    }
  }
  return sheet;
}

std::string png_of(const Picture& picture, const std::string& name) {
  return png_of(picture.width, picture.height, PNG_FORMAT_RGB, picture.rgb, name);
}

std::string png_of(const GreyPicture& picture, const std::string& name) {
  return png_of(picture.width, picture.height, PNG_FORMAT_GRAY, picture.grey, name);
}

void write_png(const std::filesystem::path& file, const Picture& picture, core::Overwrite overwrite) {
  core::write_file(file, png_of(picture, file.string()), overwrite);
}

}  // namespace coopseg::image
