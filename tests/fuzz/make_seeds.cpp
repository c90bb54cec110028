// Writes the binary seeds of the corpus, from nothing but formulas: make_seeds tests/fuzz/corpus
#include <cstdio>

#include "coopseg/model/description.h"
#include "coopseg/model/torch_file.h"
#include "unit/image/format_maker.h"
#include "unit/image/nifti_maker.h"
#include "unit/model/pickles.h"

using namespace coopseg;

namespace {

void save(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  test::save(file, bytes);
}

std::string with(unsigned how, const std::string& bytes) { return static_cast<char>(how) + bytes; }

void nifti_seeds(const std::filesystem::path& folder) {
  test::NiftiMaker maker;
  save(folder / "plain", with(0, maker.bytes()));
  save(folder / "gzip", with(1, test::gzip(maker.bytes())));
  save(folder / "packed", with(2, maker.bytes()));
  save(folder / "as_qform", with(0 | 1 << 2, maker.bytes()));
  save(folder / "as_sform", with(0 | 2 << 2, maker.bytes()));
  save(folder / "as_pixdim", with(0 | 3 << 2, maker.bytes()));
  maker.qform_code = 0;
  save(folder / "sform_only", with(0, maker.bytes()));
  maker.sform = {-1, 0, 0, 10, 0, -1, 0, -20, 0, 0, 1, 30};
  save(folder / "sform_without_spacing", with(0, maker.bytes()));
  maker.sform_code = 0;
  save(folder / "no_geometry", with(0, maker.bytes()));
  maker = {};
  maker.quaternion = {0.5f, 0.5f, 0.5f};
  save(folder / "oblique", with(0, maker.bytes()));
  maker = {};
  maker.set(std::vector<std::int16_t>(24, 3), 4);
  maker.slope = 2;
  maker.intercept = -1;
  save(folder / "scaled_int16", with(2, maker.bytes()));
  maker = {};
  maker.swapped = true;
  maker.set(std::vector<std::int32_t>(24, 3), 8);
  save(folder / "swapped_int32", with(0, maker.bytes()));
  maker = {};
  maker.dim = {4, 3, 2, 2, 2, 1, 1, 1};
  maker.set(std::vector<std::uint8_t>(24, 1), 2);
  save(folder / "four_axes", with(2, maker.bytes()));
  save(folder / "second_frame", with(2 | 16 | 1 << 5, maker.bytes()));
  maker = {};
  maker.dim = {2, 4, 6, 1, 1, 1, 1, 1};
  save(folder / "two_axes", with(0, maker.bytes()));
  maker = {};
  maker.extension = std::string("\x10\0\0\0\6\0\0\0comment\0", 16);
  maker.vox_offset = 368;
  save(folder / "extension", with(0, maker.bytes()));
  // A header alone that promises 70 TB of voxels.
  maker = {};
  maker.dim = {3, 32767, 32767, 32767, 1, 1, 1, 1};
  maker.voxels.clear();
  save(folder / "huge", with(0, maker.bytes()));
  save(folder / "huge_packed", with(2, maker.bytes()));
  maker.dim = {7, 32767, 32767, 32767, 32767, 32767, 32767, 32767};
  save(folder / "overflow", with(2, maker.bytes()));
}

void other_format_seeds(const std::filesystem::path& folder) {
  using test::Nifti2Maker;
  using test::oblique_bytes;
  using test::oblique_meta;
  using test::oblique_nrrd;
  using test::oblique_text;
  using test::TextHeader;
  save(folder / "nifti2", with(0, Nifti2Maker().bytes()));
  save(folder / "nifti2_packed", with(2, Nifti2Maker().bytes()));
  Nifti2Maker big;
  big.big = true;
  save(folder / "nifti2_big", with(0, big.bytes()));
  save(folder / "nrrd", with(0, oblique_nrrd().text() + oblique_bytes()));
  save(folder / "nrrd_packed", with(0, oblique_nrrd().set("encoding", "gzip").text() + test::gzip(oblique_bytes())));
  save(folder / "nrrd_text", with(0, oblique_nrrd().set("encoding", "text").text() + oblique_text()));
  TextHeader frames = oblique_nrrd().drop("space").set("space dimension", "4").set("dimension", "4");
  frames.set("sizes", "4 3 1 2").set("kinds", "domain domain domain domain").set("space origin", "(10,-20,30,0)");
  frames.set("space directions", "(0.9,1.2,0,0) (-1,0.75,0,0) (0,0,8,0) (0,0,0,0.03)");
  save(folder / "nrrd_frames", with(0, frames.text() + oblique_bytes()));
  TextHeader skipping = oblique_nrrd().set("space", "RAS").set("space units", "\"cm\" \"cm\" \"cm\"");
  skipping.set("line skip", "1").set("byte skip", "2").set("spacings", "nan 1 2").set("units", "\"mm\" \"mm\" \"mm\"");
  save(folder / "nrrd_skipping", with(0, skipping.text() + "line\n??" + oblique_bytes()));
  save(folder / "nrrd_apart", with(0, oblique_nrrd().set("data file", "a.nii").set("byte skip", "-1").text()));
  save(folder / "meta", with(0, oblique_meta().text() + oblique_bytes()));
  save(folder / "meta_packed",
       with(0, oblique_meta().set("CompressedData", "True").text() + test::zlib_stream(oblique_bytes())));
  save(folder / "meta_text", with(0, oblique_meta().set("BinaryData", "False").text() + oblique_text()));
  TextHeader apart = oblique_meta().set("HeaderSize", "-1").set("ElementToIntensityFunctionSlope", "2");
  apart.end = "ElementDataFile = a.nii\n";
  save(folder / "meta_apart", with(0, apart.text() + oblique_bytes()));
}

core::TensorFile small_tensors() {
  core::TensorFile content;
  content.tensors["a/weight"] = {"F32", {2, 3}, std::string(24, '\1')};
  content.tensors["a/count"] = {"I64", {}, std::string(8, '\2')};
  content.tensors["b/empty"] = {"F16", {0, 4}, {}};
  return content;
}

void safetensors_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  core::TensorFile content = small_tensors();
  core::write_tensor_file(folder / "tensors", content, core::Overwrite::yes);
  model::ModelDescription description;
  description.classes = {{"LV", 1}, {"MYO", 2}, {"RV", 3}};
  description.training_images = {std::string(64, 'a')};
  model::put_description(content, description);
  core::write_tensor_file(folder / "model", content, core::Overwrite::yes);
  const std::string header = "{\"a\":{\"dtype\":\"F64\",\"shape\":[1099511627776,1048576],\"data_offsets\":[0,8]}}";
  save(folder / "huge", test::little_endian(header.size(), 8) + header + std::string(8, '\0'));
  save(folder / "long_header", test::little_endian(std::uint64_t{1} << 62, 8) + "{}");
}

void torch_seeds(const std::filesystem::path& folder) {
  model::StateDict state;
  state.emplace_back("inc.0.weight", core::StoredTensor{"F32", {4, 3, 2}, std::string(96, '\1')});
  state.emplace_back("inc.1.num_batches_tracked", core::StoredTensor{"I64", {}, std::string(8, '\2')});
  save(folder / "file", with(0, model::state_dict_file(state, "m")));
  using namespace test;
  const std::string view = tensor(storage("0", 24), {0, {4, 3, 2}, {1, 8, 4}});
  const std::string dict = kBegin + kOrderedDict + "q\1(" + text("a") + view + "q\2" + text("b") + "h\2u}" +
                           text("_metadata") + kOrderedDict + "sb.";
  save(folder / "archive", with(0, pth(dict, {std::string(96, 'x')})));
  save(folder / "pickle", with(1, dict));
  save(folder / "long_storage", with(1, state_dict(tensor(storage("1", std::int64_t{1} << 40), {0, {4}, {1}}))));
  save(folder / "wide_view", with(1, state_dict(tensor(storage("1", 128), {0, {1 << 30, 1 << 30}, {0, 0}}))));
  save(folder / "double", with(1, state_dict(tensor(storage("1", 64, "DoubleStorage"), {8, {2, 3}, {3, 1}}))));
  save(folder / "system", with(1, kBegin + "cos\nsystem\n(" + text("true") + "tR" + kEnd));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "make_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path corpus = argv[1];
  nifti_seeds(corpus / "nifti");
  other_format_seeds(corpus / "nifti");
  safetensors_seeds(corpus / "safetensors");
  torch_seeds(corpus / "torch_file");
  return 0;
}
