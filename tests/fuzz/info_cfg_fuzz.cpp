// ACDC's Info.cfg.
#include "coopseg/dataset/info_cfg.h"
#include "fuzz.h"

using namespace coopseg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::attempt([&] {
    const dataset::PatientInfo info = dataset::parse_info_cfg(fuzz::text_of(data, size), "Info.cfg");
    fuzz::require(info.ed_frame >= 1 && info.es_frame >= 1, "frames count from 1");
    if (info.frame_count) {
      fuzz::require(info.ed_frame <= *info.frame_count && info.es_frame <= *info.frame_count, "frames are there");
    }
  });
  return 0;
}
