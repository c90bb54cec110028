# shellcheck shell=bash
# Every command of the README and of docs/ works as it stands, on made-up ACDC and M&Ms folders: the README's first, and
# those of each page after them. Trainings end after an iteration, and what is small there is small by the variables and
# options that the commands leave open. tests/house/docs.sh looks at the commands that cannot be run here.
source "$COOPSEG_SOURCE_DIR/tests/support/pages.bash"
source "$(dirname "$case_file")/acdc_layout.bash"

mkdir tools
for program in cs-train-coop cs-train-ftn; do
  cat >tools/$program <<END
#!/bin/bash
[[ " \$* " == *" --crop "* ]] || set -- "\$@" --crop 32 --batch-size 4
exec "$(command -v $program)" "\$@" --max-iterations 1
END
done
printf '#!/bin/bash\nexec "%s" "$@" --max-iterations 1\n' "$(command -v cs-pretrain)" >tools/cs-pretrain
# Trainings on volumes say how long they are.
cat >tools/cs-train-semi <<END
#!/bin/bash
[[ " \$* " == *" --max-iterations 240 "* ]] || exit 9
exec "$(command -v cs-train-semi)" "\${@//240/1}"
END
# A cluster of one computer.
cat >tools/sbatch <<'END'
#!/bin/bash
set -euo pipefail
[[ "$*" =~ ^--wait\ --array=([0-9]+)-([0-9]+)\ --wrap\ (.*)$ ]]
export SLURM_ARRAY_TASK_MIN=${BASH_REMATCH[1]} SLURM_ARRAY_TASK_COUNT=$((BASH_REMATCH[2] - BASH_REMATCH[1] + 1))
export SLURM_ARRAY_TASK_MAX=${BASH_REMATCH[2]} SLURM_ARRAY_TASK_STEP=1
last=${BASH_REMATCH[2]} command=${BASH_REMATCH[3]}
for id in $(seq "$SLURM_ARRAY_TASK_MIN" "$last"); do SLURM_ARRAY_TASK_ID=$id bash -c "$command"; done
END
chmod +x tools/*

# run_page PAGE: its passages one after another, in the current folder; their output is in the file output.
run_page() {
  local passages=$place/passages/$1 file
  passages "$COOPSEG_SOURCE_DIR/$1" "$passages"
  for file in "$passages"/*.sh; do
    [ -e "$file" ] || continue
    PATH=$place/tools:$PATH bash -euo pipefail "$file" >>output 2>messages ||
      { cat output messages; fail "$1: $(cat "$file")"; }
  done
}
place=$PWD

# --- the README: from folders to a table ------------------------------------------------------------------------------
mkdir start
cd start || exit
acdc_folders ACDC/database 100 --size 24 --spacing 8 --slices 2 --slice-spacing 10
run_page README.md
equal "$(cat "$place"/passages/README.md/*.sh | wc -l)" 7 "commands from folders to a table"
equal "$(wc -l <checked.jsonl)" 200
says output '^acdc +LV +dice .* 40/40 '
rm output

# --- the pages: each goes on where the README ends, with two of the test subjects -------------------------------------
for list in fold0/test.jsonl predicted/cases.jsonl; do sed -i '5,$d' $list; done
# Of the others those that it trained with, and the first ten; each page has a copy of all that is left.
keep=$(cat fold0/*.jsonl | grep -oE 'patient[0-9]{3}' | sort -u)
for subject in ACDC/database/training/patient*; do
  id=${subject##*/}
  [[ $id == patient00? || $keep == *"$id"* ]] || echo "$id"
done >left
xargs -I '{}' rm -r 'ACDC/database/training/{}' 'preprocessed/{}' <left
for list in acdc.jsonl preprocessed/cases.jsonl; do grep -vFf left $list >shorter && mv shorter $list; done
ln -s "$COOPSEG_SOURCE_DIR"/{Makefile.pipelines,share,examples} .
cp ACDC/database/training/patient007/patient007_frame01.nii.gz image.nii.gz
cp ACDC/database/training/patient007/patient007_frame01_gt.nii.gz reference.nii.gz

# before_PAGE makes what the page takes for granted, after_PAGE looks at what has come of it.
before_clusters() {
  # Five subjects are enough for a division that is as small.
  rm -r ACDC/database/training/patient{00[6-9],0[1-9]?,100}
  sed -i '11,$d' acdc.jsonl
  mnms_folders OpenDataset 2 --size 24 --spacing 8 --slices 2 --slice-spacing 10
  cat >small.json <<'END'
{"schema":"coopseg.splits/1","dataset":"acdc","about":"Five subjects.","id_width":3,"test":"5","unlabelled":"",
 "pool":"1-3","policies":{"tiny":{"about":"Two train.","train":["1-2"],"validate":["4"]}}}
END
  export METHODS=cooperative BIN='' CROP=32 BATCH=4 PREPROCESS="--spacing keep" POLICY="tiny --policies small.json"
}
after_clusters() {
  says output '^the report: acdc-out/report.html'
  says output '^the corrupted test sets: sets-only/'
  says output '^ +SLURM=1 '
  equal "$(grep -cE '^\| cooperative \| \**[0-9]' output)" 2 "tables"
  sed -i '11,$d' preprocessed/cases.jsonl
  same_bytes pre/cases.jsonl preprocessed/cases.jsonl
  for subject in pre/patient*; do
    diff -r "$subject" "preprocessed/${subject#pre/}" || fail "the array and one run differ"
  done
}
before_data() {
  local frame id
  mkdir -p mine/images mine/labels
  for id in 001 002 003 004 005; do
    for frame in 01 12; do
      cp ACDC/database/training/patient$id/patient${id}_frame$frame.nii.gz mine/images/p${id}_$frame.nii.gz
      cp ACDC/database/training/patient$id/patient${id}_frame${frame}_gt.nii.gz mine/labels/p${id}_$frame.nii.gz
    done
  done
  mnms_folders OpenDataset 2 --size 24 --spacing 8 --slices 2 --slice-spacing 10
}
after_data() {
  equal "$(wc -l <mnms.jsonl)" 4
  equal "$(cat parts/train.jsonl parts/validate.jsonl parts/test.jsonl | wc -l)" 10
  equal "$(grep -c '"verdict":"error"' mine-checked.jsonl || true)" 0
}
after_training() {
  says output '^time in all '
  says output '^\| cooperative \|'
  says output '^LV +hd95 '
  says report.html '<th scope="row">cooperative</th>'
}
after_acdc_c() {
  equal "$(grep -c ' LV  *dice ' output)" 4 "tables of artefacts"
  equal "$(wc -l <acdc-c/cases.jsonl)" $((4 * 4 * 3)) "corrupted images"
  diff -r -x '*.json*' acdc-c acdc-c-again || fail "the recipe gives other images"
  [ -s damage.png ] || fail "no picture"
}
after_volumes() {
  says output '^iterations +1 \(1 epochs of 1 batches\)'
  says output '^phantom +LV +dice .* 3/3 '
  says output '^\| supervised \|'
  says output '^windows +[0-9]+, of \[48,48,16\] voxels, each \[24,24,8\] from the next'
  says hearts.html 'Training'
  cs-dice phantom008.nii.gz hearts/phantom008/ED_seg.nii.gz --labels coopseg >scores || fail "not on the image's own grid"
  [ -s phantom008_prob.nii.gz ] || fail "no probabilities"
}
before_metrics() {
  cs-preprocess --label-map --spacing keep --labels acdc --to-labels coopseg reference.nii.gz prediction.nii.gz
  cp -r predicted predicted-ftn
}
after_metrics() {
  says output '^LV +1\.0000 '
  same_bytes by-name.nii.gz by-number.nii.gz
  [ -s scores.csv ] || fail "no CSV"
}
before_geometry() {
  cs-preprocess --label-map --spacing 16 reference.nii.gz coarse.nii.gz
  # As a program saves an array with the identity for an affine.
  gzip -dc reference.nii.gz | perl -e 'local $/; $_ = <STDIN>; substr($_, 76, 16) = pack("f<4", 1, 1, 1, 1);
    substr($_, 252, 76) = pack("s<2 f<6 f<12", 0, 2, (0) x 6, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0); print' |
    gzip >lost.nii.gz
}
after_geometry() {
  says output '^LV +0\.[1-9]'
  cs-dice --labels acdc lost-and-found.nii.gz reference.nii.gz >scores || fail "the header was not found"
  says scores '^LV +1\.0000 '
}
# other_format NIFTI NRRD|META TYPE: the voxels of a packed file in another format, along the patient's axes.
other_format() {
  gzip -dc "$1" | perl -e 'local $/; $_ = <STDIN>; my ($format, $type) = @ARGV;
    my @size = unpack("x42 s<3", $_); my @mm = unpack("x80 f<3", $_);
    if ($format eq "NRRD") {
      print "NRRD0004\ntype: $type\ndimension: 3\nspace: left-posterior-superior\nsizes: @size\nspace directions: ",
        "($mm[0],0,0) (0,$mm[1],0) (0,0,$mm[2])\nspace origin: (0,0,0)\nendian: little\nencoding: raw\n\n";
    } else {
      print "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n",
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = @mm\nDimSize = @size\n",
        "ElementType = $type\nElementDataFile = LOCAL\n";
    }
    print substr($_, 352)' "$2" "$3"
}
before_formats() {
  other_format image.nii.gz NRRD float >scan.nrrd
  other_format image.nii.gz META MET_FLOAT >scan.mha
  other_format reference.nii.gz NRRD uchar >scan-label.nrrd
  cp scan-label.nrrd reference.nrrd
  cs-preprocess --label-map --spacing keep reference.nrrd prediction.nii.gz
}
after_reproducibility() { says output 'patient007/ED_pred.json'; }

step() { [ "$(type -t "$1")" != function ] || "$1"; }
for page in $(pages "$COOPSEG_SOURCE_DIR" | sed 1d); do
  name=$(basename "$page" .md)
  cp -a "$place/start" "$place/$name"
  (
    cd "$place/$name" || exit
    step "before_${name//-/_}"
    run_page "$page"
    step "after_${name//-/_}"
  )
  rm -rf "${place:?}/$name"
done
