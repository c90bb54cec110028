# shellcheck shell=bash
# Killed by SIGKILL at any moment, again and again, and resumed: the same bytes as a run that was left alone.
source "$(dirname "$case_file")/setup.bash"
make_data
# Far more iterations than the kills below use up, whatever the machine's speed.
options=(--epochs 25 --seed 3 --save-every 0.001)
train whole "${options[@]}" 2>err

# Each saved state is another file under the same name.
state() { stat -c %i.%y broken/state.safetensors 2>/dev/null || true; }

# killed_after STATES MILLISECONDS: kills the run so long after it has saved that many states.
killed_after() {
  local pid seen left=$1
  seen=$(state)
  cs-train-ftn "${train_options[@]}" "${options[@]}" --out broken --resume 2>err &
  pid=$!
  while [ "$left" -gt 0 ]; do
    if [ "$(state)" != "$seen" ]; then
      seen=$(state)
      left=$((left - 1))
    fi
    kill -0 "$pid" || fail "the run ended before it was killed: $(cat err)"
    sleep 0.002
  done
  sleep "0.$(printf '%03d' "$2")"
  kill -9 "$pid" || fail "the run ended before it was killed: $(cat err)"
  wait "$pid" 2>/dev/null || true
}

killed_after 0 120 # while it starts
for part in 0 3 7 11 17 23 31; do killed_after 2 "$part"; done
train broken "${options[@]}" --resume 2>err
same_run whole broken
no_leftovers broken
