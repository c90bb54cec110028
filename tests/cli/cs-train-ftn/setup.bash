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

# train OUT [options]. Not for the background: a signal to a shell's function does not reach the program.
train() {
  local out=$1
  shift
  "$trainer" "${train_options[@]}" --out "$out" "$@"
}

# The log without its times, the only values that may differ between equal runs.
log_without_times() { sed -E 's/"(seconds|slices_per_s|data_wait_s)":[^,}]*/"\1":0/g' "$1/log.jsonl"; }

same_run() {
  same_bytes "$1/last.safetensors" "$2/last.safetensors"
  same_bytes "$1/best.safetensors" "$2/best.safetensors"
  equal "$(log_without_times "$1")" "$(log_without_times "$2")" "(logs of $1 and $2)"
}

# killed_after STATES MILLISECONDS [options]: kills the run `broken` so long after it has saved that many states.
killed_after() {
  local pid seen left=$1 pause
  pause=0.$(printf '%03d' "$2")
  shift 2
  seen=$(state)
  "$trainer" "${train_options[@]}" "$@" --out broken --resume 2>err &
  pid=$!
  while [ "$left" -gt 0 ]; do
    if [ "$(state)" != "$seen" ]; then
      seen=$(state)
      left=$((left - 1))
    fi
    kill -0 "$pid" || fail "the run ended before it was killed: $(cat err)"
    sleep 0.002
  done
  sleep "$pause"
  kill -9 "$pid" || fail "the run ended before it was killed: $(cat err)"
  wait "$pid" 2>/dev/null || true
}

# Each saved state is another file under the same name.
state() { stat -c %i.%y broken/state.safetensors 2>/dev/null || true; }

# Killed again and again, and resumed, a run ends as one that was left alone.
survives_kills() {
  # Far more iterations than the kills use up, whatever the machine's speed.
  local part options=(--seed 3 --save-every 0.001 "$@")
  train whole "${options[@]}" 2>err
  killed_after 0 120 "${options[@]}" # while it starts
  for part in 0 3 7 11 17 23 31; do killed_after 2 "$part" "${options[@]}"; done
  train broken "${options[@]}" --resume 2>err
  same_run whole broken
  no_leftovers broken
}
