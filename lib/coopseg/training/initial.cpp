#include "coopseg/training/initial.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/core/provenance.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/model/network_layout.h"
#include "coopseg/model/pretraining.h"

namespace coopseg::training {
namespace {

using model::TensorLayout;

constexpr std::size_t kShownLayers = 4;

// "vnet/block_one.conv.0, vnet/out_conv and 3 more": the layers of those tensors that the other list does not have.
std::string layers_beyond(const std::vector<TensorLayout>& tensors, const std::vector<TensorLayout>& others) {
  std::set<std::string> known;
  for (const TensorLayout& tensor : others) known.insert(tensor.full_name());
  std::vector<std::string> layers;
  for (const TensorLayout& tensor : tensors) {
    if (known.count(tensor.full_name())) continue;
    const std::string layer = tensor.full_name().substr(0, tensor.full_name().rfind('.'));
    if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);
  }
  if (layers.size() <= kShownLayers) return fmt::format("{}", fmt::join(layers, ", "));
  const std::size_t more = layers.size() - kShownLayers;
  layers.resize(kShownLayers);
  return fmt::format("{} and {} more", fmt::join(layers, ", "), more);
}

}  // namespace

Beginning::Beginning(const core::fs::path& init) : file_(init.string()) {
  if (!is_given()) return;
  core::as_usage_error([&] {
    description_ = model::read_initial_description(init);
    sha256_ = core::input_file(init).sha256;
    return true;
  });
}

void Beginning::check(const model::ModelDescription& own) const {
  if (!is_given()) return;
  const auto refuse = [&](const std::string& what) {
    throw core::UsageError("--init", file_ + " " + what, "begin with a model of the same network");
  };
  if (description_.network != own.network)
    refuse("is a model of the network " + description_.network + ", not " + own.network);
  if (description_.size.filters != own.size.filters)
    refuse(fmt::format("has {} filters, this training {} (--filters)", description_.size.filters, own.size.filters));
  if (description_.size.norm != own.size.norm)
    refuse(fmt::format("was trained with --norm {}, not {}", model::kNorms.of(description_.size.norm),
                       model::kNorms.of(own.size.norm)));
  if (description_.size.upsampling != own.size.upsampling)
    refuse(fmt::format("was trained with --upsampling {}, not {}", model::kUpsamplings.of(description_.size.upsampling),
                       model::kUpsamplings.of(own.size.upsampling)));
  if (model::pretraining_stage(description_) || model::pretraining_stage(own)) return;
  const bool distances = description_.has_output(model::kDistanceOutput);
  if (own.has_output(model::kDistanceOutput) != distances)
    refuse(distances ? "tells signed distances, which this method's network does not"
                     : "tells no signed distances, which this method's network does");
}

void Beginning::settle(const model::ModelDescription& own) const {
  if (!is_given()) return;
  const auto stage = model::pretraining_stage(description_);
  const auto names = dataset::names_of(own.classes), others = dataset::names_of(description_.classes);
  if (!stage && !model::pretraining_stage(own) && names != others) {
    throw core::UsageError("--init",
                           fmt::format("{} knows the classes {}, this training {}", file_, fmt::join(others, ", "),
                                       fmt::join(names, ", ")),
                           "begin with a model of the same classes, in their order");
  }
  const auto part = common(own), network = model::layout_of_network(own), file = model::layout_of(description_);
  std::string text = fmt::format("{}: {} of {} tensors are taken", file_, part.size(), network.size());
  if (const std::string rest = layers_beyond(network, part); !rest.empty()) {
    text += fmt::format("; {} begin at random, {}", rest,
                        stage ? "as stage " + model::kPretrainingStages.of(*stage) + " trains no such layers"
                              : "as it has none of them");
  }
  if (const std::string left = layers_beyond(file, part); !left.empty())
    text += fmt::format("; {} are not taken, as this training has no such layers", left);
  core::info("{}", text);
}

std::vector<TensorLayout> Beginning::common(const model::ModelDescription& own) const {
  std::set<std::string> in_file;
  for (const TensorLayout& tensor : model::layout_of(description_)) in_file.insert(tensor.full_name());
  // Heads are of their classes, and what is pre-trained has none.
  const auto stage = model::pretraining_stage(own);
  const auto network = model::layout_of_network(own);
  std::vector<TensorLayout> part;
  for (const TensorLayout& tensor : stage ? model::trained_part(network, own, model::PretrainingStage::local) : network)
    if (in_file.count(tensor.full_name())) part.push_back(tensor);
  return part;
}

void Beginning::load(network::Weights& weights, const model::ModelDescription& own) const {
  if (!is_given()) return;
  core::TensorFile content = core::read_tensor_file(file_);
  model::check_state(content, model::layout_of(description_), file_);
  const auto part = common(own);
  std::set<std::string> wanted;
  for (const TensorLayout& tensor : part) wanted.insert(tensor.full_name());
  for (auto tensor = content.tensors.begin(); tensor != content.tensors.end();)
    tensor = wanted.count(tensor->first) ? std::next(tensor) : content.tensors.erase(tensor);
  weights.load_part(part, content, file_);
}

}  // namespace coopseg::training
