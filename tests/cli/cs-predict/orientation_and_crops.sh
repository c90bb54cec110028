# shellcheck shell=bash
# What a model's images went through in their orientation and their crop is repeated on images as they come and undone:
# the label map lies on the grid of its image, whichever way that is stored. A crop to labels is not repeated, and said.
source "$(dirname "$case_file")/setup.bash"
cs-phantom --out raw --subjects 2 --sites 1 --size 50 --spacing 4 --slices 3 --log-level error
train_on() {  # FOLDER OPTION...: a model of images preprocessed so
  local out=$1
  shift
  cs-preprocess --cases raw/cases.jsonl --out "$out" --spacing 5 "$@" --log-level error
  rm -rf hearts run
  cp -r "$out" hearts
  train_model
  mv model.safetensors "$out.safetensors"
}
run() { cs-predict --model "$1.safetensors" --threads 1 "${@:2}"; }

train_on turned --orient PLS --crop-to foreground --margin 1
says turned/cases.jsonl '"orient":"PLS","crop":\{"to":"foreground","margin":1\}'
cs-model show turned.safetensors | grep -q foreground || fail "the model does not record the crop"
exits 0 run turned --cases raw/cases.jsonl --out original --log-level warning
says original/phantom001/ED_pred.json '"orient": "PLS"'
exits 0 run turned --cases turned/cases.jsonl --out ready --log-level warning
says_not ready/phantom001/ED_pred.json '"orient": "PLS"'
for file in phantom00{1,2}/E{D,S}; do
  cs-dice "original/${file}_pred.nii.gz" "raw/${file}_seg.nii.gz" >/dev/null || fail "not on the grid of the original"
  cs-dice "ready/${file}_pred.nii.gz" "turned/${file}_seg.nii.gz" >/dev/null || fail "not on the grid it came with"
done
# The same heart stored another way gives the same label map, stored that way.
stored=(--spacing keep --orient SAR --log-level error)
cs-preprocess raw/phantom001/ED_img.nii.gz other.nii.gz --normalise none "${stored[@]}"
rm other.json
exits 0 run turned other.nii.gz other_pred.nii.gz --log-level warning
cs-preprocess --label-map original/phantom001/ED_pred.nii.gz expected.nii.gz "${stored[@]}"
same_bytes other_pred.nii.gz expected.nii.gz
sed 's/"margin":1/"margin":2/' turned/cases.jsonl >turned/wider.jsonl
exits 1 run turned --cases turned/wider.jsonl --out refused
says stderr 'was preprocessed with .*"margin":2.*the model expects .*"margin":1.*--preprocessed'

train_on labelled --crop-to label --margin 3
exits 0 run labelled --cases raw/cases.jsonl --out whole
says stderr 'labelled.safetensors: its images were cropped to their label maps, which cannot be repeated'
says_not whole/phantom001/ED_pred.json '"crop": \{'
cs-dice whole/phantom001/ED_pred.nii.gz raw/phantom001/ED_seg.nii.gz >/dev/null || fail "not on the grid of the original"
# Images that went through all else are as good as those that were cropped, too.
cs-preprocess --cases raw/cases.jsonl --out uncropped --spacing 5 --log-level error
for ready in uncropped labelled; do
  exits 0 run labelled --cases $ready/cases.jsonl --out from-$ready
  says from-$ready/phantom001/ED_pred.json '"percentiles": null'
done
exits 1 run turned --cases uncropped/cases.jsonl --out no
says stderr 'was preprocessed with '
