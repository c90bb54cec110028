# shellcheck shell=bash
# What a model's images went through in their orientation and their crop is repeated on images as they come and undone:
# the label map lies on the grid of its image, whichever way that is stored. A crop to labels is not repeated, and said.
source "$(dirname "$case_file")/setup.bash"
cs-phantom --out raw --subjects 2 --sites 1 --size 50 --spacing 4 --slices 3 --log-level error
preprocess() { cs-preprocess --cases raw/cases.jsonl --spacing 5 --orient PLS "$@" --log-level error; }
preprocess --out hearts --crop-to foreground --margin 1
says hearts/cases.jsonl '"orient":"PLS","crop":\{"to":"foreground","margin":1\}'
train_model
says <(cs-model show model.safetensors) foreground
run() { cs-predict --model model.safetensors --threads 1 "$@"; }

exits 0 run --cases raw/cases.jsonl --out original --log-level warning
says original/phantom001/ED_pred.json '"orient": "PLS"'
exits 0 run --cases hearts/cases.jsonl --out ready --log-level warning
says_not ready/phantom001/ED_pred.json '"orient": "PLS"'
for file in phantom00{1,2}/E{D,S}; do
  cs-dice "original/${file}_pred.nii.gz" "raw/${file}_seg.nii.gz" >/dev/null || fail "not on the grid of the original"
  cs-dice "ready/${file}_pred.nii.gz" "hearts/${file}_seg.nii.gz" >/dev/null || fail "not on the grid it came with"
done
# The same heart stored another way gives the same label map, stored that way.
stored=(--spacing keep --orient SAR --log-level error)
cs-preprocess raw/phantom001/ED_img.nii.gz other.nii.gz --normalise none "${stored[@]}"
rm other.json
exits 0 run other.nii.gz other_pred.nii.gz --log-level warning
cs-preprocess --label-map original/phantom001/ED_pred.nii.gz expected.nii.gz "${stored[@]}"
same_bytes other_pred.nii.gz expected.nii.gz
# Other crops are other preprocessing.
sed 's/"margin":1/"margin":2/' hearts/cases.jsonl >hearts/wider.jsonl
exits 1 run --cases hearts/wider.jsonl --out refused
says stderr 'was preprocessed with .*"margin":2.*the model expects .*"margin":1.*--preprocessed'
preprocess --out uncropped
exits 1 run --cases uncropped/cases.jsonl --out refused
says stderr 'was preprocessed with '
absent refused/phantom001

# The same model, had its images been cropped to their labels.
perl -pi -e 's/foreground(\\*",)/label$1     /' model.safetensors
preprocess --out hearts --crop-to label --margin 1 --force
exits 0 run --cases raw/cases.jsonl --out whole
says stderr 'model.safetensors: its images were cropped to their label maps, which cannot be repeated'
says whole/phantom001/ED_pred.json '"orient": "PLS"'
says_not whole/phantom001/ED_pred.json '"crop": \{'
cs-dice whole/phantom001/ED_pred.nii.gz raw/phantom001/ED_seg.nii.gz >/dev/null || fail "not on the grid of the original"
# Images that went through all else are as good as those that were cropped, too.
for ready in uncropped hearts; do
  exits 0 run --cases $ready/cases.jsonl --out from-$ready
  says from-$ready/phantom001/ED_pred.json '"percentiles": null'
done
