// The network and what is known of it without LibTorch; models imported from the reference implementation's files.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "coopseg/model/description.h"
#include "coopseg/model/reference_files.h"
#include "coopseg/model/layout_fcn16.h"
#include "coopseg/network/model.h"
#include "support/support.h"

namespace coopseg::network {
namespace {

TEST(Weights, AreThoseOfTheLayout) {
  for (const std::string& word : model::kTwoStageTypes.all()) {
    const model::NetworkType type = *model::kNetworkTypes.find(word);
    for (const bool slow_thinking : {false, true}) {
      const Model model({type, 3, slow_thinking});
      EXPECT_EQ(model.modules(), model::module_names(slow_thinking));
      const auto state = model.state();
      const auto layout = model::layout_fcn16(3, slow_thinking);
      ASSERT_EQ(state.size(), layout.size());
      std::size_t parameters = 0;
      for (std::size_t i = 0; i < state.size(); ++i) {
        const auto& [name, tensor] = state[i];
        EXPECT_EQ(name, layout[i].full_name());
        EXPECT_EQ(tensor.sizes(), at::IntArrayRef(layout[i].shape)) << name;
        const bool is_parameter = layout[i].role == model::TensorRole::parameter;
        EXPECT_EQ(tensor.requires_grad(), is_parameter) << name;
        EXPECT_EQ(tensor.scalar_type() == at::kLong, layout[i].role == model::TensorRole::batches_tracked) << name;
        parameters += is_parameter;
      }
      EXPECT_EQ(parameters, model.parameters().size());
    }
  }
}

TEST(ReferenceFiles, PredictAsTheReferenceDoes) {
  COOPSEG_NEEDS_GOLDEN(checkpoints, "reference/checkpoints");
  const core::TensorFile golden = core::read_tensor_file(checkpoints.parent_path() / "forward.safetensors");
  const auto expected = [&](const std::string& name) { return from_stored(golden.at(name, "forward.safetensors")); };
  const model::ReferenceModel reference = model::read_reference_model(checkpoints);
  Model model({model::NetworkType::fcn_16, reference.classes, reference.slow_thinking});
  model.load_state(reference.content, "checkpoints");
  for (const int steps : {0, 1, 2}) {
    const at::Tensor logits = model.predict(expected("image"), steps);
    EXPECT_TRUE(at::equal(logits.argmax(1), expected("argmax_n" + std::to_string(steps + 1)).to(at::kLong))) << steps;
    if (steps == 2) continue;  // of the second correction there are no golden logits
    const at::Tensor wanted = expected(steps == 0 ? "ftn_logits" : "stn_logits");
    EXPECT_LE((logits - wanted).abs().max().item<double>(), 5e-5) << steps;
  }
}

}  // namespace
}  // namespace coopseg::network
