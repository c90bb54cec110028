# shellcheck shell=bash
# Which codes are masked decides what is written; a case without label can have its image code masked only.
source "$(dirname "$case_file")/setup.bash"
make_data
make_model
sed 's/"label":"[^"]*",//' validate.jsonl >unlabelled.jsonl
exits 1 cs-perturb --model model.safetensors --cases unlabelled.jsonl --out none
says stderr 's3 ED: has no label.*--latent-da image'
cs-perturb --model model.safetensors --cases unlabelled.jsonl --out images --latent-da image 2>err
equal "$(find images -name '*_pred.nii.gz')" "" "(segmentations)"
equal "$(find images -name '*_img.nii.gz' | wc -l)" 4 "(images)"
cs-perturb --model model.safetensors --cases unlabelled.jsonl --out dropped --mask dropout 2>err
equal "$(find dropped -name '*.nii.gz' | wc -l)" 4 "(dropout needs no label)"
cs-perturb --model model.safetensors --cases validate.jsonl --out shapes --latent-da shape 2>err
equal "$(find shapes -name '*_img.nii.gz')" "" "(images)"
says shapes/cases.jsonl '"image":"../data/s3/ED_img.nii.gz"'

# The image code's mask does not ask for the label: with and without it the image is the same.
cs-perturb --model model.safetensors --cases validate.jsonl --out both 2>err
for file in images/*/*_img.nii.gz; do same_bytes "$file" "both/${file#images/}"; done

# The single-file form; another number of the same label is the same label.
cs-perturb --model model.safetensors --mask spatial --latent-da shape --label data/s3/ED_seg.nii.gz \
  data/s3/ED_img.nii.gz one.nii.gz 2>err
says one.json '"mask": "spatial"'
cs-preprocess --label-map --spacing keep --remap 1:7,2:5 data/s3/ED_seg.nii.gz renumbered.nii.gz 2>err
cs-perturb --model model.safetensors --mask spatial --latent-da shape --label renumbered.nii.gz --labels LV:7,MYO:5 \
  data/s3/ED_img.nii.gz two.nii.gz 2>err
same_bytes one.nii.gz two.nii.gz
exits 1 cs-perturb --model model.safetensors --mask spatial --latent-da shape --label data/s3/ED_seg.nii.gz \
  --labels LV:7,MYO:5 data/s3/ED_img.nii.gz three.nii.gz
says stderr 'ED_seg.nii.gz: holds label 1, which is none of the classes LV, MYO'
