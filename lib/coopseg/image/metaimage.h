// MetaImage files, attached (.mha) and detached (.mhd). For this room only; others use nifti.h. Source: ITK's MetaIO.
//
// Read are numbers of all types, raw (of both byte orders), packed by zlib, or as text; two or three axes, or three and
// frames. The rows of TransformMatrix are the axes' directions in LPS, Offset is the first voxel's centre. Not read,
// and refused by name: several channels, voxels in several files.
#pragma once

#include "coopseg/image/image_source.h"

namespace coopseg::image {

ImageSource metaimage_source(const OpenFile& file);

}  // namespace coopseg::image
