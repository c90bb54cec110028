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

source "$(dirname "$case_file")/acdc_layout.bash"
acdc_folders ACDC/database 100 --size 24 --spacing 8 --slices 2 --slice-spacing 10

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

# Whole experiments, made small by variables that the commands leave open.
block 5 >experiment
equal "$(wc -l <experiment)" 2 "commands of a whole experiment"
ln -s "$COOPSEG_SOURCE_DIR"/{Makefile.pipelines,share} .
mnms_folders OpenDataset 2 --size 24 --spacing 8 --slices 2 --slice-spacing 10 >messages 2>&1
cat >small.json <<'END'
{"schema":"coopseg.splits/1","dataset":"acdc","about":"Five subjects.","id_width":3,"test":"5","unlabelled":"",
 "pool":"1-3","policies":{"tiny":{"about":"Two train.","train":["1-2","2-3","1-2"],"validate":["4","4","3"]}}}
END
(
  export BIN='' CROP=32 BATCH=4 PREPROCESS="--spacing keep" POLICY="tiny --policies small.json"
  run "$(cat experiment)"
)
says output '^the report: acdc-out/report.html'
equal "$(grep -c '^| cooperative |' output)" 2 "tables"
rm Makefile.pipelines share

# ACDC-C: the last command is for another machine with the same images.
block 6 | sed '/^cs-corrupt --recipe .* --cases /d' >corrupt
block 6 | grep '^cs-corrupt --recipe .* --cases ' >again
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
equal "$(wc -l <targets)" 6 "make commands"
sed -i '/ acdc$/d; / table$/d' targets  # which have been run
while read -r command; do
  (cd "$COOPSEG_SOURCE_DIR" && $command -n) >recipe || fail "$command"
  [ -s recipe ] || fail "$command does nothing"
done <targets
