# A tiny data set for training tests: bright balls in grey shells, three slices of 36 x 40 voxels.
# shellcheck shell=bash
export OMP_WAIT_POLICY=passive COOPSEG_THREADS=1

# make_subject ID SHIFT
make_subject() {
  local at
  at="$((18 + $2)) 20 1"
  mkdir -p "data/$1"
  # shellcheck disable=SC2086
  make_nifti "data/$1/ED_img.nii.gz" 36 40 3 2 2 8 --float box 0.1 0 36 0 40 0 3 ball 0.4 $at 18 ball 0.9 $at 11
  # shellcheck disable=SC2086
  make_nifti "data/$1/ED_seg.nii.gz" 36 40 3 2 2 8 ball 2 $at 18 ball 1 $at 11
}

# train.jsonl with two subjects, validate.jsonl with one.
make_data() {
  local id
  make_subject s1 0
  make_subject s2 3
  make_subject s3 -2
  for id in s1 s2 s3; do
    echo "{\"id\":\"$id\",\"frame\":\"ED\",\"image\":\"data/$id/ED_img.nii.gz\",\"label\":\"data/$id/ED_seg.nii.gz\"," \
      "\"labels\":{\"LV\":1,\"MYO\":2}}" >"$id.jsonl"
  done
  cat s1.jsonl s2.jsonl >train.jsonl
  mv s3.jsonl validate.jsonl
  rm s1.jsonl s2.jsonl
}

# Three batches an epoch.
train_options=(--cases train.jsonl --validate validate.jsonl --crop 32 --batch-size 4 --lr 1e-3)

# train OUT [options]. Not for the background: a signal to a shell's function does not reach the program.
train() {
  local out=$1
  shift
  cs-train-ftn "${train_options[@]}" --out "$out" "$@"
}

# The log without its times, the only values that may differ between equal runs.
log_without_times() { sed -E 's/"(seconds|slices_per_s|data_wait_s)":[^,}]*/"\1":0/g' "$1/log.jsonl"; }

same_run() {
  same_bytes "$1/last.safetensors" "$2/last.safetensors"
  same_bytes "$1/best.safetensors" "$2/best.safetensors"
  equal "$(log_without_times "$1")" "$(log_without_times "$2")" "(logs of $1 and $2)"
}
