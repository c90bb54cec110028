# shellcheck shell=bash
# Validation lists are read like training lists: by name, else by value; a list without names beside one with names is
# refused.
cs-phantom --out raw --subjects 2 --sites 1 --size 32 --spacing 8 --slices 3 --frames ED --log-level error
cs-preprocess --cases raw/cases.jsonl --spacing keep --remap 1:85,2:170,3:200 --out pre --log-level error
sed 's/"labels":{[^}]*}/"x":0/' pre/cases.jsonl >pre/unnamed.jsonl
head -1 pre/unnamed.jsonl >pre/train.jsonl
tail -1 pre/unnamed.jsonl >pre/validate.jsonl
options=(--crop 32 --epochs 1 --batch-size 2 --log-level error)
exits 0 cs-train-ftn --cases pre/train.jsonl --validate pre/validate.jsonl --out run "${options[@]}"
head -1 pre/cases.jsonl >pre/named.jsonl
exits 1 cs-train-ftn --cases pre/named.jsonl --validate pre/validate.jsonl --out other "${options[@]}"
says stderr 'does not name its labels'
# Raw intensities are no secret.
head -1 raw/cases.jsonl >raw/train.jsonl
cs-train-ftn --cases raw/train.jsonl --out raw_run --crop 32 --epochs 1 --batch-size 2 --log-level warning 2>stderr
says stderr 'outside 0 ... 1'
