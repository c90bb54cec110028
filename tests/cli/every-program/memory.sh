# shellcheck shell=bash
# Memory over a long list: what cs-phantom, cs-list, cs-check, cs-split and cs-preprocess hold for each case is its fields
# and what they say of it, not its voxels. (Corruption, prediction and scores: tests/pipeline/thousand.sh.)
measures memory
[ -x /usr/bin/time ] || skip "no /usr/bin/time (Debian: time)"
# An image has 4 to 20 kB of voxels, more than a case may cost.
options=(--size 24 --spacing 8 --slices 2 --slice-spacing 20 --frames ED --sites 1)
few=10 many=1000

# peak OUT COMMAND...: kB that the command has had at most, at the end of the file OUT.
peak() { /usr/bin/time -a -o "$1" -f %M "${@:2}" >output 2>messages || { tail messages; fail "${*:2}"; }; }
for n in $few $many; do
  peak phantom cs-phantom --out "set$n" --subjects "$n" "${options[@]}" --threads 2
  peak list cs-list coopseg "set$n" --labels coopseg --cases-out "list$n.jsonl"
  # Hearts of one site and few shapes may be alike; here only memory is asked for.
  peak check cs-check --cases "list$n.jsonl" --threads 2
  peak split cs-split --cases "list$n.jsonl" --train rest --test 2 --out "parts$n"
  peak preprocess cs-preprocess --cases "list$n.jsonl" --spacing 4 --out "ready$n" --threads 2
done
for program in phantom list check split preprocess; do
  mapfile -t kb <$program
  echo "cs-$program: ${kb[0]} kB for $few cases, ${kb[1]} kB for $many"
  [ $((10 * kb[1])) -lt $((12 * kb[0])) ] || fail "cs-$program has a fifth more for $many cases than for $few"
done
