# Volumes of 24 x 22 x 18 voxels and a model that sees windows of 16 of them along each axis.
# shellcheck shell=bash
# make_volume ID SHIFT: ID.nii.gz and ID_seg.nii.gz, a bright ball in a grey shell
make_volume() {
  local at
  at="$((12 + $2)) 11 9"
  # shellcheck disable=SC2086
  make_nifti "$1.nii.gz" 24 22 18 1.5 1 2 --float box 10 1 23 1 21 0 18 ball 60 $at 8 ball 90 $at 5
  # shellcheck disable=SC2086
  make_nifti "$1_seg.nii.gz" 24 22 18 1.5 1 2 ball 2 $at 8 ball 1 $at 5
}
make_volumes() {
  local id shift=-1
  for id in a b c; do
    make_volume $id $((shift++))
    echo "{\"id\":\"$id\",\"image\":\"$id.nii.gz\",\"label\":\"${id}_seg.nii.gz\",\"labels\":{\"core\":1,\"shell\":2}}"
  done >cases.jsonl
  head -2 cases.jsonl >train.jsonl
  tail -1 cases.jsonl >test.jsonl
}
# train_on LIST FILE: a model of two iterations, by windows of 16 voxels that stand 8 apart.
train_on() {
  cs-train-semi --cases "$1" --out run --patch 16,16,16 --filters 2 --batch-size 2 --max-iterations 2 --threads 1 \
    --device cpu --log-level error
  mv run/last.safetensors "$2"
  rm -r run
}
