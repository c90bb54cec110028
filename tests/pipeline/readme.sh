# shellcheck shell=bash disable=SC2016
# Every command of the README works as it stands, from made-up ACDC folders to the table. One thing only is changed: a
# training ends after an iteration, and of the test subjects four make the corrupted sets.
readme=$COOPSEG_SOURCE_DIR/README.md
# block N: the N-th passage of commands.
block() { awk -v wanted="$1" '/^```$/ {inside = !inside; number += inside; next} inside && number == wanted' "$readme"; }
# What follows the commands as a part of the text: that of SLURM.
slurm=$(sed -n 's/.*`\(sbatch [^`]*\)`.*/\1/p' "$readme")
join=$(sed -n 's/.*`sbatch [^`]*`; then `\([^`]*\)`.*/\1/p' "$readme")

mkdir tools
cat >tools/cs-train-coop <<END
#!/bin/sh
exec "$(command -v cs-train-coop)" "\$@" --max-iterations 1
END
# A cluster of one computer.
cat >tools/sbatch <<'END'
#!/bin/bash
set -euo pipefail
[[ "$1 $3" =~ ^--array=([0-9]+)-([0-9]+)\ (.*)$ ]]
export SLURM_ARRAY_TASK_MIN=${BASH_REMATCH[1]} SLURM_ARRAY_TASK_COUNT=$((BASH_REMATCH[2] - BASH_REMATCH[1] + 1))
for id in $(seq "$SLURM_ARRAY_TASK_MIN" "${BASH_REMATCH[2]}"); do SLURM_ARRAY_TASK_ID=$id bash -c "$3"; done
END
chmod +x tools/*

cs-phantom --out made --prefix patient --subjects 100 --sites 1 --size 24 --spacing 8 --slices 2 --slice-spacing 10
for folder in made/patient*; do
  id=${folder#made/}
  to=ACDC/database/training/$id
  mkdir -p "$to"
  printf 'ED: 1\nES: 12\nGroup: DCM\nHeight: 180.0\nNbFrame: 30\nWeight: 80.0\n' >"$to/Info.cfg"
  for frame in ED:01 ES:12; do
    mv "$folder/${frame%:*}_img.nii.gz" "$to/${id}_frame${frame#*:}.nii.gz"
    mv "$folder/${frame%:*}_seg.nii.gz" "$to/${id}_frame${frame#*:}_gt.nii.gz"
  done
done

run() { PATH=$PWD/tools:$PATH bash -euo pipefail -c "$1" >output 2>messages || { cat messages; fail "$1"; }; }
block 2 >walk
equal "$(wc -l <walk)" 7 "commands from folders to a table"
while read -r command; do run "$command"; done <walk
equal "$(wc -l <checked.jsonl)" 200
says output '^acdc +LV +dice .* 40/40 '
cp output table

block 3 >report
equal "$(wc -l <report)" 2 "to a page"
run "$(cat report)"
says report.html '<th scope="row">cooperative</th>'
says output '^\| cooperative \|'

block 4 >piped
equal "$(wc -l <piped)" 1 "pipes"
mv predicted predicted_before
cp fold0/test.jsonl test_of_fold.jsonl
sed 's|"\.\./|"|g' fold0/test.jsonl >test.jsonl
run "$(cat piped)"
same_bytes output table

# ACDC-C: the last command is for another machine with the same images.
block 5 | sed '/^cs-corrupt --recipe .* --cases /d' >corrupt
block 5 | grep '^cs-corrupt --recipe .* --cases ' >again
head -4 test_of_fold.jsonl >fold0/test.jsonl
run "$(cat corrupt)"
equal "$(grep -c ' LV  *dice ' output)" 4 "tables of artefacts"
equal "$(wc -l <acdc-c/cases.jsonl)" $((4 * 4 * 3)) "corrupted images"
mkdir there
cp acdc-c/recipe.jsonl there
sed 's|"\.\./|"../|g' fold0/test.jsonl >there/test.jsonl
(cd there && run "$(cat ../again)")
diff -r -x '*.json*' acdc-c there/acdc-c || fail "the recipe gives other images"

cp acdc.jsonl all.jsonl
run "$slurm"
run "$join"
diff -r -x 'cases*' pre preprocessed || fail "the array and one run differ"
same_bytes pre/cases.jsonl preprocessed/cases.jsonl

# What builds it all is what runs this test; here only that make knows how.
grep -o 'make -f Makefile.pipelines [a-z]*' "$readme" | sort -u >targets
equal "$(wc -l <targets)" 3 "make commands"
while read -r command; do
  (cd "$COOPSEG_SOURCE_DIR" && $command -n) >recipe || fail "$command"
  [ -s recipe ] || fail "$command does nothing"
done <targets
