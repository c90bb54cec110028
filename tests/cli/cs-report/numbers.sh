# shellcheck shell=bash
# The numbers of the table are those of cs-dice --summary, to the last digit; p is that of cs-dice --compare, also where
# subjects have several cases.
source "$(dirname "$case_file")/setup.bash"
make_results
# record method set class metric mean sd median n, by cs-dice
for method in standard cooperative; do
  for set in A B; do
    cs-dice --cases $method-$set.jsonl --metrics dice,hd95 --summary --json |
      sed -n "s/.*\"record\":\"summary\".*\"class\":\"\([A-Z]*\)\".*\"metrics\":/$method $set \1 /p"
  done
done >summaries
while read -r method set class of_metrics; do
  for metric in dice hd95; do
    number='([^,}]*)'
    sed -E "s/.*\"$metric\":\{\"n_scored\":$number,\"mean\":$number,\"sd\":$number,\"median\":$number.*/\
$metric $class $method $set \1 \2 \3 \4/" <<<"$of_metrics" | sed '/^$/d'
  done
done <summaries | sort >expected
equal "$(wc -l <expected)" 16 "numbers"
cs-report --results results.jsonl --metric dice,hd95 --csv table.csv --markdown table.md --out page.html
awk -F, '$1 == "list" && $3 != "" {print $2, $3, $4, $6, $11, $13, $14, $16}' table.csv | sort >found
same_bytes expected found

# The mean of classes is the mean of the two; page and Markdown show it with cs-dice's digits.
mean=$(awk '$1 == "dice" && $3 == "cooperative" && $4 == "A" {sum += $6} END {printf "%.4f", sum / 2}' expected)
says table.md "^\| cooperative \| [^|]* \| \*\*$mean\*\* \(0\."
says page.html "<th scope=\"row\">cooperative</th><td .*</td><td><b>$mean</b> <span class=\"sd\">\(0\."
says_not table.md '^\| standard \| \*\*'
cs-dice --cases cooperative-A.jsonl --metrics dice --summary >table
read -r lv sd < <(awk '$2 == "LV" {print $4, $5}' table)
says page.html "<th scope=\"row\">cooperative</th><td .*</td><td><b>$lv</b> <span class=\"sd\">\($sd\)</span>"

cs-dice --cases cooperative-A.jsonl --compare standard-A.jsonl --metrics dice --json >comparison
p=$(sed -n 's/.*"class":"LV".*"p_two_sided":\([0-9.e-]*\).*/\1/p' comparison)
equal "$(awk -F, '$1 == "cell" && $2 == "dice" && $3 == "LV" && $4 == "cooperative" && $6 == "A" {print $20}' \
  table.csv)" "$p"

# Two cases of a subject.
for method in standard cooperative; do
  sed -E 's/"id":"A[12]"/&,"subject":"p1"/; s/"id":"A[34]"/&,"subject":"p2"/' $method-A.jsonl >$method-sides.jsonl
  score $method-sides
done
cs-dice --cases cooperative-sides.jsonl --compare standard-sides.jsonl --metrics dice --json >comparison
said='.*"class":"LV".*"n_subjects":\([0-9]*\).*"p_two_sided":\([0-9.e-]*\).*'
cs-report --scores standard:A=standard-sides.scored.jsonl --scores cooperative:A=cooperative-sides.scored.jsonl \
  --csv - >sides.csv
equal "$(awk -F, '$1 == "cell" && $3 == "LV" && $4 == "cooperative" {print $18, $20}' sides.csv)" \
  "$(sed -n "s/$said/\1 \2/p" comparison)" "subjects and p"
equal "$(awk -F, '$1 == "cell" && $3 == "LV" && $4 == "cooperative" {print $18}' sides.csv)" 4

# Trainings and stages: means of means.
predict a A 1 2 3
predict b A 2 3 4
score a-A b-A
{
  entry standard A a-A '"stage":"ftn","seed":0'
  entry standard A b-A '"stage":"ftn","seed":1'
  entry standard A b-A '"stage":"stn","seed":0'
} >trainings.jsonl
cs-report --results trainings.jsonl --csv - --markdown trainings.md >trainings.csv
awk -F, '$3 == "" && $5 == "ftn" { mean[$1 $7] = $13; over[$1] = $15 }
  END { d = mean["cell"] - (mean["list0"] + mean["list1"]) / 2
        exit !(d * d < 1e-24 && mean["list0"] != mean["list1"] && mean["average"] == mean["cell"] &&
               over["cell"] == "trainings" && over["list"] == "cases") }' trainings.csv || fail "$(cat trainings.csv)"
says trainings.md '^\| method \| A \(n = 2 × 3\) \| A FTN\+STN \(n = 3\) \|$'

# From standard input, and in the short form.
cs-report --results - --csv - <results.jsonl >again.csv
cs-report --scores standard:A=standard-A.scored.jsonl --scores standard:B=standard-B.scored.jsonl \
  --scores cooperative:A=cooperative-A.scored.jsonl --scores cooperative:B=cooperative-B.scored.jsonl --csv short.csv
same_bytes again.csv short.csv
grep -v ',hd95,' table.csv >dice.csv
same_bytes again.csv dice.csv
