# shellcheck shell=bash
# A training that diverges ends with one line that says so, whatever the method; the last state is one of numbers.
source "$(dirname "$case_file")/setup.bash"
make_data
diverge() { # MESSAGE OPTIONS...
  rm -rf run
  exits 1 cs-train-semi --cases train.jsonl --unlabelled unlabelled.jsonl --patch 32,16,16 --filters 2 \
    --max-iterations 20 --save-every 0.0001 --out run "${@:2}"
  equal "$(grep -c 'error: ' stderr)" 1 "(errors)"
  says stderr "run: $1"
  says stderr 'the state of iteration [0-9]+ is kept; a smaller --lr may help'
  [ -s run/state.safetensors ] || fail "no state is kept"
}
lost="(the loss '[a-z_]*' is -?nan in iteration|.* is no longer finite after iteration) "
diverge "$lost" --method mt --lr 1e9 --ramp-length 0
diverge "$lost" --method simcvd --lr 1e9 "${small_head[@]}"
diverge "$lost" --method duo --lr 1e9
diverge "$lost" --method dtc --lr 1e9 --optimiser adam
# With a teacher that keeps nothing of itself the teacher diverges, too, and what is kept can be gone on from.
diverge "$lost" --method mt --lr 1e9 --ema-decay 0
exits 1 cs-train-semi --cases train.jsonl --unlabelled unlabelled.jsonl --patch 32,16,16 --filters 2 --max-iterations 20 \
  --save-every 0.0001 --out run --method mt --lr 1e9 --ema-decay 0 --resume
says stderr 'goes on after iteration'
