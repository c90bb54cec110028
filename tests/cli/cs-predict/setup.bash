# Two synthetic subjects (four images of 40 x 40 x 3 voxels) and a model: one whose numbers are a formula's, which takes
# no training, or one that has seen phantom001 for two batches.
# shellcheck shell=bash
make_hearts() { cs-phantom --out hearts --subjects 2 --sites 1 --size 40 --spacing 5 --slices 3 --log-level error; }
make_model() {
  gzip -dc "$(dirname "${BASH_SOURCE[0]}")/../cs-model/trained.header.gz" >trained.header
  golden_model trained.header model.safetensors
  rm trained.header
}
train_model() {
  head -2 hearts/cases.jsonl >hearts/train.jsonl
  cs-train-ftn --cases hearts/train.jsonl --out run --crop 32 --epochs 1 --max-iterations 2 --batch-size 4 \
    --threads 1 --device cpu --log-level error
  mv run/last.safetensors model.safetensors
}
