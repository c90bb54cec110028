# shellcheck shell=bash
# A signal, a kill or an error right within the writing of a checkpoint: each file that is there is whole, and --resume
# ends bit for bit as a run that was left alone.
source "$(dirname "$case_file")/setup.bash"
# shellcheck source=tests/cli/every-program/faults.bash
source "$(dirname "$case_file")/../every-program/faults.bash"
make_data
# An epoch is a batch, and checkpoints are written at its end only, all three files: equal runs make equal calls.
head -1 train.jsonl >one.jsonl
train_options=(--cases one.jsonl --crop 32 --batch-size 6 --lr 1e-3 --epochs 3 --save-every 0)
run=("$trainer" "${train_options[@]}" --out run)
calls_of "${run[@]}"
mv run undisturbed

# number_of CALL FILE K: the number of the call by which FILE is written for the K-th time: the "rename" that gives it its
# name, or, among the many before that, the "write" in the middle.
number_of() {
  awk -v call="$1" -v file="run/$2" -v wanted="$3" '
    $1 == "write" { writes[++count] = NR }
    $1 == "rename" && $2 == file && ++seen == wanted { print call == "rename" ? NR : writes[int((count + 1) / 2)] }
    $1 == "rename" { count = 0 }' calls
}
# goes_on STATUS FAULT CALL FILE K: the fault at this call.
goes_on() {
  local wanted=$1 fault=$2 n
  n=$(number_of "${@:3}")
  [ "$n" ] || fail "no $3 of $4"
  echo "$fault at call $n: $3 of $4"
  rm -rf run
  meets "$fault@$n" "${run[@]}"
  equal $status "$wanted" "($fault at $3 of $4: $(cat err))"
  [ $status != 1 ] || says err "error: run/$4: cannot be written: "
  whole run
  LD_PRELOAD=$faults "${run[@]}" --resume >stdout 2>err || fail "does not go on: $(cat err)"
  same_run undisturbed run
  same_bytes undisturbed/state.safetensors run/state.safetensors
  no_leftovers run
}
for file in state best last; do
  goes_on 143 term write $file.safetensors 2
  goes_on 143 term rename $file.safetensors 2
done
goes_on 143 term write config.json 1
# Kills around the state: resume_after_kill.sh.
goes_on 137 kill rename best.safetensors 2
goes_on 137 half write last.safetensors 1
goes_on 1 EIO write state.safetensors 2
goes_on 1 ENOSPC rename last.safetensors 2
# In the last one, when all is done.
goes_on 143 term rename last.safetensors 3
