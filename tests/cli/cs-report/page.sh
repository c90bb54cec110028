# shellcheck shell=bash
# The page holds everything that it shows, nothing of folders, no text of a file as markup, and is the same each time.
source "$(dirname "$case_file")/setup.bash"
make_results
make_run run
evil='</script><script>alert(1)</script><img src=x onerror=alert(2)>'
# A case's id holds no slash; all else it may.
sed -i 's#"id":"A5"#"id":"<script>alert(1)<!-- <img src=x onerror=alert(2)>"#' cooperative-A.scored.jsonl
grep -q onerror cooperative-A.scored.jsonl
entry "$evil" "$evil" standard-A "\"seed\":\"$evil\",\"run\":\"run\"" >>results.jsonl
cs-report --results results.jsonl --title "$evil" --out page.html --markdown page.md --csv page.csv 2>stderr
[ -s page.html ] || fail "no page"
says_not page.html '<img src=x'
says_not page.html '<script>alert'
says_not page.md '[^\\]<(script|img)'
says page.html '<h1>&lt;/script&gt;&lt;script&gt;alert\(1\)'
says page.html '&lt;img src=x onerror=alert\(2\)&gt;'
equal "$(grep -o '</script>' page.html | wc -l)" 5 "(script elements)"
equal "$(grep -oE '<script( type="application/json" id="(charts|viewers)")?>' page.html | wc -l)" 5 "(script elements)"
says_not page.html "$PWD"
says_not page.html '(src|href)="?(https?:)?//'
says page.html 'src="data:image/png;base64,'
says page.html "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-"
says_not page.html 'unsafe-eval'
for heading in 'Dice by test set' 'Training' 'Cases, from the best to the worst' 'How this came about'; do
  says page.html "<h2>$heading</h2>"
done
for case in best median worst; do says page.html "<h4>$case: Dice"; done
says page.html 'alt="image of '
says page.html 'role="img" aria-label="Box plots of Dice'
says page.html 'best.safetensors'
says_not page.html 'by severity'

# Wherever it stands and with any number of threads.
mkdir elsewhere
cp -r ./*.scored.jsonl results.jsonl run reference standard cooperative elsewhere
(cd elsewhere && cs-report --results "$PWD/results.jsonl" --title "$evil" --out again.html --threads 1) 2>stderr
same_bytes page.html elsewhere/again.html
no_leftovers .

# As many pictures as are asked for; severities make a chart.
make_severities
head -4 results.jsonl >plain.jsonl
cs-report --results plain.jsonl --cases-per-method 5 --out five.html
equal "$(grep -c '<article' five.html)" 10
cs-report --results plain.jsonl --metric hd95,dice --cases-per-method 1 --out distance.html
says distance.html '<h4>median: HD95 \(mm\) '
cs-report --results plain.jsonl --cases-per-method 0 --out none.html
says_not none.html '<article|data:image'
says none.html '<h2>Dice by severity</h2>'
says none.html 'Means of Dice, mean of classes by severity, motion'
