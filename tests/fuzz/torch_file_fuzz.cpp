// PyTorch's files (cs-model import). The first byte says whether the others are the whole file (0) or the pickle in a
// sound archive with two small storages, so that damage reaches what stands behind the archive's checksums.
#include "coopseg/model/torch_file.h"
#include "fuzz.h"
#include "unit/model/pickles.h"

using namespace coopseg;

namespace {

void require_no_more_than(const model::StateDict& state, std::size_t bytes) {
  for (const auto& [name, tensor] : state) {
    fuzz::require(tensor.bytes.size() <= bytes, "no tensor has more bytes than the file");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes = fuzz::text_of(data + 1, size - 1);
  if (data[0] != 0) bytes = test::pth(bytes, {std::string(96, 'x'), std::string(512, 'y')});
  fuzz::attempt([&] { require_no_more_than(model::read_state_dict(bytes, "a.pth"), bytes.size()); });
  fuzz::attempt([&] {
    for (const auto& [name, state] : model::read_snapshot(bytes, "a.pth").modules) {
      require_no_more_than(state, bytes.size());
    }
  });
  return 0;
}
