# A tiny data set of volumes: bright balls in grey shells, 20 x 18 x 17 voxels, larger than the patch along each axis.
# shellcheck shell=bash
trainer=cs-train-semi
# shellcheck source=tests/cli/cs-train-ftn/setup.bash
source "$(dirname "${BASH_SOURCE[0]}")/../cs-train-ftn/setup.bash"

# make_volume ID SHIFT [NUMBER]: data/ID_img.nii.gz, data/ID_seg.nii.gz; NUMBER is the brightness of the ball.
make_volume() {
  local at
  at="$((10 + $2)) 9 8"
  mkdir -p data
  # shellcheck disable=SC2086
  make_nifti "data/$1_img.nii.gz" 20 18 17 1 1 1 --float box -1 0 20 0 18 0 17 ball 0.5 $at 7 ball "${3:-2}" $at 4
  # shellcheck disable=SC2086
  make_nifti "data/$1_seg.nii.gz" 20 18 17 1 1 1 ball 2 $at 7 ball 1 $at 4
}
# a_case ID: a line of a list, with its label.
a_case() {
  echo "{\"id\":\"$1\",\"image\":\"data/$1_img.nii.gz\",\"label\":\"data/$1_seg.nii.gz\",\"labels\":{\"core\":1,\"shell\":2}}"
}
# train.jsonl with two volumes, validate.jsonl with one, unlabelled.jsonl with three, of which nobody may read labels.
make_data() {
  local id shift=-2
  for id in s1 s2 s3 u1 u2 u3; do make_volume $id $((shift++)); done
  rm data/u*_seg.nii.gz
  { a_case s1; a_case s2; } >train.jsonl
  a_case s3 >validate.jsonl
  { a_case u1; a_case u2; a_case u3; } >unlabelled.jsonl
}
# shellcheck disable=SC2034
{
  train_options=(--cases train.jsonl --validate validate.jsonl --patch "16,16,16")
  two_epochs=(--max-iterations 2)
  two_streams=(--unlabelled unlabelled.jsonl --batch-size "2,2")
}
# An epoch is one batch of both volumes.
train() {
  local out=$1
  shift
  [[ " $* " = *" --batch-size "* ]] || set -- --batch-size 2 "$@"
  [[ " $* " = *" --filters "* ]] || set -- --filters 2 "$@"
  "$trainer" "${train_options[@]}" --out "$out" "$@"
}

# For simcvd, whose projection of slices would be far larger than so small a network.
# shellcheck disable=SC2034
small_head=(--contrast-pool 8 --contrast-mlp "8,8,4")
state_has() { # RUN NAME...: tensors whose names begin so
  local name
  for name in "${@:2}"; do
    LC_ALL=C grep -aqF "\"$name" "$1/state.safetensors" || fail "the state of $1 has no $name"
  done
}

# survives_a_stop NAME [options]: stopped by SIGTERM and resumed, a run ends with the bytes of one that was left alone.
survives_a_stop() {
  local name=$1 pid status=0 iterations options
  options=("${train_options[@]}" --filters 2 --seed 4 --save-every 0 --log-every 1 --validate-every 3 "${@:2}")
  # A run without an end cannot be over before the signal comes; how long it shall be is said when it goes on.
  "$trainer" "${options[@]}" --out "$name-broken" --max-iterations 1000000 2>err &
  pid=$!
  wait_until "$pid" has_lines "$name-broken/log.jsonl" 3
  kill -TERM "$pid"
  wait "$pid" || status=$?
  equal "$status" 143 "exit status after SIGTERM"
  says err 'stopped after iteration'
  no_leftovers "$name-broken"
  iterations=$(($(grep -c '"type":"iteration"' "$name-broken/log.jsonl") + 2))
  "$trainer" "${options[@]}" --out "$name-broken" --max-iterations $iterations --resume 2>err || fail "$(cat err)"
  "$trainer" "${options[@]}" --out "$name-whole" --max-iterations $iterations 2>err || fail "$(cat err)"
  same_bytes "$name-whole/last.safetensors" "$name-broken/last.safetensors"
  same_bytes "$name-whole/state.safetensors" "$name-broken/state.safetensors"
  equal "$(log_without_times "$name-whole")" "$(log_without_times "$name-broken")" "(logs)"
  # The best model may be of the first part, whose command it names.
  exits 0 cs-model diff --weights "$name-whole/best.safetensors" "$name-broken/best.safetensors"
}
