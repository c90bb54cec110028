# shellcheck shell=bash
# Where a file cannot be written whole, the run ends with one error that names it, and nothing half-written is left.
source "$(dirname "$case_file")/setup.bash"
make_data
status=0
(
  # A limit on file sizes stands for a full disk: writing fails, with another error number.
  trap '' XFSZ
  ulimit -f 4000
  train run --epochs 1 --log-level error 2>err
) || status=$?
equal "$status" 1 "(exit status)"
one_line err
says err 'run/state.safetensors'
absent run/state.safetensors
absent run/last.safetensors
no_leftovers run
train run --epochs 1 --resume 2>err
[ -s run/last.safetensors ] || fail "the run did not go on"
