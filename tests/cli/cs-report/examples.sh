# shellcheck shell=bash
# Every example of the help page works as it stands, and so does that of the manual.
source "$(dirname "$case_file")/setup.bash"
make_results
cp standard-A.scored.jsonl old.jsonl
cp cooperative-A.scored.jsonl new.jsonl
cs-report --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 4
while read -r example; do
  bash -euo pipefail -c "$example" >>output 2>messages || fail "$example: $(cat messages)"
done <examples
says report.html '<th scope="col">A<small>'
says two.html '<th scope="row">new</th>'
says output '^\| standard \| 0\.'
says output '^Over all test sets \(A, B\): cooperative has a mean Dice of 0\.'
equal "$(head -c 4 cases.png | tail -c 3)" PNG
says table.csv '^cell,hd95,,cooperative,,B,'

rm report.html
cp standard-A.jsonl theirs.jsonl
sed -n '/^\.nf/,/^\.fi/p' "$COOPSEG_SOURCE_DIR/man/cs-report.roff" |
  sed -n '/^cs/s/\\-/-/gp' | sed 's/acdc/coopseg/' >manual
equal "$(wc -l <manual)" 2
bash -euo pipefail manual >output
says report.html '<th scope="row">theirs</th>'
