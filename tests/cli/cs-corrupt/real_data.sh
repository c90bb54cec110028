# shellcheck shell=bash
# Real hearts: the Sunnybrook test cases in the published layout, which the gate passes and the recipe verifies.
data=${COOPSEG_DATA_DIR:-/nonexistent}/scd
[ -d "$data" ] || skip "no Sunnybrook data (set COOPSEG_DATA_DIR)"
exits 0 cs-list coopseg "$data" --labels LV:1,MYO:2 --cases-out cases.jsonl
exits 0 cs-split --cases cases.jsonl --by split --out parts
exits 0 cs-corrupt all --cases parts/test.jsonl --out bad --repeats 3 --preview bad.png
equal "$(wc -l <bad/cases.jsonl)" 216
exits 0 cs-check --cases bad/cases.jsonl
equal "$(grep -c '"verdict":"ok"' stdout)" 216
exits 0 cs-corrupt --recipe bad/recipe.jsonl --verify
says stderr '216 of 216'
