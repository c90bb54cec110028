# shellcheck shell=bash
# A network of one stage that sees slices: it segments as the others do, and what is about two stages is refused. Other
# programs know such a model, or say that they have no use for it.
source "$(dirname "$case_file")/setup.bash"
make_hearts
image=hearts/phantom002/ED_img.nii.gz

# The tensors of a U-Net of two filters with transposed convolutions, for two structures and the background.
entries='' bytes=0
tensor() { # NAME SHAPE...
  local name=$1 count=1 side sides
  shift
  for side; do count=$((count * side)); done
  sides="$*"
  entries+=",\"unet/$name\":{\"dtype\":\"F32\",\"shape\":[${sides// /,}],\"data_offsets\":[$bytes,$((bytes + 4 * count))]}"
  bytes=$((bytes + 4 * count))
}
convolution() { # NAME IN OUT KERNEL
  tensor "$1.weight" "$3" "$2" "$4" "$4"
  tensor "$1.bias" "$3"
}
in=1 out=2
for level in 1 2 3 4; do
  convolution encoder.contr_${level}_1.0 $in $out 3
  convolution encoder.contr_${level}_2.0 $out $out 3
  in=$out out=$((2 * out))
done
convolution encoder.center.0 16 32 3
convolution encoder.center.2 32 32 3
tensor encoder.center.4.weight 32 16 2 2
tensor encoder.center.4.bias 16
out=16
for level in 4 3 2 1; do
  convolution encoder.expand_${level}_1.0 $((2 * out)) $out 3
  convolution encoder.expand_${level}_2.0 $out $out 3
  if [ $level -gt 1 ]; then
    tensor encoder.upscale$level.weight $out $((out / 2)) 2 2
    tensor encoder.upscale$level.bias $((out / 2))
  fi
  out=$((out / 2))
done
convolution head 2 3 1
described='{"format":2,"network":"U-Net","size":{"filters":2,"upsampling":"transposed"},"input":{"dimensions":2,"channels":1,"spacing_mm":null,"normalisation":"minmax","crop":32},"outputs":["segmentation"],"classes":{"LV":1,"MYO":2},"training_images":[]}'
made() { # DESCRIPTION FILE
  printf '{"__metadata__":{"coopseg":"%s"}%s}' "${1//\"/\\\"}" "$entries" >header
  golden_model header "$2"
}
made "$described" unet.safetensors

exits 0 cs-model check unet.safetensors
says stdout 'U-Net, outputs segmentation'
exits 0 cs-model show unet.safetensors
says stdout '^  encoder.upscale4 +transposed convolution'
exits 2 cs-model export unet.safetensors --to-reference checkpoints
one_line stderr
says stderr "unet.safetensors: is a model of the network 'U-Net', of which there are no .pth files"
absent checkpoints

exits 0 cs-predict --device cpu --model unet.safetensors "$image" out.nii.gz
exits 0 grep -q '"precision"' out.json
for option in '--stage ftn' '--stage stn' '--steps 2'; do
  # shellcheck disable=SC2086
  exits 2 cs-predict --device cpu $option --model unet.safetensors "$image" other.nii.gz
  one_line stderr
  says stderr "${option% *}: means nothing for a network of one stage"
done
exits 2 cs-predict --device cpu --window 16,16,16 --model unet.safetensors "$image" other.nii.gz
says stderr 'this one sees slices'
absent other.nii.gz
exits 2 cs-perturb --device cpu --mask channel --latent-da image --model unet.safetensors "$image" other.nii.gz
one_line stderr
says stderr "is a model of the network 'U-Net', which makes no hard examples"
absent other.nii.gz

made "${described/'"crop":32'/'"crop":40'}" crop.safetensors
exits 2 cs-predict --device cpu --model crop.safetensors "$image" other.nii.gz
one_line stderr
says stderr 'crop of 40 pixels'
made "${described/transposed/bilinear}" other.safetensors
exits 1 cs-model check other.safetensors
one_line stderr
says stderr 'unet/conv0_0.conv1.weight'
