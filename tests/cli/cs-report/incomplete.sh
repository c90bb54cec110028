# shellcheck shell=bash
# Cases that are missing, not scored, without label or without a picture are counted and said, and so are other cases
# under other methods; the rest is reported.
source "$(dirname "$case_file")/setup.bash"
make_results
sed -i '1s/"prediction":"[^"]*",//; 2s/"prediction":"[^"]*"/"prediction":"none.nii.gz"/' cooperative-B.jsonl
sed -i '3s/"label":"[^"]*",//; 4s/"dataset"/"seen_in_training":true,&/' cooperative-B.jsonl
cs-dice --cases cooperative-B.jsonl --metrics dice,hd95 --cases-out cooperative-B.scored.jsonl --force \
  >table 2>stderr || true
exits 0 cs-report --results results.jsonl --out page.html --csv table.csv
for output in page.html stderr; do
  says $output '1 of 22 cases have no prediction'
  says $output '1 of 22 cases have a prediction but no scores'
  says $output '1 of 22 cases have no label'
  says $output '1 of 22 cases were seen in training'
  says $output 'hold other cases than that of standard, B'
done
says page.html 'n = 2/4'
says table.csv '^cell,dice,LV,cooperative,,B,,,1,4,2,0,0\.'
says table.csv '^cell,dice,LV,cooperative,,B,.*,2,[0-9.]*,0\.5$'

# A number that does not exist is not made up.
make_nifti nothing.nii.gz 24 24 3 2 2 8
sed -i 's#"prediction":"[^"]*"#"prediction":"nothing.nii.gz"#' cooperative-A.jsonl
cs-dice --cases cooperative-A.jsonl --metrics dice,hd95 --cases-out cooperative-A.scored.jsonl --force >table
exits 0 cs-report --results results.jsonl --metric hd95 --csv distances.csv --markdown -
says stderr 'hd95: 12 of [0-9]* values \(case and class\) are undefined and in no mean \(12 prediction-empty\)'
says stdout '^\| cooperative \| - \| -, n = 0/6 \|'
says distances.csv '^cell,hd95,,cooperative,,A,,,1,6,0,6,,,,,0,,,$'

# A method that has not been through all sets has no average.
head -3 results.jsonl >three.jsonl
exits 0 cs-report --results three.jsonl --markdown -
says stderr 'cooperative: 1 of 2 sets are there; it is in no average'
says stdout '^\| cooperative \| – \| .* \| – \|$'

# The images may be elsewhere: the page says so, everything else is there.
rm -r reference
exits 1 cs-report --results results.jsonl --out scores.html
says stderr 'warning: .* cannot be shown: .*reference'
says scores.html 'Its files could not be read'
says_not scores.html 'data:image'
exits 0 cs-report --results results.jsonl --out bare.html --cases-per-method 0

# A training that goes on, and one whose log is gone.
make_run run
printf '{"type":"epo' >>run/log.jsonl
entry standard A standard-A '"run":"run"' >one.jsonl
exits 0 cs-report --results one.jsonl --out curve.html --cases-per-method 0
says curve.html 'Training loss, loss\. standard: from 0\.8 to 0\.5 in 12 iterations'
rm run/log.jsonl
exits 0 cs-report --results one.jsonl --out no_curve.html --cases-per-method 0
says stderr 'log.jsonl is missing'
says_not no_curve.html 'Training loss'
