# shellcheck shell=bash
# What makes no sense is refused in one line, before LibTorch is loaded, and nothing is written.
source "$(dirname "$case_file")/setup.bash"
make_data
make_model
refuse() {
  local status=$1 words=$2
  shift 2
  exits "$status" cs-perturb "$@"
  one_line stderr
  says stderr "$words"
  absent out
}
list=(--model model.safetensors --cases train.jsonl --out out)
refuse 2 '--model: is missing' --cases train.jsonl --out out
refuse 2 'neither an image' --model model.safetensors
refuse 2 '--out: is missing' --model model.safetensors --cases train.jsonl
refuse 2 '--mask: "noise" is none of' "${list[@]}" --mask dropout,noise
refuse 2 '--mask-threshold: "1" is no number' "${list[@]}" --mask-threshold 0.5,1
refuse 2 '--mask-threshold: "" is no number' "${list[@]}" --mask-threshold 0.5,
refuse 2 '--repeats: must be 1' "${list[@]}" --repeats 0
refuse 2 '--label: belongs to a single image' "${list[@]}" --label data/s1/ED_seg.nii.gz
refuse 2 '--mask: must name one' --model model.safetensors --latent-da image data/s1/ED_img.nii.gz out.nii.gz
refuse 2 '--latent-da: image and shape give two' --model model.safetensors --mask channel data/s1/ED_img.nii.gz out.nii.gz
refuse 2 'is the input|same file' --model model.safetensors --mask channel --latent-da image data/s1/ED_img.nii.gz \
  data/s1/ED_img.nii.gz
head -c 1000 model.safetensors >half.safetensors
refuse 2 'half.safetensors' --model half.safetensors --cases train.jsonl --out out
refuse 2 'train.jsonl' --model train.jsonl --cases train.jsonl --out out
sed 's/} *$/,"labelled_slices":[1]}/' train.jsonl >partly.jsonl
exits 1 cs-perturb --model model.safetensors --cases partly.jsonl --out out
says stderr 'ED_seg.nii.gz: is not drawn everywhere'
sed 's/"LV":1/"RV":1/' train.jsonl >other.jsonl
exits 1 cs-perturb --model model.safetensors --cases other.jsonl --out out
says stderr 'RV'
