# shellcheck shell=bash
# What no pre-training can be asked for, and models that begin nothing.
source "$(dirname "$case_file")/setup.bash"
make_data
refuse() { # MESSAGE PROGRAM OPTIONS...
  exits 2 "${@:2}"
  one_line stderr
  says stderr "$1"
  absent refused
}
refuse '--network: vnet sees volumes' global --out refused "${slices[@]}" --network vnet
refuse '--network: ftn sees slices' global --out refused --patch 16,16,16 --network ftn
refuse '--patch: has two different sides' global --out refused --patch 16,32 --network ftn
refuse '--patch: 20 is not a multiple of 16' global --out refused --patch 20,16
refuse '--batch-size: of one image' global --out refused --patch 16,16 --filters 2 --batch-size 1
refuse '--batch-size: takes 120 images at a time, and there are 51 slices' global --out refused --patch 16,16 --filters 2
refuse '--ranks: has 3 processes share 2 images' global --out refused --patch 16,16 --filters 2 --batch-size 2 --ranks 3
refuse '--blocks: belongs to --stage local' global --out refused "${slices[@]}" --blocks 4
refuse '--stride: belongs to --stage local' global --out refused "${slices[@]}" --stride 2
refuse '--constant-epochs: belongs to --stage global' local_ --out refused "${slices[@]}" --constant-epochs 2
refuse '--upsampling: belongs to --network unet' global --out refused "${volumes[@]}" --upsampling bilinear
refuse '--norm: belongs to --network vnet' global --out refused "${slices[@]}" --norm batch
refuse '--filters: belongs to the other networks' global --out refused --network ftn --patch 16,16 --filters 2
refuse '--stride: 17 is not 1 to 16' local_ --out refused "${slices[@]}" --stride 17
refuse '--blocks: of 9 positions, 2 pixels apart' local_ --out refused "${slices[@]}" --stride 2 --blocks 9
refuse '--tau: must be' global --out refused "${slices[@]}" --tau 0
refuse '--epochs: must be' global --out refused "${slices[@]}" --epochs 0
sed 's/,"label":"[^"]*"//' unlabelled.jsonl >bare.jsonl
refuse 'bare.jsonl: no case has a label' cs-pretrain --stage local --cases bare.jsonl --out refused "${slices[@]}"
refuse '--augmentation' global --out refused "${slices[@]}" --augmentation mild

global --out deep "${volumes[@]}"
global --out flat "${slices[@]}"
refuse '--init: deep/last.safetensors is a model of the network V-Net, not U-Net' \
  local_ --out refused "${slices[@]}" --init deep/last.safetensors
refuse '--init: flat/last.safetensors was trained with --upsampling transposed, not bilinear' \
  cs-train-semi --cases train.jsonl --patch 16,16 --filters 2 --batch-size 2 --max-iterations 1 \
  --init flat/last.safetensors --out refused
refuse '--init: flat/last.safetensors is a model of the network U-Net, not V-Net' cs-train-semi --cases train.jsonl \
  --patch 16,16,16 --filters 2 --batch-size 2 --max-iterations 1 --init flat/last.safetensors --out refused
refuse '--init: flat/last.safetensors is a model of the network U-Net, not FCN_16_standard' cs-train-ftn \
  --cases train.jsonl --crop 16 --batch-size 2 --max-iterations 1 --init flat/last.safetensors --out refused
refuse 'flat/last.safetensors: is a pre-trained part of a network, which segments nothing yet' \
  cs-predict --model flat/last.safetensors --cases unlabelled.jsonl --out refused
head -c 1000 flat/last.safetensors >cut.safetensors
refuse 'cut.safetensors' local_ --out refused "${slices[@]}" --init cut.safetensors
