# Synthetic hearts and a model trained on them for two batches: run/best.safetensors, run/last.safetensors. A build
# without networks has kept the header of such a model; its numbers are by a formula.
# shellcheck shell=bash
make_run() {
  cs-phantom --out hearts --subjects 2 --sites 1 --size 40 --spacing 5 --slices 3 --log-level error
  if ! with_networks; then
    mkdir run
    gzip -dc "$(dirname "${BASH_SOURCE[0]}")/trained.header.gz" >trained.header
    golden_model trained.header run/best.safetensors
    cp run/best.safetensors run/last.safetensors
    return
  fi
  cs-train-ftn --cases hearts/cases.jsonl --out run --crop 32 --epochs 1 --max-iterations 2 --batch-size 4 \
    --threads 1 --device cpu --log-level error
}
