# shellcheck shell=bash
# Methods by the number of labelled cases: columns in their order, tests at equal numbers, curves in the page; paired by
# subject, which is said.
source "$(dirname "$case_file")/setup.bash"
predict few A 3 4 5 6
predict more A 1 2 3 4
predict most A 0 1 1 2
# Both sides of two persons.
sed -Ei 's/"id":"A[12]"/&,"subject":"p1"/; s/"id":"A[34]"/&,"subject":"p2"/' {few,more,most}-A.jsonl
score few-A more-A most-A
{
  entry supervised A more-A '"labelled":10,"seed":0'
  entry supervised A few-A '"labelled":5,"seed":0'
  entry mt A more-A '"labelled":5,"seed":0'
  entry mt A most-A '"labelled":5,"seed":1'
  entry mt A most-A '"labelled":10,"seed":0'
} >results.jsonl
exits 0 cs-report --results results.jsonl --out page.html --markdown table.md --csv table.csv --sentence sentence.txt \
  --picture cases.png
says table.md '^\| method \| A, 5 labelled \| A, 10 labelled \(n = 4\) \|$'
says table.md 'worse than supervised with as many labelled cases on the same cases'
says table.md 'paired by subject: 2 subjects \(too few for p < 0\.05\), 4 cases, 1 to 2 trainings each'
equal "$(head -1 table.csv | cut -d, -f 6-9)" set,labelled,seed,fold
equal "$(grep -c '^cell,dice,,mt,,A,5,,,2,.*,2,0\.[0-9]*,0\.5$' table.csv)" 1 "tests of two subjects"
equal "$(wc -l <sentence.txt)" 2 "sentences"
says sentence.txt '^Over all test sets \(A\), 10 labelled: mt '
says sentence.txt ', p = 0\.5; paired by subject: 2 subjects \(too few for p < 0\.05\), 4 cases, 1 to 2 trainings each\)'
says sentence.txt ', p = 0\.5; paired by subject: 2 subjects \(too few for p < 0\.05\), 4 cases, 1 training each\)'
says page.html '<th scope="col">A, 10 labelled<small>n = 4</small></th>'
says page.html '<h2>Dice by number of labelled cases</h2>'
says page.html 'by number of labelled cases, A\. supervised: 0\.[0-9]* with 5 0\.[0-9]* with 10; mt: 0'
says page.html 'paired by subject: 2 subjects \(too few for p &lt; 0\.05\)'
says page.html '"kind":"learning"'
says page.html 'A, 5 labelled, seed 1'

# The numbers in a row: 5 stands before 10, and the means of a method's trainings are those of its lists.
awk -F, '$3 == "" && $4 == "mt" && $7 == 5 { sum[$1] += $14; count[$1] += 1 }
  END { d = sum["list"] / count["list"] - sum["cell"]; exit !(d * d < 1e-24 && count["list"] == 2) }' table.csv ||
  fail "$(cat table.csv)"

# One number for all is none: there is nothing to tell apart.
grep '"labelled":5' results.jsonl >one.jsonl
sed 's/"labelled":5,//' one.jsonl >none.jsonl
for name in one none; do
  cs-report --results $name.jsonl --out $name.html --markdown $name.md --csv $name.csv --sentence $name.txt \
    --picture $name.png
done
for kind in html md csv txt png; do same_bytes one.$kind none.$kind; done
says_not one.html 'by number of labelled cases'

# A list without a number has its own column, and no place on the curve; a second one of a number is refused.
entry mt A most-A >>results.jsonl
exits 0 cs-report --results results.jsonl --markdown table.md --force
says table.md '^\| method \| A, 5 labelled \| A, 10 labelled \(n = 4\) \| A \(n = 4\) \|$'
says table.md '^\| supervised \| .* \| – \|$'
entry mt A few-A '"labelled":10,"seed":0' >>results.jsonl
exits 2 cs-report --results results.jsonl --out refused.html
says stderr 'results.jsonl: line 7: is mt, 10 labelled, seed 0, A, as results.jsonl: line 5 is'
for wrong in -1 2.5 '"5"' 1e30; do
  entry mt A few-A "\"labelled\":$wrong" >wrong.jsonl
  exits 2 cs-report --results wrong.jsonl --out refused.html
  one_line stderr
  says stderr 'wrong.jsonl: line 1: "labelled" is .*expected a whole number'
done
absent refused.html
