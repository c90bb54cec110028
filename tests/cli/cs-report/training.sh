# shellcheck shell=bash
# The log of a training with unlabelled images gives its terms, rates and Dice of each class; thousands of epochs make
# no larger page than a few hundred; other trainings have the page that they had.
source "$(dirname "$case_file")/setup.bash"
predict standard A 1 2
score standard-A
report() { # RUN
  entry standard A standard-A "\"run\":\"$1\"" >"results-$1.jsonl"
  cs-report --results "results-$1.jsonl" --cases-per-method 0 --out "$1.html"
}
make_run plain
report plain
says_not plain.html 'part by part|Learning rate|watched|Both stages'
# A log of both stages has their curves beside what it had.
make_run stages
of_stage='{"dice":\1}'
of_both="\"stage\":\"stn\",\"stages\":{\"ftn\":$of_stage,\"stn\":$of_stage},\"stn_of_labels\":$of_stage"
sed -i -E "s/\"dice\":(\{[^}]*\})/&,$of_both/" stages/log.jsonl
report stages
says stages.html '<h2>Both stages over training</h2>'
says stages.html '"methods":\["FTN","FTN\+STN","true labels through the STN"\]'
says stages.html '<figcaption>standard, MYO</figcaption>'
says stages.html '<figcaption>Validation Dice, FTN\+STN</figcaption>'
says stages.html 'chooses its best model, here FTN\+STN\.'
says plain.html '<figcaption>Validation Dice</figcaption>'
says_not plain.html 'chooses its best model'

# training NAME EPOCHS: epochs of one batch, a validation after every tenth.
training() {
  make_run "$1"
  awk -v n="$2" 'BEGIN {
    scores = "{\"mean_dice\":0.5,\"dice\":{\"LV\":0.5},\"cases\":[]}"
    for (i = 1; i <= n; i++) {
      at = "\"epoch\":" i ",\"iteration\":" i
      print "{\"type\":\"epoch\"," at ",\"losses\":{\"total\":" 2 / i ",\"dice\":" 1 / i "," \
        "\"consistency\":" 1 / i "}," \
        "\"validation\":null,\"best\":false,\"lr\":{\"segmenters\":0.01,\"critic\":1e-4},\"ramp\":" i / n "}"
      if (i % 10 == 0)
        print "{\"type\":\"validation\"," at ",\"validation\":" scores ",\"watch\":" scores ",\"best\":true}"
    } }' >"$1/log.jsonl"
  report "$1"
}
training few 200
training many 4000
for title in 'Loss: dice' 'Loss: consistency' 'Ramp of' 'Learning rate: segmenters' 'Learning rate: critic' \
  'Validation Dice: LV' 'Dice of watched cases' 'Dice of watched cases: LV'; do
  says many.html "<figcaption>$title"
done
says many.html 'mean of neighbouring'
says many.html '"series":\[\{"method":"standard","run":"","x":\[40,80,120,160,'
more=$(($(stat -c %s many.html) - $(stat -c %s few.html)))
[ "$more" -lt 10000 ] || fail "$more bytes more for 4000 epochs than for 200"
