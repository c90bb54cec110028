#include "coopseg/network/model.h"

#include <algorithm>
#include <stdexcept>

#include "coopseg/core/error.h"
#include "coopseg/model/description.h"
#include "coopseg/model/layout_fcn16.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/modules.h"

namespace coopseg::network {
namespace {

constexpr std::int64_t kReduction = 16;  // of the sides, from image to code
constexpr double kTemperature = 2;       // of the softmax before the STN

void check_images(const at::Tensor& x, std::int64_t channels) {
  if (x.dim() != 4 || x.size(1) != channels || x.size(2) % kReduction != 0 || x.size(3) % kReduction != 0) {
    throw std::invalid_argument("a network input must be [N, " + std::to_string(channels) +
                                ", H, W] with H and W multiples of 16");
  }
}

}  // namespace

void check_architecture(const Architecture& architecture) {
  if (architecture.classes < 2) {
    throw core::UsageError("network", "cannot have " + std::to_string(architecture.classes) + " classes",
                           "name one class or more besides the background");
  }
}

Model::Modules::Modules(const Architecture& wanted)
    : architecture(wanted),
      weights(model::layout_fcn16(wanted.classes, wanted.slow_thinking)),
      general_encoder(weights, "image_encoder/general_encoder."),
      code_decoupler(weights, "image_encoder/code_decoupler"),
      segmentation_decoder(weights, "segmentation_decoder/", Resize::nearest),
      image_decoder(weights, "image_decoder/", Resize::transposed) {
  if (!wanted.slow_thinking) return;
  shape_encoder = Encoder(weights, "shape_encoder/");
  shape_decoder = Decoder(weights, "shape_decoder/", Resize::nearest);
}

at::Tensor Model::Modules::arranged(const at::Tensor& images) const {
  return in_order(precision == Precision::bf16 ? images.to(at::kBFloat16) : images, order);
}

at::Tensor Model::Modules::full(const at::Tensor& activations) const {
  return precision == Precision::bf16 ? activations.to(at::kFloat) : activations;
}

at::Tensor Model::Modules::encode_image(const at::Tensor& x, Pass pass, at::Tensor* shape_code) const {
  check_images(x, 1);
  const at::Tensor code = general_encoder(arranged(x), pass), image_code = full(code);
  if (architecture.type == model::NetworkType::fcn_16_unfiltered) {
    if (pass.mode == Mode::train) {
      // The reference runs the decoupler for nothing; its batch statistics are part of the model file.
      const at::NoGradGuard without_gradients;
      code_decoupler(code, pass);
    }
    if (shape_code) *shape_code = image_code;
    return image_code;
  }
  const at::Tensor decoupled = full(code_decoupler(code, pass));
  if (shape_code) *shape_code = decoupled;
  return architecture.type == model::NetworkType::fcn_16_shared_code ? decoupled : image_code;
}

at::Tensor Model::Modules::decode(const Decoder& decoder, const at::Tensor& code, Pass pass,
                                  std::vector<at::Tensor>* features) const {
  const at::Tensor decoded = full(decoder(arranged(code), pass, features));
  if (features) std::transform(features->begin(), features->end(), features->begin(), [&](auto& t) { return full(t); });
  return decoded;
}

// What the shape code comes of.
std::vector<std::string> Model::Modules::names_of_code() const {
  if (architecture.type == model::NetworkType::fcn_16_unfiltered) return {"image_encoder/general_encoder."};
  return {"image_encoder/"};
}

at::Tensor Model::Modules::correct_shape(const at::Tensor& probabilities, Pass pass, at::Tensor* code) const {
  if (!architecture.slow_thinking) throw std::logic_error("this model has no slow-thinking network");
  check_images(probabilities, architecture.classes);
  const at::Tensor shape_code = shape_encoder(arranged(probabilities), pass);
  if (code) *code = full(shape_code);
  return full(shape_decoder(shape_code, pass));
}

at::Tensor Model::Modules::refine(const at::Tensor& logits, Pass pass) const {
  return correct_shape(at::softmax(logits / kTemperature, 1), pass, nullptr);
}

namespace {
const Architecture& checked(const Architecture& architecture) {
  check_architecture(architecture);
  return architecture;
}
}  // namespace

Model::Model(const Architecture& architecture) : modules_(std::make_unique<Modules>(checked(architecture))) {}

Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

const Architecture& Model::architecture() const { return modules_->architecture; }

at::Tensor Model::encode_image(const at::Tensor& x, Mode mode, at::Tensor* shape_code) {
  return modules_->encode_image(x, modules_->pass(mode), shape_code);
}

at::Tensor Model::decode_segmentation(const at::Tensor& shape_code, Mode mode) {
  return modules_->decode(modules_->segmentation_decoder, shape_code, modules_->pass(mode));
}

at::Tensor Model::decode_image(const at::Tensor& image_code, Mode mode) {
  return at::sigmoid(modules_->decode(modules_->image_decoder, image_code, modules_->pass(mode)));
}

at::Tensor Model::correct_shape(const at::Tensor& probabilities, Mode mode, at::Tensor* code) {
  return modules_->correct_shape(probabilities, modules_->pass(mode), code);
}

FtnOutput Model::run_ftn(const at::Tensor& x, Mode mode, bool with_reconstruction) {
  FtnOutput out;
  out.image_code = encode_image(x, mode, &out.shape_code);
  out.logits = decode_segmentation(out.shape_code, mode);
  if (with_reconstruction) out.reconstruction = decode_image(out.image_code, mode);
  return out;
}

at::Tensor Model::run_stn(const at::Tensor& logits, Mode mode) {
  return modules_->refine(logits, modules_->pass(mode));
}

at::Tensor Model::predict(const at::Tensor& x, int stn_steps) { return predict_each(x, {stn_steps}).front(); }

std::vector<at::Tensor> Model::predict_each(const at::Tensor& x, const std::vector<int>& stn_steps) {
  const at::NoGradGuard without_gradients;
  const Pass pass = modules_->pass(Mode::eval, /*fold=*/true);
  at::Tensor shape_code;
  modules_->encode_image(x, pass, &shape_code);
  at::Tensor logits = modules_->decode(modules_->segmentation_decoder, shape_code, pass);
  const int most = *std::max_element(stn_steps.begin(), stn_steps.end());
  std::vector<at::Tensor> found(stn_steps.size());
  for (int step = 0;; ++step) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (stn_steps[i] == step) found[i] = logits;
    }
    if (step == most) return found;
    logits = modules_->refine(logits, pass);
  }
}

Output Model::forward(const at::Tensor& x, Mode mode, Dropout*) {
  Output out;
  encode_image(x, mode, &out.code);
  out.logits = modules_->decode(modules_->segmentation_decoder, out.code, modules_->pass(mode),
                                modules_->gives_features ? &out.features : nullptr);
  return out;
}

std::int64_t Model::code_channels() const { return weights().at("segmentation_decoder/up1.conv_input.weight").size(1); }

std::int64_t Model::feature_channels() const { return weights().at("segmentation_decoder/final_conv.weight").size(1); }

void Model::give_features(bool given) { modules_->gives_features = given; }

at::Tensor Model::encode(const at::Tensor& x, Mode mode) {
  at::Tensor code;
  encode_image(x, mode, &code);
  return code;
}

NamedTensors Model::code_parameters() const { return beginning_with(modules_->names_of_code(), parameters()); }

NamedTensors Model::feature_parameters() const {
  std::vector<std::string> names = modules_->names_of_code();
  names.emplace_back("segmentation_decoder/up");
  return beginning_with(names, parameters());
}

Output Model::predict(const at::Tensor& x) {
  Output out;
  out.logits = predict(x, architecture().slow_thinking ? 1 : 0);
  return out;
}

Weights& Model::weights() { return modules_->weights; }

const Weights& Model::weights() const { return modules_->weights; }

std::vector<std::string> Model::modules() const { return model::module_names(architecture().slow_thinking); }

void Model::use_precision(Precision precision) { modules_->precision = precision; }

Precision Model::precision() const { return modules_->precision; }

void Model::use_order(MemoryOrder order) {
  modules_->order = order;
  weights().to_order(order);
}

}  // namespace coopseg::network
