# shellcheck shell=bash
# Volumes are shown in three planes, the best, the median and the worst, on the page and in the picture of the table.
source "$(dirname "$case_file")/setup.bash"
mkdir predicted
make_nifti image.nii.gz 24 20 16 1 1 1.5 --float box 0.2 0 24 0 20 0 16 box 0.9 6 14 6 14 4 12
make_nifti reference.nii.gz 24 20 16 1 1 1.5 box 2 5 15 5 15 3 13 box 1 6 14 6 14 4 12
names='{"LV":1,"MYO":2}'
for shift_vox in 0 1 3; do
  make_nifti predicted/$shift_vox.nii.gz 24 20 16 1 1 1.5 box 2 5 15 5 15 3 13 box 1 $((6 + shift_vox)) 14 6 14 4 12
  echo "{\"id\":\"$shift_vox\",\"image\":\"image.nii.gz\",\"label\":\"reference.nii.gz\"," \
    "\"prediction\":\"predicted/$shift_vox.nii.gz\",\"labels\":$names,\"prediction_labels\":$names}"
done >volumes.jsonl
score volumes
cs-report --scores method:set=volumes.scored.jsonl --out page.html --picture cases.png 2>stderr
for case in 'best: Dice 1' 'median: Dice 0' 'worst: Dice 0'; do says page.html "<h4>$case"; done
equal "$(grep -c '<article class="case" style="grid-column:1/-1;.*:24fr 24fr 20fr">' page.html)" 3
equal "$(grep -oE 'alt="image of [0-3], (axial|coronal|sagittal) slice' page.html | sort -u | wc -l)" 9
equal "$(grep -o 'src="data:image/png' page.html | wc -l)" 18
says page.html '<figcaption>axial, slice [0-9]+ of 16</figcaption>'
says page.html '<figcaption>coronal, slice [0-9]+ of 20</figcaption>'
says page.html '<figcaption>sagittal, slice [0-9]+ of 24</figcaption>'
says page.html 'of volumes in three planes'
equal "$(head -c 4 cases.png | tail -c 3)" PNG
cs-report --scores method:set=volumes.scored.jsonl --out again.html --picture again.png --threads 1 2>stderr
same_bytes page.html again.html
same_bytes cases.png again.png

# Stacks of slices are shown by slice, beside volumes too.
predict stacks set 1 2
score stacks-set
cs-report --scores a:set=volumes.scored.jsonl --scores b:set=stacks-set.scored.jsonl --out both.html 2>stderr
equal "$(grep -c '<article class="case">' both.html)" 2
equal "$(grep -c '<article class="case" style' both.html)" 3
cs-report --scores b:set=stacks-set.scored.jsonl --out stacks.html 2>stderr
says_not stacks.html 'in three planes|axial'
