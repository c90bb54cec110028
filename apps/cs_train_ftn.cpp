// cs-train-ftn: training of the fast-thinking network, alone or with one of the comparison methods.
#include "training_command.h"

using namespace coopseg;

namespace {

core::About about() {
  return {"cs-train-ftn",
          "trains the fast-thinking network (encoder, segmentation and image decoder) on labelled cases",
          {"[options] --cases TRAIN.jsonl --validate VAL.jsonl --out RUN"},
          {{"cs-train-ftn --cases train.jsonl --validate val.jsonl --out run --crop 64 --epochs 2",
            "two epochs on slices of 64 x 64 pixels; run/best.safetensors is the model for cs-predict"},
           {"cs-train-ftn --cases train.jsonl --validate val.jsonl --out bias --crop 64 --epochs 2 --method adv-bias",
            "the same with adversarial bias fields"},
           {"cs-train-ftn --cases train.jsonl --validate val.jsonl --crop 64 --plan",
            "what a training would do, its memory and time, without writing anything"}}};
}

}  // namespace

int main(int argc, char** argv) {
  apps::TrainingCommand training(about());
  training.add_methods({"standard"}, "standard: images as they are; ");
  return training.run(argc, argv, [] {});
}
