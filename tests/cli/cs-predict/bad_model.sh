# shellcheck shell=bash
# A model that cannot be used is refused in one line with exit status 2; LibTorch is not loaded for that.
source "$(dirname "$case_file")/setup.bash"
make_hearts
make_model
image=hearts/phantom002/ED_img.nii.gz
refuse() {
  exits 2 cs-predict --model "$1" "$image" out.nii.gz
  one_line stderr
  says stderr "$1.*$2"
  absent out.nii.gz
}
refuse missing.safetensors 'No such file'
size=$(stat -c %s model.safetensors)
for bytes in 0 4 100 $((size / 2)) $((size - 1)); do
  head -c "$bytes" model.safetensors >cut.safetensors
  refuse cut.safetensors .
done
echo "not a model" >text.safetensors
refuse text.safetensors .
LC_ALL=C sed '0,/\\"format\\":1,/s//\\"format\\":9,/' model.safetensors >newer.safetensors
refuse newer.safetensors 'format 9'
exits 2 cs-predict --model model.safetensors --stage stn "$image" out.nii.gz
says stderr 'no slow-thinking network'
one_line stderr

# A tensor that is missing shows only when the network takes them up: still one error and nothing written.
LC_ALL=C sed '0,/segmentation_decoder/s//segmentation_dekoder/' model.safetensors >renamed.safetensors
exits 1 cs-predict --model renamed.safetensors --cases hearts/cases.jsonl --out pred
one_line stderr
says stderr 'renamed.safetensors'
absent pred

LD_DEBUG=files cs-predict --model newer.safetensors "$image" out.nii.gz 2>loader && fail "the newer model was taken"
says_not loader 'libtorch'
