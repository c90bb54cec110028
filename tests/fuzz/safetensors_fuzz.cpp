// Model files and other tensors: the header of .safetensors, and what a model says of itself.
#include "coopseg/model/model_file.h"
#include "fuzz.h"

using namespace coopseg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Scratch scratch;
  const auto file = scratch.save("a.safetensors", fuzz::text_of(data, size));
  fuzz::attempt([&] { core::read_tensor_metadata(file); });
  fuzz::attempt([&] { model::read_model_description(file); });
  fuzz::attempt([&] {
    const core::TensorFile content = core::read_tensor_file(file);
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : content.tensors) bytes += tensor.bytes.size();
    fuzz::require(bytes <= size, "no tensor has more bytes than the file");
    const auto copy = scratch.path() / "copy.safetensors";
    core::write_tensor_file(copy, content, core::Overwrite::yes);
    const core::TensorFile again = core::read_tensor_file(copy);
    fuzz::require(again.metadata == content.metadata, "metadata are read as they were written");
    fuzz::require(again.tensors.size() == content.tensors.size(), "tensors are read as they were written");
    for (const auto& [name, tensor] : content.tensors) {
      fuzz::require(again.at(name, "copy").bytes == tensor.bytes, "bytes are read as they were written");
    }
  });
  fuzz::attempt([&] {
    const model::ModelFile model = model::read_model_file(file);
    model::summarise(model);
    model::difference(model, model);
    model::check_model(model);
  });
  return 0;
}
