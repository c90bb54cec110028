# shellcheck shell=bash
# What the model records is done to images as they come, and not again to those that have been through it.
source "$(dirname "$case_file")/setup.bash"
cs-phantom --out raw --subjects 2 --sites 1 --size 50 --spacing 4 --slices 3 --log-level error
cs-preprocess --cases raw/cases.jsonl --spacing 5 --out hearts --log-level error
train_model
run() { cs-predict --model model.safetensors --threads 1 --log-level warning "$@"; }
exits 0 run --cases hearts/cases.jsonl --out ready
says ready/phantom001/ED_pred.json '"percentiles": null'
exits 0 run --cases raw/cases.jsonl --out original --probabilities
says original/phantom001/ED_pred.json '"spacing_mm": \['
for file in phantom00{1,2}/E{D,S}; do
  cs-dice "original/${file}_pred.nii.gz" "raw/${file}_seg.nii.gz" >/dev/null || fail "not on the grid of the original"
  cs-dice "ready/${file}_pred.nii.gz" "hearts/${file}_seg.nii.gz" >/dev/null || fail "not on the grid it came with"
done

# A single image is known by its sidecar; without it it is not.
image=hearts/phantom002/ES_img.nii.gz
exits 0 run "$image" known.nii.gz
same_bytes known.nii.gz ready/phantom002/ES_pred.nii.gz
cp "$image" bare.nii.gz
exits 0 run bare.nii.gz again.nii.gz
says again.json '"percentiles": \['

# Other steps than the model's are refused, unless the user insists; no steps at all are none.
cs-preprocess --cases raw/cases.jsonl --spacing 3 --out other --log-level error
exits 1 run --cases other/cases.jsonl --out refused
says stderr 'ED_img.nii.gz: was preprocessed with .*the model expects .*--preprocessed'
absent refused/phantom001
cp bare.nii.gz other
{ cat other/cases.jsonl; echo '{"id":"told","image":"bare.nii.gz"}'; } >other/insisted.jsonl
exits 0 run --preprocessed --cases other/insisted.jsonl --out insisted
same_bytes insisted/told/pred.nii.gz ready/phantom002/ES_pred.nii.gz
cs-preprocess --cases raw/cases.jsonl --spacing keep --percentiles none --out copy --log-level error
exits 0 run --cases copy/cases.jsonl --out copied
same_bytes copied/phantom001/ED_pred.nii.gz original/phantom001/ED_pred.nii.gz
