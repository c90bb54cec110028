# shellcheck shell=bash
# A network of one stage that sees slices: it segments as the others do, and what is about two stages is refused. Other
# programs know such a model, or say that they have no use for it.
source "$(dirname "$case_file")/setup.bash"
source "$(dirname "$case_file")/unet.bash"
make_hearts
image=hearts/phantom002/ED_img.nii.gz

described='{"format":2,"network":"U-Net","size":{"filters":2,"upsampling":"transposed"},"input":{"dimensions":2,"channels":1,"spacing_mm":null,"normalisation":"minmax","crop":32},"outputs":["segmentation"],"classes":{"LV":1,"MYO":2},"training_images":[]}'
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
  says stderr "${option% *}: means nothing for unet.safetensors, a network of one stage"
done
exits 2 cs-predict --device cpu --window 16,16,16 --model unet.safetensors "$image" other.nii.gz
says stderr 'unet.safetensors sees slices'
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
