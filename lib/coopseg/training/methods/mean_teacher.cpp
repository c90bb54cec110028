#include "coopseg/training/methods/mean_teacher.h"

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/agreement.h"
#include "coopseg/training/schedule.h"

namespace coopseg::training {
namespace {

constexpr char kTeachersHead[] = "teacher_";

}  // namespace

std::vector<std::pair<std::string, double>> TeacherMethod::schedules(std::size_t iteration) const {
  return {{"ramp", ramp(iteration)}, {"ema_decay", teacher_.how().at(iteration)}};
}

network::NamedTensors TeacherMethod::others() const {
  network::NamedTensors tensors;
  for (auto& [name, tensor] : teacher_.network().weights().state()) tensors.emplace_back("teacher/" + name, tensor);
  return tensors;
}

void TeacherMethod::after_step(std::size_t iteration) {
  teacher_.follow(network().weights(), iteration);
  const auto students = heads(), teachers = teachers_heads();
  for (std::size_t i = 0; i < teachers.size(); ++i) teachers[i]->follow(*students.at(i), teacher_.how().at(iteration));
}

void TeacherMethod::save(core::TensorFile& content) const {
  StudentMethod::save(content);
  teacher_.save(content);
  for (const network::Weights* head : teachers_heads()) head->save(content, kTeachersHead);
}

void TeacherMethod::load(const core::TensorFile& content, const std::string& file) {
  StudentMethod::load(content, file);
  teacher_.load(content, file);
  for (network::Weights* head : teachers_heads()) head->load(content, file, kTeachersHead);
}

MeanTeacher::MeanTeacher(StudentParts student, Teacher teacher, const MeanTeacherSettings& settings)
    : TeacherMethod(std::move(student), std::move(teacher), settings.ramp), settings_(settings) {}

std::vector<std::string> MeanTeacher::terms() const {
  if (settings_.weight == 0) return {"cross_entropy", "dice"};
  return {"cross_entropy", "dice", "consistency"};
}

Losses MeanTeacher::step(const TensorBatch& batch) {
  const at::Tensor logits = look(batch.clean, batch).logits;
  Losses losses;
  add_supervised(losses, labelled_of(logits, batch), batch);
  if (settings_.weight == 0) return losses;
  const at::Tensor seen = with_noise(others_of(batch), batch.noise.at(0), settings_.noise);
  const at::Tensor teachers = teacher().look(seen, batch).logits;
  losses.add("consistency",
             settings_.weight * ramp(batch.iteration) * difference(others_of(logits, batch), teachers, batch));
  return losses;
}

at::Tensor MeanTeacher::difference(const at::Tensor& logits, const at::Tensor& teachers, const TensorBatch&) {
  return probability_difference(logits, teachers);
}

UncertaintyAware::UncertaintyAware(StudentParts student, Teacher teacher, const MeanTeacherSettings& settings,
                                   const UncertaintySettings& uncertainty)
    : MeanTeacher(std::move(student), std::move(teacher), settings),
      uncertainty_(uncertainty),
      classes_(network().classes()) {}

double UncertaintyAware::threshold(std::size_t iteration) const {
  return uncertainty_threshold(uncertainty_.start, gaussian_ramp(iteration, uncertainty_.length), classes_);
}

std::vector<std::pair<std::string, double>> UncertaintyAware::schedules(std::size_t iteration) const {
  auto all = MeanTeacher::schedules(iteration);
  all.emplace_back("uncertainty_threshold", threshold(iteration));
  return all;
}

at::Tensor UncertaintyAware::difference(const at::Tensor& logits, const at::Tensor& teachers,
                                        const TensorBatch& batch) {
  std::vector<at::Tensor> passes;
  for (std::size_t i = 1; i <= uncertainty_.passes; ++i) {
    const at::Tensor seen = with_noise(others_of(batch), batch.noise.at(i), settings_.noise);
    passes.push_back(teacher().look(seen, batch, i).logits);
  }
  return certain_difference(logits, teachers, uncertainty(passes), threshold(batch.iteration));
}

}  // namespace coopseg::training
