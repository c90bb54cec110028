# shellcheck shell=bash
# SIGTERM saves the state and stops with 143; --resume ends as if nothing had happened, with dropout's masks, too.
source "$(dirname "$case_file")/setup.bash"
make_data
options=("${two_streams[@]}" --filters 2 --seed 4 --save-every 0 --log-every 1 --validate-every 3)
# A run without an end cannot be over before the signal comes; how long it shall be is said when it goes on.
"$trainer" "${train_options[@]}" --out broken "${options[@]}" --max-iterations 1000000 2>err &
pid=$!
wait_until "$pid" has_lines broken/log.jsonl 3
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
equal "$status" 143 "exit status after SIGTERM"
says err 'stopped after iteration'
no_leftovers broken
iterations=$(($(grep -c '"type":"iteration"' broken/log.jsonl) + 2))
train broken "${options[@]}" --max-iterations $iterations --resume 2>err
train whole "${options[@]}" --max-iterations $iterations 2>err
same_bytes whole/last.safetensors broken/last.safetensors
same_bytes whole/state.safetensors broken/state.safetensors
equal "$(log_without_times whole)" "$(log_without_times broken)" "(logs)"
# The best model may be of the first part, whose command it names.
exits 0 cs-model diff --weights whole/best.safetensors broken/best.safetensors
