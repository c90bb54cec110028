# shellcheck shell=bash
# Real hearts: the Sunnybrook excerpt, where it is at hand, passes the gate and is divided by its own description.
data=${COOPSEG_DATA_DIR:-/nonexistent}/scd
[ -d "$data" ] || skip "no Sunnybrook data (set COOPSEG_DATA_DIR)"
exits 0 cs-list coopseg "$data" --labels LV:1,MYO:2 --cases-out cases.jsonl
exits 0 cs-check --cases cases.jsonl --strict
equal "$(grep -c '"verdict":"ok"' stdout)" "$(wc -l <cases.jsonl)"
exits 0 cs-split --cases cases.jsonl --by split --out parts
equal "$(cat parts/*.jsonl | wc -l)" "$(wc -l <cases.jsonl)"
exits 0 cs-check --cases parts/val.jsonl --against parts/test.jsonl --against parts/train10.jsonl
