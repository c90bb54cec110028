# shellcheck shell=bash
# --init begins with the weights of another model of the same network and classes, and of no other.
source "$(dirname "$case_file")/setup.bash"
make_data
train first --max-iterations 2 2>err
train next --max-iterations 1 --lr 1e-12 --weight-decay 0 --seed 5 --init first/last.safetensors 2>err
says next/config.json "\"init_sha256\": \"$(sha256sum first/last.safetensors | cut -d' ' -f1)\""
# At so small a rate all weights stay, and the batch norms see batches of their own.
cs-model diff --weights first/last.safetensors next/last.safetensors >difference || true
says_not difference 'weight'
says difference 'running_mean'
train elsewhere --max-iterations 1 --lr 1e-12 --weight-decay 0 --seed 5 2>err
cs-model diff --weights first/last.safetensors elsewhere/last.safetensors >difference || true
says difference 'weight'

refuse() { # MESSAGE OPTIONS...
  exits 2 train refused --max-iterations 1 "${@:2}"
  one_line stderr
  says stderr "$1"
  absent refused
}
refuse '--init: first/last.safetensors has 2 filters, this training 4' --filters 4 --init first/last.safetensors
# shellcheck disable=SC2034
train_options=(--cases train.jsonl --patch "32,16,16") # instances of one voxel are no instances
refuse '--init: .*--norm batch, not instance' --norm instance --init first/last.safetensors
# shellcheck disable=SC2034
train_options=(--cases train.jsonl --patch "16,16,16")
refuse 'nowhere.safetensors' --init nowhere.safetensors
refuse '--init: names no model' --init ""
exits 2 train first --max-iterations 1 --force --init first/last.safetensors
says stderr '--init: first/last.safetensors lies in --out'
head -c 900 first/last.safetensors >cut.safetensors
refuse 'cut.safetensors' --init cut.safetensors
gzip -dc "$(dirname "$case_file")/../cs-model/trained.header.gz" >trained.header
golden_model trained.header slices.safetensors
refuse '--init: slices.safetensors is a model of the network FCN_16_standard, not V-Net' --init slices.safetensors
sed -i 's/"core"/"heart"/' train.jsonl validate.jsonl
refuse '--init: .* knows the classes core, shell, this training heart, shell' --init first/last.safetensors
