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

# The program under test; other trainings use this page, too.
trainer=${trainer:-cs-train-ftn}
# Three batches an epoch.
train_options=(--cases train.jsonl --validate validate.jsonl --crop 32 --batch-size 4 --lr 1e-3)
two_epochs=(--epochs 2)

# train OUT [options]. Not for the background: a signal to a shell's function does not reach the program.
train() {
  local out=$1
  shift
  "$trainer" "${train_options[@]}" --out "$out" "$@"
}

# The log without its times, the only values that may differ between equal runs.
log_without_times() { sed -E 's/"(seconds|(slices|patches)_per_s|data_wait_s|wait_s)":[^,}]*/"\1":0/g' "$1/log.jsonl"; }

same_run() {
  same_bytes "$1/last.safetensors" "$2/last.safetensors"
  same_bytes "$1/best.safetensors" "$2/best.safetensors"
  equal "$(log_without_times "$1")" "$(log_without_times "$2")" "(logs of $1 and $2)"
}

# survives_kills KINDS [options]: killed again and again between and within its writing calls, and resumed, a run ends
# as one that was left alone. Between two of these calls nothing changes that a kill could leave behind. KINDS of places:
# "all", or "two", where another training, which writes its files in the same way, is killed in all.
survives_kills() {
  local at kills first second options=(--seed 3 --save-every 0.001 "${two_epochs[@]}" "${@:2}")
  # shellcheck source=tests/cli/every-program/faults.bash
  source "$(dirname "$case_file")/../every-program/faults.bash"
  calls_of "$trainer" "${train_options[@]}" "${options[@]}" --out whole
  # The calls by which the first and the second state get their names.
  first=$(awk '$1 == "rename" && $2 ~ /state.safetensors/ {print NR; exit}' calls)
  second=$(awk '$1 == "rename" && $2 ~ /state.safetensors/ && ++n == 2 {print NR; exit}' calls)
  # Without a state, between two, within one, and where one is about to take the place of another.
  kills=(kill@"$first" kill@$((first + 1)) half@$(((first + second) / 2)) kill@"$second")
  if [ "$1" = two ]; then kills=("${kills[@]:1:2}"); fi
  for at in "${kills[@]}"; do
    meets "$at" "$trainer" "${train_options[@]}" "${options[@]}" --out broken --resume
    [ $status = 137 ] || fail "$at: ends with $status: $(cat err)"
    whole broken
  done
  train broken "${options[@]}" --resume 2>err
  same_run whole broken
  same_bytes whole/state.safetensors broken/state.safetensors
  find broken -name '.*.tmp' >left
  [ "$(wc -l <left)" -le 1 ] || fail "left behind: $(cat left)"
}
