#include "training_command.h"

#include <fmt/ranges.h>

#include "coopseg/core/error.h"
#include "method_options.h"

namespace coopseg::apps {
namespace {

const core::Words<model::NetworkType> kCodes{{"decoupled", model::NetworkType::fcn_16},
                                             {"shared", model::NetworkType::fcn_16_shared_code},
                                             {"unfiltered", model::NetworkType::fcn_16_unfiltered}};
constexpr const char* kValidateWhen = "after every epoch";

}  // namespace

TrainingCommand::TrainingCommand(core::About about)
    : shared_(std::move(about), run_), command_(shared_.command()) {
  shared_.add_lists(kValidateWhen);
  command_.option("Network", "--crop", run_.crop, "rows and columns that the network sees, a multiple of 16")
      .type_name("PIXELS");
  command_.choice("Network", "--code", run_.network, kCodes,
                 "codes of the two decoders: decoupled, the paper's; shared: the image decoder reads the shape code; "
                 "unfiltered: the segmentation decoder reads the image code");
  command_
      .option("Network", "--init", run_.init,
              "model to begin with, of the same network, or a pre-trained part of it (cs-pretrain --network ftn)",
              core::Effect::addition)
      .type_name("MODEL");
  command_.option("Training", "--epochs", run_.epochs, "passes over all training slices").type_name("N");
  command_.option("Training", "--max-iterations", run_.max_iterations, "stop after so many batches in all; 0: no limit")
      .type_name("N");
  command_
      .option("Training", "--batch-size", run_.batch_size,
              "slices in a batch: half of them augmented, half the same as they are")
      .type_name("N");
  command_.option("Training", "--lr", run_.learning_rate, "learning rate of Adam").type_name("RATE");
  command_
      .option("Training", "--augmentation", augmentation_,
              fmt::format("augmentation policy: {}; or a JSON file of its numbers",
                          fmt::join(dataset::augmentation_names(), ", ")))
      .type_name("NAME|FILE");
  command_.flag("Training", "--symmetries", symmetries_,
                "turn and mirror all slices, also those that are not augmented, all eight ways equally often: for a "
                "network that shall not depend on how images are stored",
                core::Effect::addition);
  command_
      .option("Training", "--noise", run_.noise,
              "standard deviation of the noise added to the input, of the range [0, 1]")
      .type_name("SD");
  command_.option("Training", "--image-weight", run_.image_weight, "weight of the reconstruction loss")
      .type_name("WEIGHT");
  command_.flag("Training", "--keep-empty-slices", run_.keep_empty_slices,
               "train on slices without label, too, instead of putting a labelled one of the volume in their place");
  command_.flag("Training", "--paper-validation", run_.paper_validation,
               "validate as the paper's experiments did: slices without label are replaced by labelled ones, drawn "
               "anew in each epoch, instead of counting as they are");
}

void TrainingCommand::add_methods(const std::vector<std::string>& own, const std::string& help) {
  own_methods_ = own;
  method_ = own.front();
  std::vector<std::string> all = own;
  all.insert(all.end(), request::kImageMethods.begin(), request::kImageMethods.end());
  command_.choice("Method", "--method", method_, all,
                  help + "rand-mwm: random windows of noise; rand-conv: random convolutions; adv-noise, adv-bias: the "
                         "noise or the bias field that changes the segmentation most");
}

void TrainingCommand::check_method() {
  const bool own = std::find(own_methods_.begin(), own_methods_.end(), method_) != own_methods_.end();
  run_.images.method = own ? "" : method_;
  check_method_parameters(command_, run_.images, {method_}, Wanted::all);
}

int TrainingCommand::run(int argc, char** argv, const std::function<void()>& resolve) {
  add_method_parameters(command_, run_.images, Wanted::all);
  shared_.add_conventions(kValidateWhen);
  const auto resolve_all = [&] {
    check_method();
    resolve();
    request::check_training(run_);
    run_.augmentation = dataset::parse_augmentation(augmentation_, run_.crop);
    if (symmetries_) run_.augmentation.symmetries = true;
  };
  return shared_.run(argc, argv, resolve_all,
                     [&](bool plan) { shared_.open(run_, plan, request::kPlan, request::kTrain); });
}

}  // namespace coopseg::apps
