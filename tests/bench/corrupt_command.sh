#!/usr/bin/env bash
# corrupt_command.sh FOLDER_OF_PROGRAMS [CASES]: seconds of cs-corrupt for each volume of 10 x 192 x 192 that it makes,
# reading and writing included, by type and gzip level, over a list of synthetic hearts. CASES: another list.
set -euo pipefail
export PATH=$1:$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cases=${2:-$folder/hearts/cases.jsonl}
if [ $# -lt 2 ]; then
  cs-phantom --out "$folder/hearts" --subjects 8 --size 192 --slices 10 --frames ED --log-level error
fi
TIMEFORMAT='%R %U'
echo "type        level  ms a volume  of processor  kB a volume"
for type in bias ghosting motion spike all; do
  for level in 1 6 12; do
    rm -rf "$folder/bad"
    used=$({ time cs-corrupt "$type" --cases "$cases" --out "$folder/bad" --repeats 3 --compression "$level" \
      --log-level error; } 2>&1)
    made=$(wc -l <"$folder/bad/cases.jsonl")
    kilobytes=$(find "$folder/bad" -name '*.nii.gz' -printf '%s\n' | awk '{s += $1} END {print s / 1024}')
    awk -v type="$type" -v level="$level" -v n="$made" -v kb="$kilobytes" \
      '{printf "%-10s %6d %12.1f %13.1f %12.0f\n", type, level, $1 * 1000 / n, $2 * 1000 / n, kb / n}' <<<"$used"
  done
done
