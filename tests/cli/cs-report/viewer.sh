# shellcheck shell=bash
# Of the cases that the page shows, as many as asked for can be scrolled through, the best and the worst among them; the
# page says what they take, and without them it is as if there were no such thing.
source "$(dirname "$case_file")/setup.bash"
make_results
report() { cs-report --results results.jsonl --out "$1.html" --force "${@:2}"; }
viewers() { grep -o '<div class="about" data-viewer="[0-9]*"><h4>[a-z]*' "$1.html" | sed 's/.*>//' | tr '\n' ' '; }
scripts() { grep -o "'sha256-" "$1.html" | wc -l; }

# The best, the median and the worst of both methods, unless told otherwise.
report page
equal "$(viewers page)" 'best median worst best median worst '
equal "$(scripts page)" 3 "(scripts that the policy allows)"
says page.html 'With JavaScript, 6 of them can be scrolled through: .*0\.0[0-9] MB'
says page.html '<script type="application/json" id="viewers">\[\{'
says page.html '"planes":\[\{"plane":"","axis":2,"first":1,"step":1,"total":3,"shown":[0-2],"width_mm":48'
# The reference, the prediction and that of the other method, each with a path for each of three slices.
paths='"paths":\[\["[Mhvz0-9 -]+","[Mhvz0-9 -]+","[Mhvz0-9 -]+"\]\]'
lines=$(grep -oE "\{\"name\":\"[^\"]*\",\"colour\":\"#[0-9a-f]{6}\",\"on\":(true|false),$paths\}" page.html)
equal "$(wc -l <<<"$lines")" 18 "outlines"
equal "$(grep -c '"name":"reference",.*"on":true' <<<"$lines")" 6
equal "$(grep -c '"name":"prediction: LV.*"on":true' <<<"$lines")" 6
equal "$(grep -c '"name":"cooperative: LV.*"on":false' <<<"$lines")" 3
equal "$(grep -c '"name":"standard: LV.*"on":false' <<<"$lines")" 3

report two --viewer-cases 2
equal "$(viewers two)" 'best worst best worst '
report one --viewer-cases 1
equal "$(viewers one)" 'median median '
report all --cases-per-method 5 --viewer-cases 9
equal "$(viewers all | wc -w)" 10

# None: neither data nor script nor style.
report none --viewer-cases 0
report bare --cases-per-method 0
for page in none bare; do
  equal "$(scripts $page)" 2 "(scripts that the policy allows)"
  says_not $page.html 'viewer|scroll(ed|s) through'
done
equal "$(grep -c '<article' none.html)" 6 "pictures"

# The same with any number of threads.
cs-report --results results.jsonl --out again.html --threads 4
same_bytes page.html again.html

# A prediction of another method that is gone since it was scored is said; the case is there without it.
rm cooperative/A1.nii.gz
exits 1 report gone
says stderr 'warning: A1 ED of cooperative cannot be shown: .*cooperative/A1.nii.gz'
says gone.html 'The prediction by cooperative could not be read'

exits 2 report refused --viewer-cases -1
one_line stderr
says stderr 'viewer-cases'
absent refused.html
