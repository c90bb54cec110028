# shellcheck shell=bash
# Two processes that write into one folder: with --skip-existing both complete the same set; without it one of them is
# told that the other was there first, and nothing is spoilt. A run folder takes one training at a time.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
cs-phantom --out hearts --subjects 6 --size 64 --slices 5 --seed 2 --log-level error

# both COMMAND...: runs it twice at once; the exit statuses are in `first` and `second`.
both_at_once() {
  first=0 second=0
  "$@" 2>first.err &
  local one=$!
  "$@" 2>second.err &
  local two=$!
  wait $one || first=$?
  wait $two || second=$?
}
alone() {
  rm -rf alone out
  "${@/OUT/alone}" --log-level error
}
for work_text in 'cs-preprocess --cases hearts/cases.jsonl --out OUT' \
  'cs-corrupt spike --cases hearts/cases.jsonl --out OUT' \
  'cs-distance-map --cases hearts/cases.jsonl --out OUT' \
  'cs-phantom --subjects 6 --size 64 --slices 5 --seed 2 --out OUT'; do
  read -ra work <<<"$work_text"
  alone "${work[@]}"
  both_at_once "${work[@]/OUT/out}" --skip-existing
  equal "$first $second" '0 0' "(${work[0]} twice with --skip-existing: $(cat first.err second.err))"
  diff -r alone out || fail "${work[0]} twice at once gives another result"
  rm -rf out
  both_at_once "${work[@]/OUT/out}"
  [ $((first + second)) -gt 0 ] || fail "${work[0]}: neither process noticed the other"
  grep -q 'exists' first.err second.err || fail "${work[0]}: $(cat first.err second.err)"
  no_leftovers out
  # Whatever each of them made is whole and right; together they may have made part of the list only.
  "${work[@]/OUT/out}" --skip-existing --log-level error
  diff -r alone out || fail "${work[0]} twice at once spoils the result"
done

with_networks || exit 0
pair sound
a_case a sound.nii sound_seg.nii >cases.jsonl
cs-train-ftn --cases cases.jsonl --out run --crop 32 --batch-size 2 --epochs 1000000 --log-level error 2>err &
pid=$!
wait_until $pid test -s run/state.safetensors
exits 2 cs-train-ftn --cases cases.jsonl --out run --crop 32 --batch-size 2 --epochs 1 --resume
says stderr 'run: another training runs in this folder'
exits 2 cs-train-ftn --cases cases.jsonl --out run --crop 32 --batch-size 2 --epochs 1 --force
says stderr 'run: another training runs in this folder'
kill $pid
wait $pid 2>/dev/null || true
