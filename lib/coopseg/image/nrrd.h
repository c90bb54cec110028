// NRRD files, attached (.nrrd) and detached (.nhdr). For this room only; others use nifti.h. Source: Teem's definition
// of the format, NRRD0001 to NRRD0006.
//
// Read are numbers of all types in the encodings raw, gzip and text (ascii), of both byte orders; two or three axes in
// space, axes of one value anywhere, and frames as the slowest axis where its kind is time or its direction is one of
// time alone. Spaces are left-posterior-superior, right-anterior-superior and left-anterior-superior, with and without
// time; others are taken for the first, as ITK does, with a warning. Without space directions the direction is
// identity, with a warning. Not read, and refused by name: several numbers at a voxel, data in several files, the
// encodings hex and bzip2.
#pragma once

#include "coopseg/image/image_source.h"

namespace coopseg::image {

ImageSource nrrd_source(const OpenFile& file);

}  // namespace coopseg::image
