# shellcheck shell=bash
# On a terminal no line is wider than that; at the end all is told, in several lines: the loss first, its terms last.
source "$(dirname "$case_file")/setup.bash"
command -v script >/dev/null || skip "no script(1) to give a program a terminal (Debian: bsdutils)"
make_data
training=(cs-train-semi "${train_options[@]}" "${two_streams[@]}" --method mt --filters 2 --max-iterations 3 --out run)
TERM=xterm script -qec "stty cols 100; $(printf '%q ' "${training[@]}")" /dev/null </dev/null >shown || fail "$(cat shown)"
tr '\r' '\n' <shown | sed '/^$/d; s/^\x1b\[K//' >lines
longest=$(awk '{ if (length > n) n = length } END { print n + 0 }' <(grep -A9 '^training \[' lines | grep -v '^cs-'))
[ "$longest" -lt 100 ] || fail "$longest characters in 100 columns"
tr -d '\n' <lines | sed 's/,  /, /g' >told
says told 'training \[=+\] 3/3 iterations, in 0:[0-9]+  epoch 3, loss [0-9.]+, Dice core [0-9.]+ shell [0-9.]+,'
says told ' patches/s, cross_entropy [0-9.e-]+, dice [0-9.e-]+, consistency [0-9.e-]+, ramp 0\.00674'
