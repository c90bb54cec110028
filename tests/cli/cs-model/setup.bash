# Synthetic hearts and a model trained on them for two batches: run/best.safetensors, run/last.safetensors.
# shellcheck shell=bash
make_run() {
  cs-phantom --out hearts --subjects 2 --sites 1 --size 40 --spacing 5 --slices 3 --log-level error
  cs-train-ftn --cases hearts/cases.jsonl --out run --crop 32 --epochs 1 --max-iterations 2 --batch-size 4 \
    --threads 1 --device cpu --log-level error
}
