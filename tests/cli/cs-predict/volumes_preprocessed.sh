# shellcheck shell=bash
# What volumes went through before a training is done to others and undone for their label maps, which lie on the grid that
# the image came with: normalised, turned, resampled along three axes, cut to the foreground.
source "$(dirname "$case_file")/volumes.bash"
make_volumes
# way NAME OPTIONS...: trains on images that have been through these options, and segments them and their originals.
way() {
  local name=$1
  shift
  cs-preprocess --cases cases.jsonl --out "$name" "$@" --log-level error
  head -2 "$name/cases.jsonl" >"$name/train.jsonl"
  train_on "$name/train.jsonl" "$name.safetensors"
  exits 0 cs-predict --model "$name.safetensors" --cases test.jsonl --out "$name/original" --threads 1
  exits 0 cs-dice --cases "$name/original/cases.jsonl"
  exits 0 cs-dice "$name/original/c/pred.nii.gz" c_seg.nii.gz --labels core:1,shell:2
}
way zscore --normalise zscore --spacing keep
says zscore/original/c/pred.json '"zscore"'
# The images that have been through it are recognised, and not normalised again.
tail -1 zscore/cases.jsonl >zscore/test.jsonl
exits 0 cs-predict --model zscore.safetensors --cases zscore/test.jsonl --out zscore/ready --threads 1
same_bytes zscore/ready/c/pred.nii.gz zscore/original/c/pred.nii.gz
# Of an unnormalised list nothing is known but what the model says; other steps are refused.
cs-preprocess --cases test.jsonl --out other --percentiles none --spacing 2 --log-level error
exits 1 cs-predict --model zscore.safetensors --cases other/cases.jsonl --out refused
says stderr 'was preprocessed with .*the model expects'
absent refused/c

way cut --normalise zscore --orient LPS --spacing 1,1.5,1.5 --crop-to foreground
says cut/original/c/pred.json '"spacing_mm": \['
says cut/original/c/pred.json '"foreground"'
# Outside of the crop there is background.
exits 0 cs-predict --model cut.safetensors c.nii.gz cut.nii.gz --probabilities --threads 1
same_bytes cut.nii.gz cut/original/c/pred.nii.gz
# A plan sees headers alone, and so the whole volume.
exits 0 cs-predict --model cut.safetensors --cases test.jsonl --plan
says stdout '^largest volume +c, '
