# shellcheck shell=bash
# Counts beyond the list, also absurd ones, end with status 2.
cs-phantom --out h --subjects 3 --sites 1 --size 24 --spacing 8 --slices 2 --frames ED --log-level error
for n in 4 18446744073709551615 99999999999999999999999 -1; do
  exits 2 cs-split --cases h/cases.jsonl --train "$n" --val 2
done
exits 2 cs-split --cases h/cases.jsonl --train 1 --val 1 --seed -1
# Two names of one option.
exits 2 cs-split --cases h/cases.jsonl --val 1 --validate 1 --train 1
says stderr 'error: --validate and --val: are one option, given 2 times; give it once'
exits 2 cs-split --cases h/cases.jsonl --train 1 --train 1
says stderr 'error: --train: is given 2 times; give it once'
