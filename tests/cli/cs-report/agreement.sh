# shellcheck shell=bash
# Where cases say how far two predictions of them agree, page and Markdown compare that with their true Dice; cs-dice
# leaves it in the lists. Where none does, both are as they were.
source "$(dirname "$case_file")/setup.bash"
predict plain A 0 1 2 3 5 6
# More shift, less agreement; the case that is off by 5 does not know it. A class that neither stage found counts 0.
awk 'BEGIN { split("0.95 0.9 0.8 0.9 0.9 0.2", lv, " "); split("0.95 0.9 0.8 null 0.9 0.2", myo, " ") }
  { sub(/}$/, ",\"agreement\":{\"LV\":" lv[NR] ",\"MYO\":" myo[NR] "}," \
    "\"agreement_of\":\"stages\",\"review\":true}"); print }' \
  plain-A.jsonl >told-A.jsonl
score plain-A told-A
kept='"agreement":{"LV":0.[0-9]*,"MYO":[0-9nul.]*},"agreement_of":"stages","review":true'
equal "$(grep -c "$kept" told-A.scored.jsonl)" 6
report() { # NAME OPTIONS...
  cs-report --scores "mine:A=$1-A.scored.jsonl" --out "$1.html" --markdown "$1.md" --cases-per-method 0 --force "${@:2}"
}
report plain
says_not plain.html 'Does it know|"kind":"agreement"'
says_not plain.md 'Agreement'
report told
says told.html '<h2>Does it know when it failed\?</h2>'
says told.html '"kind":"agreement"'
says told.html 'the Dice of the segmentations by both stages'
sed '/Agreement and true Dice/,$d' told.md | sed '$d' >before.md
same_bytes before.md plain.md

# The table's counts are those of the list: Dice of a case is the mean of LV and MYO.
awk 'match($0, /"LV":{"dice":[0-9.]*/) { lv = substr($0, RSTART + 13, RLENGTH - 13) }
  match($0, /"MYO":{"dice":[0-9.]*/) { myo = substr($0, RSTART + 14, RLENGTH - 14) }
  match($0, /"agreement":{"LV":[0-9.]*,"MYO":[0-9nul.]*/) {
    split(substr($0, RSTART + 18, RLENGTH - 18), agrees, ",\"MYO\":")
    print (agrees[1] + agrees[2]) / 2, (lv + myo) / 2 }' \
  told-A.scored.jsonl >pairs
equal "$(wc -l <pairs)" 6 "pairs"
counts() { # REVIEW BAD: bad, caught, missed, in vain of good
  awk -v review="$1" -v bad="$2" '{ is_bad = $2 < bad; n += is_bad; caught += is_bad && $1 < review
    vain += !is_bad && $1 < review }
    END { print n " | " caught + 0 " | " n - caught " | " vain + 0 " of " NR - n }' pairs
}
says told.md "^\| mine \| 6 \| 0\.[0-9]* \\\\\[-?[0-9.]*, 1\.00\\\\\] \| $(counts 0.75 0.5) \|"
report told --review 0.85 --bad 0.7
says told.md "\| $(counts 0.85 0.7) \|"
says told.md 'caught \(agreement \\< 0.85\)'
[ "$(counts 0.85 0.7)" != "$(counts 0.75 0.5)" ] || fail "both limits count alike"

# The same each time, and without Dice it is said that there is nothing to compare with.
report told --threads 1
cp told.html first.html
report told
same_bytes first.html told.html
report told --metric hd95 2>stderr
says stderr 'dice is not among the metrics'
says_not told.html 'Does it know'

exits 2 cs-report --scores mine:A=plain-A.scored.jsonl --out refused.html --review 0.5
says stderr '^cs-report: error: --review: no scored case has an "agreement"'
# Where nothing would show it, a limit is not taken in silence.
for limit in review bad; do
  for only in csv sentence picture; do
    exits 2 cs-report --scores mine:A=told-A.scored.jsonl --$only refused.html --$limit 0.5
    one_line stderr
    says stderr "^cs-report: error: --$limit: .*--out or --markdown"
  done
  exits 2 cs-report --scores mine:A=told-A.scored.jsonl --metrics hd95 --out refused.html --$limit 0.5
  one_line stderr
  says stderr "^cs-report: error: --$limit: .*add dice"
done
for wrong in -0.1 1.5 nan high; do
  exits 2 cs-report --scores mine:A=told-A.scored.jsonl --out refused.html --review=$wrong
  one_line stderr
  says stderr '--review'
done
for wrong in '0.5' '{"LV":2}' '{"LV":"high"}' '{}'; do
  sed -E "s/\"agreement\":\{[^}]*\}/\"agreement\":$wrong/" told-A.scored.jsonl >wrong.jsonl
  exits 2 cs-report --scores mine:A=wrong.jsonl --out refused.html
  one_line stderr
  says stderr 'wrong.jsonl: A1 ED: .*agreement'
done
absent refused.html
