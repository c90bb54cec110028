#!/usr/bin/env bash
# scd-cooperative.sh DATA OUT: does cooperative training make a network hold up? The Sunnybrook hearts, ten of them to
# learn from; the test subjects as they are and with the four artefacts, three times each. Settings as robustness.sh.
set -euo pipefail
data=$1 out=$2
mkdir -p "$out"
[ -s "$out/split/test.jsonl" ] || {
  cs-list coopseg "$data" --dataset scd --labels LV:1,MYO:2 --cases-out "$out/all.jsonl" --force
  cs-split --cases "$out/all.jsonl" --by split --out "$out/split" --force
}
for part in train10 val test; do
  cs-preprocess --cases "$out/split/$part.jsonl" --spacing keep --out "$out/$part" --skip-existing
done
cs-corrupt all --cases "$out/test/cases.jsonl" --out "$out/corrupted" --repeats 3 --crop 64 --skip-existing
sets=()
for kind in bias ghosting motion spike; do
  grep "\"artefact\":\"$kind\"" "$out/corrupted/cases.jsonl" >"$out/corrupted/$kind.jsonl"
  sets+=("Rand${kind^}=$out/corrupted/$kind.jsonl")
done
CROP=64 "$(dirname "$0")/robustness.sh" "$out" "$out/train10/cases.jsonl" "$out/val/cases.jsonl" \
  clean="$out/test/cases.jsonl" "${sets[@]}"
