# shellcheck shell=bash
# What is wrong is said in one line, with exit status 2, and nothing is written.
source "$(dirname "$case_file")/setup.bash"
make_results
make_run run
refused() { # REGEX OPTIONS...
  exits 2 cs-report "${@:2}" --log-level error
  one_line stderr
  says stderr "$1"
  absent page.html
  absent page.csv
}
# results LINE...: a results file of these lines
results() { printf '%s\n' "$@" >bad.jsonl; }
one=(--scores standard:A=standard-A.scored.jsonl)
refused '^cs-report: error: --results: is missing' --out page.html
refused '--out: is missing' "${one[@]}"
refused 'none.jsonl' --results none.jsonl --out page.html
refused 'none.jsonl.*--scores a:A=none.jsonl names it' --scores a:A=none.jsonl --out page.html
refused 'METHOD:SET=FILE' --scores standard-A.scored.jsonl --out page.html
refused 'is standard, A, as' "${one[@]}" "${one[@]}" --out page.html --csv page.csv
refused 'no case has "metrics"' --scores a:A=standard-A.jsonl --out page.html
refused 'has no nsd.*cs-dice --metrics nsd' "${one[@]}" --metric nsd --out page.html
refused 'dyce' "${one[@]}" --metric dyce --out page.html
refused 'other text' "${one[@]}" --markdown - --csv -
refused 'other text' "${one[@]}" --sentence - --csv -
refused 'picture is not written to standard output' "${one[@]}" --picture -
refused 'standard output' "${one[@]}" --out -
refused 'cases-per-method' "${one[@]}" --out page.html --cases-per-method -1

results '{"method":"a","set":"A","scores":"standard-A.scored.jsonl"}' '{"method":"a","set":'
refused 'bad.jsonl: line 2: not valid JSON' --results bad.jsonl --out page.html
results '{"method":"a","scores":"standard-A.scored.jsonl"}'
refused 'bad.jsonl: line 1: has no "set"' --results bad.jsonl --out page.html
results ''
refused 'names no list' --results bad.jsonl --out page.html
results "$(entry a A standard-A '"seed":1,"fold":0')" "$(entry a A standard-B '"seed":1,"fold":0')"
refused 'bad.jsonl: line 2: is a, seed 1, fold 0, A, as bad.jsonl: line 1 is' --results bad.jsonl --out page.html
head -c -20 standard-A.scored.jsonl >cut.scored.jsonl
results "$(entry a A cut)"
refused 'cut.scored.jsonl: line 6: not valid JSON' --results bad.jsonl --out page.html
cs-dice --cases standard-A.jsonl --metrics dice --per-slice --cases-out slices.scored.jsonl >/dev/null
refused 'slices' --scores a:A=slices.scored.jsonl --out page.html
cs-dice --cases standard-A.jsonl --metrics dice --as medpy --cases-out medpy.scored.jsonl >/dev/null
refused 'is scored as medpy, others as coopseg' "${one[@]}" --scores a:A=medpy.scored.jsonl --out page.html
results "$(entry a A standard-A '"run":"standard"')"
refused 'standard: holds neither config.json nor log.jsonl' --results bad.jsonl --out page.html
sed -i 2d run/log.jsonl && echo 'no json' >>run/log.jsonl
results "$(entry a A standard-A '"run":"run"')"
refused 'run/log.jsonl: line 4' --results bad.jsonl --out page.html

# Nothing is replaced unasked, and of several outputs none is written if one cannot be.
echo mine >page.html
exits 2 cs-report "${one[@]}" --out page.html --csv page.csv
says stderr 'page.html'
equal "$(cat page.html)" mine
absent page.csv
exits 0 cs-report "${one[@]}" --out page.html --csv page.csv --force
says page.html '^<!DOCTYPE html>'
exits 2 cs-report "${one[@]}" --out same --csv same
cp results.jsonl kept.jsonl
exits 2 cs-report --results results.jsonl --csv results.jsonl --force
same_bytes results.jsonl kept.jsonl
exits 2 cs-report "${one[@]}" --csv standard-A.scored.jsonl --force
says stderr 'is the input'
no_leftovers .
if [ -w /dev/full ]; then
  status=0; cs-report "${one[@]}" --csv - >/dev/full 2>stderr || status=$?
  equal "$status" 1
  says stderr 'No space left'
fi
