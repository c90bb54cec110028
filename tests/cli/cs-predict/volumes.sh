# shellcheck shell=bash
# A model of volumes segments them by windows, on the image's own grid: its own windows or others, with probabilities,
# the same bytes each time, nothing written half or twice.
source "$(dirname "$case_file")/volumes.bash"
make_volumes
train_on train.jsonl model.safetensors
run() { cs-predict --model model.safetensors --threads 1 "$@"; }
exits 0 run --cases cases.jsonl --out pred --probabilities
says stderr '2 of 3 images were seen in training'
equal "$(grep -c '"prediction_labels":{"core":1,"shell":2}' pred/cases.jsonl)" 3
exits 0 cs-dice --cases pred/cases.jsonl
says pred/c/pred.json '"blend": "mean"'
tr -d ' \n' <pred/c/pred.json >settings
says settings '"window":\[16,16,16\]'
says settings '"stride":\[8,8,8\]'
exits 0 run c.nii.gz one.nii.gz --probabilities
same_bytes one.nii.gz pred/c/pred.nii.gz
same_bytes one_prob.nii.gz pred/c/prob.nii.gz
says one_prob.json '"background"'
exits 0 cs-dice one.nii.gz c_seg.nii.gz --labels core:1,shell:2

# Other windows and weights are other results, and what --skip-existing compares.
exits 0 run c.nii.gz close.nii.gz --probabilities --stride 8,4,8
exits 0 run c.nii.gz large.nii.gz --probabilities --window 32,32,32
tr -d ' \n' <large.json >settings
says settings '"stride":\[16,16,16\],"window":\[32,32,32\]|"window":\[32,32,32\].*"stride":\[16,16,16\]|"stride":\[16,16,16\].*"window":\[32,32,32\]'
exits 0 run c.nii.gz gaussian.nii.gz --probabilities --blend gaussian
for other in close large gaussian; do
  ! cmp -s one_prob.nii.gz ${other}_prob.nii.gz || fail "$other gives the same probabilities"
  exits 0 cs-dice $other.nii.gz c_seg.nii.gz --labels core:1,shell:2
done
exits 0 run --cases cases.jsonl --out pred --probabilities --skip-existing
says stderr '3 of 3 label maps were there already'
exits 1 run --cases cases.jsonl --out pred --probabilities --skip-existing --blend gaussian
says stderr 'exists'
rm pred/b/prob.nii.gz
exits 0 run --cases cases.jsonl --out pred --probabilities --skip-existing
says stderr '2 of 3 label maps were there already'
[ -s pred/b/prob.nii.gz ] || fail "the missing probabilities were not made again"

# A case that fails is reported and the others are done.
cp cases.jsonl odd.jsonl
head -c 400 b.nii.gz >cut.nii.gz
make_nifti flat.nii.gz 24 22 18 1 1 1 --float box 3 0 24 0 22 0 18
printf '{"id":"cut","image":"cut.nii.gz"}\n{"id":"flat","image":"flat.nii.gz"}\n' >>odd.jsonl
exits 1 run --cases odd.jsonl --out odd
says stderr 'cut.nii.gz'
says stderr 'flat.nii.gz: is constant: there is nothing to segment'
says stderr '2 of 5 cases failed'
equal "$(wc -l <odd/cases.jsonl)" 3 "cases"
absent odd/flat
no_leftovers odd
# One frame of a file of several.
exits 0 run --frame 1 one_prob.nii.gz framed.nii.gz
exits 1 run one_prob.nii.gz unframed.nii.gz
says stderr 'one_prob.nii.gz: .*frames'
absent unframed.nii.gz
