#include "coopseg/image/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/image/file_bytes.h"
#include "coopseg/image/image_name.h"

namespace coopseg::image {

namespace fs = std::filesystem;
using core::DataError;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t kNifti1Bytes = 348, kNifti2Bytes = 540, kNifti1MagicPlace = 344, kNifti2MagicPlace = 4;

bool begins(std::string_view bytes, std::string_view with, std::size_t at = 0) {
  return bytes.size() >= at + with.size() && bytes.substr(at, with.size()) == with;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t b = 0; b < 4; ++b) value = value << 8 | static_cast<unsigned char>(bytes[at + b]);
  return value;
}

bool has_size(std::string_view start, std::uint32_t size) {
  if (start.size() < 4) return false;
  const std::uint32_t big = big_endian(start, 0);
  return big == size || __builtin_bswap32(big) == size;
}

// A word that is out of place in a text may stand at its beginning only, after blanks.
std::string lower_case_text(std::string_view start) {
  const auto first = std::find_if(start.begin(), start.end(), [](unsigned char c) { return !std::isspace(c); });
  std::string text(first, start.end());
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_dicom(std::string_view start) { return begins(start, "DICM"sv, 128); }

// FreeSurfer's: version 1, four sizes and a type code, most significant byte first.
bool is_mgh(std::string_view start) {
  if (start.size() < 284 || big_endian(start, 0) != 1) return false;
  for (std::size_t at = 4; at < 20; at += 4) {
    if (big_endian(start, at) < 1 || big_endian(start, at) > 100'000) return false;
  }
  return big_endian(start, 20) <= 10;
}

struct Foreign {
  std::string name;  // "a DICOM file"
  std::string remedy;
};

constexpr char kDicomRemedy[] = "make NIfTI files of the folder it lies in: dcm2niix -z y -o OUT FOLDER";
constexpr char kPictureRemedy[] =
    "a picture has no spacing in mm: name the NIfTI, NRRD or MetaImage file it was made from";
constexpr char kUnpackRemedy[] = "unpack it first, and name the image in it";

bool foreign_medical(std::string_view start, const std::string& file, Foreign& found) {
  if (is_dicom(start)) {
    found = {"a DICOM file", kDicomRemedy};
  } else if (is_mgh(start)) {
    found = {"a FreeSurfer volume (MGH, MGZ)", "mri_convert IN.mgz OUT.nii.gz"};
  } else if (begins(start, "mrtrix image"sv)) {
    found = {"an MRtrix image (MIF)", "mrconvert IN.mif OUT.nii.gz"};
  } else if (begins(start, "CDF\1"sv) || begins(start, "CDF\2"sv)) {
    found = {"a MINC 1 or netCDF file", "mnc2nii IN.mnc OUT.nii, or mri_convert IN.mnc OUT.nii.gz"};
  } else if (begins(start, "\x89HDF\r\n\x1a\n"sv)) {
    if (fs::path(file).extension() == ".mnc") {
      found = {"a MINC 2 file", "mnc2nii IN.mnc OUT.nii, or mri_convert IN.mnc OUT.nii.gz"};
    } else {
      found = {"an HDF5 file, which only cs-preprocess reads",
               "make NIfTI files of it first: cs-preprocess --cases LIST --h5-spacing X,Y,Z --out DIR"};
    }
  } else if (begins(start, "MATLAB 5.0 MAT-file"sv)) {
    found = {"a MATLAB file", "write a NIfTI file in MATLAB: niftiwrite"};
  } else if (begins(start, "# vtk DataFile"sv)) {
    found = {"a VTK file", "save it as .nii.gz, .nrrd or .mha with 3D Slicer or ParaView"};
  } else {
    return false;
  }
  return true;
}

constexpr char kArrayRemedy[] =
    "an array has no geometry: save it with the affine of its image, nibabel.save(nibabel.Nifti1Image(array, affine), "
    "'OUT.nii.gz')";

bool foreign_data(std::string_view start, const std::string& file, Foreign& found) {
  if (begins(start, "\x93NUMPY"sv)) {
    found = {"a NumPy array (.npy)", kArrayRemedy};
  } else if (begins(start, "PK\3\4"sv) || begins(start, "PK\5\6"sv)) {
    if (fs::path(file).extension() == ".npz") {
      found = {"an archive of NumPy arrays (.npz)", kArrayRemedy};
    } else {
      found = {"a zip archive", kUnpackRemedy};
    }
  } else if (begins(start, "ustar"sv, 257)) {
    found = {"a tar archive", kUnpackRemedy};
  } else if (begins(start,
                    "\xfd"
                    "7zXZ"sv) ||
             begins(start, "BZh"sv) || begins(start, "\x28\xb5\x2f\xfd"sv) || begins(start, "7z\xbc\xaf\x27\x1c"sv)) {
    found = {"packed by xz, bzip2, zstd or 7-Zip, of which none is read", kUnpackRemedy};
  } else if (begins(start, "\x1f\x8b"sv)) {
    found = {"packed by gzip twice", "unpack it once: gunzip"};
  } else if (begins(start, "\x89PNG\r\n"sv)) {
    found = {"a PNG picture", kPictureRemedy};
  } else if (begins(start, "\xff\xd8\xff"sv)) {
    found = {"a JPEG picture", kPictureRemedy};
  } else if (begins(start, "GIF8"sv)) {
    found = {"a GIF picture", kPictureRemedy};
  } else if (begins(start, "II*\0"sv) || begins(start, "MM\0*"sv) || begins(start, "II+\0"sv) ||
             begins(start, "MM\0+"sv)) {
    found = {"a TIFF picture", kPictureRemedy};
  } else if (begins(start, "\0\5\x16\7"sv) || begins(start, "\0\5\x16\0"sv)) {
    found = {"what macOS keeps beside a file (AppleDouble), no image", "name the file without the leading ._"};
  } else {
    return false;
  }
  return true;
}

bool foreign_text(std::string_view start, Foreign& found) {
  const std::string text = lower_case_text(start);
  if (begins(text, "version https://git-lfs.github.com/"sv)) {
    found = {"a pointer of Git LFS, not the image itself", "git lfs pull"};
  } else if (begins(text, "/annex/objects/"sv)) {
    found = {"a pointer of git-annex, not the image itself", "git annex get FILE, or datalad get FILE"};
  } else if (begins(text, "type"sv) && text.find("-attribute") != std::string::npos) {
    found = {"the header of an AFNI data set", "3dAFNItoNIFTI -prefix OUT.nii.gz IN+orig"};
  } else if (begins(text, "# === data description file"sv)) {
    found = {"a Philips PAR file", "make NIfTI files of the folder it lies in: dcm2niix -z y -o OUT FOLDER"};
  } else if (begins(text, "<!doctype html"sv) || begins(text, "<html"sv)) {
    found = {"a web page, not the image itself: the download was answered by a page",
             "download it again, logged in or with the link to the file itself"};
  } else if (begins(text, "<?xml"sv)) {
    found = {"an XML text, no image that is read",
             "if it is an answer of a download, download it again; images of VTK (.vti) and GIFTI are saved as .nii.gz "
             "with the program that made them"};
  } else if (begins(text, "{"sv)) {
    found = {"a JSON text, no image", "name the image that it stands beside"};
  } else {
    return false;
  }
  return true;
}

// Voxels alone, by their names.
void refuse_headless(const std::string& file) {
  const std::string name = fs::path(file).filename().string();
  if (name != without_image_suffix(name) && !is_image_name(name)) {
    throw DataError(file, "is the voxels of a .hdr/.img pair, whose header is not beside it",
                    "copy the .hdr into its folder");
  }
  const std::string ending = fs::path(name).extension().string();
  if (ending == ".raw" || ending == ".zraw")
    throw DataError(file, "is voxels without a header", "name the .mhd or .nhdr that says what they are");
}

std::string first_bytes(std::string_view start) {
  std::string shown;
  for (const char c : start.substr(0, 8)) shown += fmt::format("{}{:02x}", shown.empty() ? "" : " ", c & 0xff);
  return shown;
}

}  // namespace

bool is_nrrd(std::string_view start) { return begins(start, "NRRD0"sv); }

bool is_metaimage(std::string_view start) {
  static const std::set<std::string> kFirstFields = {"objecttype",
                                                     "objectsubtype",
                                                     "transformtype",
                                                     "ndims",
                                                     "name",
                                                     "id",
                                                     "parentid",
                                                     "comment",
                                                     "color",
                                                     "binarydata",
                                                     "compresseddata",
                                                     "compresseddatasize",
                                                     "dimsize",
                                                     "offset",
                                                     "position",
                                                     "origin",
                                                     "rotation",
                                                     "orientation",
                                                     "modality",
                                                     "transformmatrix",
                                                     "centerofrotation",
                                                     "elementspacing",
                                                     "elementsize",
                                                     "elementtype",
                                                     "binarydatabyteordermsb",
                                                     "headersize",
                                                     "elementbyteordermsb",
                                                     "elementdatafile",
                                                     "anatomicalorientation"};
  const std::string text = lower_case_text(start);
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  return kFirstFields.count(text.substr(0, text.find_last_not_of(" \t", equals - 1) + 1)) > 0;
}

FileKind kind_of(std::string_view start, const std::string& file) {
  if (has_size(start, kNifti1Bytes)) return FileKind::nifti1;
  if (has_size(start, kNifti2Bytes)) return FileKind::nifti2;
  if (is_nrrd(start)) return FileKind::nrrd;
  if (is_metaimage(start)) return FileKind::metaimage;
  for (const std::string_view magic : {"n+1"sv, "ni1"sv}) {
    if (begins(start, magic, kNifti1MagicPlace)) return FileKind::nifti1;
  }
  for (const std::string_view magic : {"n+2"sv, "ni2"sv}) {
    if (begins(start, magic, kNifti2MagicPlace)) return FileKind::nifti2;
  }
  Foreign found;
  if (foreign_medical(start, file, found) || foreign_data(start, file, found) || foreign_text(start, found))
    throw DataError(file, "is " + found.name, found.remedy);
  refuse_headless(file);
  if (start.size() < 4)
    throw DataError(file, fmt::format("has {} bytes, too few for any image", start.size()), kRemedyTruncated);
  throw DataError(file,
                  fmt::format("is no image of a format that is read ({}): it begins with the bytes {}", formats_text(),
                              first_bytes(start)),
                  "name an image, or convert it to .nii.gz with the program that made it");
}

bool may_name_voxels(std::string_view start, const fs::path& file) {
  // A header of its own is seldom packed, and only its name tells.
  if (begins(start, "\x1f\x8b"sv)) return fs::path(file).stem().extension() == ".hdr";
  return is_nrrd(start) || is_metaimage(start) || begins(start, "ni1"sv, kNifti1MagicPlace) ||
         begins(start, "ni2"sv, kNifti2MagicPlace);
}

void refuse_folder(const fs::path& folder) {
  constexpr int kFilesLookedAt = 20;
  std::error_code error;
  int looked = 0;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator() && looked < kFilesLookedAt;
       at.increment(error)) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) continue;
    ++looked;
    std::array<char, 132> start{};
    std::ifstream(at->path(), std::ios::binary).read(start.data(), start.size());
    if (is_dicom({start.data(), start.size()})) {
      throw core::IoError(folder.string(), "is a folder of DICOM files, expected an image file",
                          "make NIfTI files of it: dcm2niix -z y -o OUT " + folder.string());
    }
  }
  throw core::IoError(folder.string(), "is a folder, expected an image file", "name a file in it");
}

}  // namespace coopseg::image
