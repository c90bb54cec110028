#include "coopseg/training/methods/semi_methods.h"

#include <utility>

#include "coopseg/core/random.h"
#include "coopseg/training/methods/cvrl.h"
#include "coopseg/training/methods/dual_task.h"
#include "coopseg/training/methods/duo.h"
#include "coopseg/training/methods/mean_teacher.h"
#include "coopseg/training/methods/pseudo_labels.h"
#include "coopseg/training/methods/secl.h"
#include "coopseg/training/methods/simcvd.h"
#include "coopseg/training/methods/supervised.h"

namespace coopseg::training {
namespace {

using request::SemiMethod;
using request::SemiMethodSettings;
using request::SemiTrainingRun;

constexpr char kProjection[] = "projection", kVolumeProjection[] = "volume_projection";

OptimiserSettings optimiser_of(const SemiTrainingRun& run) {
  using Kind = OptimiserSettings::Kind;
  OptimiserSettings how;
  switch (run.optimiser) {
    case request::SemiOptimiser::sgd: how.kind = Kind::sgd; break;
    case request::SemiOptimiser::adam: how.kind = Kind::adam; break;
    case request::SemiOptimiser::adamw: how.kind = Kind::adamw; break;
  }
  how.learning_rate = run.learning_rate;
  how.momentum = how.kind == Kind::sgd ? run.momentum : 0;
  how.weight_decay = run.weight_decay;
  if (run.rate_step > 0) how.schedule = {Schedule::Kind::step, run.rate_step, run.rate_factor, 0};
  return how;
}

// What is made for one run.
class Maker {
 public:
  Maker(const SemiTrainingRun& run, int classes, const NetworkMaker& make, const std::string& device)
      : run_(run), s_(run.method_settings), classes_(classes), make_(make), device_(device) {}

  std::unique_ptr<Method> method() {
    switch (run_.method) {
      case SemiMethod::supervised:
        if (run_.pseudo.empty()) return std::make_unique<Supervised>(student());
        return std::make_unique<PseudoLabels>(student(), run_.pseudo_weight);
      case SemiMethod::mt: return std::make_unique<MeanTeacher>(student(), teacher(), mean_teacher());
      case SemiMethod::uamt:
        return std::make_unique<UncertaintyAware>(
            student(), teacher(), mean_teacher(),
            UncertaintySettings{s_.mc_passes, s_.uncertainty_start, s_.ramp_length});
      case SemiMethod::dtc:
        return std::make_unique<DualTask>(
            student(), DualTaskSettings{s_.distance_weight, s_.consistency_weight, s_.steepness, ramp()});
      case SemiMethod::simcvd: return simcvd();
      case SemiMethod::cvrl: return cvrl();
      case SemiMethod::secl: return secl();
      case SemiMethod::duo: break;
    }
    return duo();
  }

 private:
  bool drops() const { return run_.dropout > 0; }
  StudentParts student() const { return {make_(run_.seed), drops(), optimiser_of(run_)}; }
  Teacher teacher() const { return {make_(run_.seed), drops(), {s_.ema_decay, s_.ema_warm_start}}; }
  RampSettings ramp() const { return {s_.ramp_length, s_.ramp_step}; }
  NoiseSettings noise() const { return {s_.noise, s_.noise_clip}; }
  MeanTeacherSettings mean_teacher() const { return {s_.consistency_weight, noise(), ramp()}; }

  template <class Head>
  std::unique_ptr<Head> ready(std::unique_ptr<Head> head) const {
    head->weights().initialise(run_.seed);
    head->weights().to_device(device_);
    return head;
  }

  std::unique_ptr<network::SliceProjection> slice_projection() const {
    if (s_.contrast_weight == 0) return nullptr;
    const model::SliceProjectionShape shape{static_cast<int>(s_.contrast_pool), request::mlp_widths(s_.contrast_mlp)};
    return ready(std::make_unique<network::SliceProjection>(shape, s_.alpha_dropout));
  }

  std::unique_ptr<network::VoxelProjection> voxel_projection(const char* module, std::int64_t in, int hidden,
                                                             int out) const {
    const model::VoxelProjectionShape shape{static_cast<int>(in), hidden, out, run_.is_flat() ? 2 : 3};
    return ready(std::make_unique<network::VoxelProjection>(module, shape));
  }

  std::unique_ptr<Method> simcvd() const {
    SimCvdSettings how;
    how.distance_weight = s_.distance_weight;
    how.contrast_weight = s_.contrast_weight;
    how.distillation_weight = s_.distillation_weight;
    how.consistency_weight = s_.consistency_weight;
    how.ramped_contrast = request::is_ramped(s_, "contrast");
    how.ramped_distillation = request::is_ramped(s_, "distillation");
    how.ramped_consistency = request::is_ramped(s_, "consistency");
    how.contrast = {s_.contrast_tau, s_.contrast_normalise};
    how.slices = s_.contrast_slices;
    how.distillation_tau = s_.distillation_tau;
    how.distillation_reduction = s_.distillation_reduction == "sum" ? Reduction::sum : Reduction::mean;
    how.consistent_distances = s_.consistency_outputs == "probability+distance";
    how.noise = noise();
    how.ramp = ramp();
    return std::make_unique<SimCvd>(student(), teacher(), slice_projection(), slice_projection(), how);
  }

  std::unique_ptr<Method> cvrl() const {
    constexpr int kWidth = 128;
    StudentParts student = this->student();
    const std::int64_t code = student.network->code_channels();
    Cvrl::Heads heads;
    if (s_.volume_weight > 0 || s_.voxel_weight > 0) {
      heads.student = voxel_projection(kProjection, code, kWidth, kWidth);
      heads.teacher = voxel_projection(kProjection, code, kWidth, kWidth);
    }
    if (s_.volume_weight > 0) heads.volume = voxel_projection(kVolumeProjection, code, kWidth, kWidth);
    CvrlSettings how;
    how.elastic_weight = s_.elastic_weight;
    how.elastic_rho = s_.elastic_rho;
    how.volume_weight = s_.volume_weight;
    how.volume_tau = s_.volume_tau;
    how.queue = s_.volume_queue;
    how.voxel_weight = s_.voxel_weight;
    how.voxel_tau = s_.voxel_tau;
    how.consistency_weight = s_.consistency_weight;
    how.noise = noise();
    how.ramp = ramp();
    return std::make_unique<Cvrl>(std::move(student), teacher(), std::move(heads), how);
  }

  std::unique_ptr<Method> secl() const {
    constexpr int kHidden = 64, kWidth = 32;
    StudentParts student = this->student();
    Teacher teacher = this->teacher();
    std::unique_ptr<network::VoxelProjection> head, teachers_head;
    if (s_.contrast_weight > 0) {
      student.network->give_stage(s_.feature_stage);
      teacher.network().give_stage(s_.feature_stage);
      const std::int64_t features = student.network->channels_of_stage(s_.feature_stage);
      head = voxel_projection(kProjection, features, kHidden, kWidth);
      teachers_head = voxel_projection(kProjection, features, kHidden, kWidth);
    }
    const SeclSettings how{s_.contrast_weight,
                           s_.contrast_tau,
                           s_.sampling == "region" ? Sampling::region : Sampling::anatomical,
                           s_.samples,
                           s_.confidence,
                           noise(),
                           ramp()};
    return std::make_unique<Secl>(std::move(student), std::move(teacher), std::move(head), std::move(teachers_head),
                                  how);
  }

  std::unique_ptr<Method> duo() const {
    core::RandomStream draws(run_.seed, {"second network"});
    const std::uint64_t high = draws.bits(), seed_of_second = high << 32U | draws.bits();
    Duo::Parts parts;
    parts.first = make_(run_.seed);
    parts.second = make_(seed_of_second);
    parts.dropout = drops();
    parts.how = optimiser_of(run_);
    parts.critics.kind =
        s_.critic_optimiser == "adam" ? OptimiserSettings::Kind::adam : OptimiserSettings::Kind::rmsprop;
    parts.critics.learning_rate = s_.critic_lr;
    if (s_.adversarial_weight > 0) {
      const model::CriticShape shape{classes_ == 1 ? 1 : classes_ + 1, run_.is_flat() ? 2 : 3};
      parts.critic = ready(std::make_unique<network::Critic>(shape));
    }
    return std::make_unique<Duo>(std::move(parts),
                                 DuoSettings{s_.difference_weight, s_.adversarial_weight, s_.faithful});
  }

  const SemiTrainingRun& run_;
  const SemiMethodSettings& s_;
  int classes_;
  const NetworkMaker& make_;
  std::string device_;
};

}  // namespace

std::unique_ptr<Method> make_semi_method(const SemiTrainingRun& run, int classes, const NetworkMaker& make,
                                         const std::string& device) {
  return Maker(run, classes, make, device).method();
}

}  // namespace coopseg::training
