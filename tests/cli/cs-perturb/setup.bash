# The tiny data set of the training tests and a model that has learnt from it for a few batches.
# shellcheck shell=bash
trainer=cs-train-coop
# shellcheck source=tests/cli/cs-train-ftn/setup.bash
source "$(dirname "$case_file")/../cs-train-ftn/setup.bash"
make_model() {
  train run --epochs 3 --log-level error
  cp run/last.safetensors model.safetensors
}
