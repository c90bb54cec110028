# shellcheck shell=bash
# What cannot be trained is refused in one line that names it, before LibTorch is loaded, and nothing is written.
source "$(dirname "$case_file")/setup.bash"
make_data
refuse() {
  local status=$1 words=$2
  shift 2
  exits "$status" cs-train-semi "$@"
  one_line stderr
  says stderr "$words"
  absent run
}
lists=(--cases train.jsonl --validate validate.jsonl --out run)
refuse 2 '--cases: is missing' --out run
refuse 2 '--out: is missing' --cases train.jsonl --patch 16,16,16
refuse 2 '--patch: 40 is not a multiple of 16' "${lists[@]}" --patch 32,40,32
refuse 2 '--patch: 0 is not|--patch: .*0' "${lists[@]}" --patch 16,0,16
refuse 2 '--patch: "16,16,16,16" is not of the form X,Y,Z' "${lists[@]}" --patch 16,16,16,16
refuse 2 '--patch: ' "${lists[@]}" --patch 8192,16,16
refuse 2 '--patch: .*beyond all memory' "${lists[@]}" --patch 4096,4096,4096
refuse 2 '--patch: of 2048 x 2048 x 256 voxels, 1 in a batch, needs more than .* GB, and this machine has' \
  "${lists[@]}" --patch 2048,2048,256 --batch-size 1 --filters 256
refuse 2 '--patch: leaves one voxel to the deepest stage' "${lists[@]}" --patch 16,16,16 --batch-size 1
refuse 2 '--patch: leaves one voxel to the deepest stage' "${lists[@]}" --patch 16,16,16 --norm instance
refuse 2 '--stride: 17 is larger than the patch' "${lists[@]}" --patch 16,16,16 --stride 8,17,8
refuse 2 '--stride: ' "${lists[@]}" --patch 16,16,16 --stride 8,0,8
refuse 2 '--filters: 0 is not 1 to 256' "${lists[@]}" --filters 0
refuse 2 '--filters: 257' "${lists[@]}" --filters 257
refuse 2 '--norm: ' "${lists[@]}" --norm group
refuse 2 '--method: "mean" is none of' "${lists[@]}" --method mean
refuse 2 '--max-iterations: must be at least 1' "${lists[@]}" --max-iterations 0
refuse 2 '--batch-size: "2,1,1" is not of the form L or L,U' "${lists[@]}" --batch-size 2,1,1
refuse 2 '--batch-size: ' "${lists[@]}" --batch-size 0
refuse 2 '--batch-size: has unlabelled patches.*give --unlabelled' "${lists[@]}" --batch-size 2,2
refuse 2 '--unlabelled: is of no use' "${lists[@]}" --unlabelled unlabelled.jsonl --batch-size 2
refuse 2 '--lr: ' "${lists[@]}" --lr 0
refuse 2 '--lr: ' "${lists[@]}" --lr nan
refuse 2 '--lr-factor: ' "${lists[@]}" --lr-factor 0
refuse 2 '--momentum: must be in' "${lists[@]}" --momentum 1
refuse 2 '--weight-decay: ' "${lists[@]}" --weight-decay -1
refuse 2 '--augmentation|augmentation' "${lists[@]}" --augmentation wild
refuse 2 '--device: "gpu"' "${lists[@]}" --device gpu
refuse 2 'contradicts' "${lists[@]}" --resume --force
refuse 2 'did you mean --filters' "${lists[@]}" --filter 3
refuse 2 'needs cases to validate with' --cases train.jsonl --out run --validate-every 5
refuse 2 'unlabelled list|nowhere.jsonl' "${lists[@]}" --unlabelled nowhere.jsonl
: >empty.jsonl
refuse 2 'empty.jsonl' "${lists[@]}" --unlabelled empty.jsonl
refuse 2 'empty.jsonl' --cases empty.jsonl --out run
echo '{"id":"a","image":"data/u1_img.nii.gz"}' >bare.jsonl
refuse 2 'bare.jsonl: no case has a label' --cases bare.jsonl --out run
echo '{"id":"a","image":"gone.nii.gz","label":"data/s1_seg.nii.gz"}' >gone.jsonl
refuse 1 'gone.nii.gz: .*No such file' --cases gone.jsonl --out run
refuse 1 'gone.nii.gz: .*No such file' "${lists[@]}" --unlabelled gone.jsonl
if LD_DEBUG=files cs-train-semi "${lists[@]}" --patch 17,16,16 2>loader; then fail "a patch of 17 was taken"; fi
says_not loader 'libtorch'
