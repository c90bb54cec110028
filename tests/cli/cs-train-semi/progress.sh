# shellcheck shell=bash
# On a terminal, what is redrawn has room in one line; its end is told whole: the loss first, its terms last.
source "$(dirname "$case_file")/setup.bash"
command -v script >/dev/null || skip "no script(1) to give a program a terminal (Debian: bsdutils)"
make_data
training=(cs-train-semi "${train_options[@]}" "${two_streams[@]}" --method mt --filters 2 --max-iterations 3 --out run)
TERM=dumb script -qec "stty cols 100; $(printf '%q ' "${training[@]}")" /dev/null </dev/null >shown || fail "$(cat shown)"
tr '\r' '\n' <shown | sed -n 's/^\x1b\[K//p' >lines
says lines '^training \[=+\] 3/3 iterations, in 0:[0-9]+  epoch 3, loss [0-9.]+, Dice core [0-9.]+ shell [0-9.]+,'
says lines ' patches/s, cross_entropy [0-9.e-]+, dice [0-9.e-]+, consistency [0-9.e-]+, ramp 0\.00674$'
longest=$(sed '$d' lines | awk '{ if (length > n) n = length } END { print n + 0 }')
[ "$longest" -lt 100 ] || fail "$longest characters in 100 columns"
