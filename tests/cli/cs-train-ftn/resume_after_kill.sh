# shellcheck shell=bash
# Killed by SIGKILL at any moment, again and again, and resumed: the same bytes as a run that was left alone.
source "$(dirname "$case_file")/setup.bash"
make_data
options=(--epochs 4 --seed 3 --save-every 0.01)
start=$(date +%s%N)
train whole "${options[@]}" 2>err
whole_ms=$((($(date +%s%N) - start) / 1000000))
kills=0
# In thousandths of the whole run's time, so that a slow machine is hit in the same places.
for part in 150 450 500 550 600 650 700 620; do
  train broken "${options[@]}" --resume 2>err &
  pid=$!
  sleep "$(printf '%d.%06d' $((whole_ms * part / 1000000)) $((whole_ms * part % 1000000)))"
  # Ended by itself where the machine was quick.
  if kill -9 "$pid" 2>/dev/null; then kills=$((kills + 1)); fi
  wait "$pid" 2>/dev/null || true
done
[ "$kills" -ge 2 ] || fail "the run was killed $kills times only"
train broken "${options[@]}" --resume 2>err
same_run whole broken
no_leftovers broken
