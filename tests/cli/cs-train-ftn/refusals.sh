# shellcheck shell=bash
# What cannot be trained is refused in one line that names it, before LibTorch is loaded, and nothing is written.
source "$(dirname "$case_file")/setup.bash"
make_data
refuse() {
  local status=$1 words=$2
  shift 2
  exits "$status" cs-train-ftn "$@"
  one_line stderr
  says stderr "$words"
  absent run
}
lists=(--cases train.jsonl --validate validate.jsonl --out run)
refuse 2 '--cases: is missing' --out run
refuse 2 '--out: is missing' --cases train.jsonl
refuse 2 '--crop: 40 is not a multiple of 16' "${lists[@]}" --crop 40
refuse 2 '--crop: 0 is not' "${lists[@]}" --crop 0
refuse 2 '--batch-size: 3' "${lists[@]}" --crop 32 --batch-size 3
refuse 2 '--lr: ' "${lists[@]}" --crop 32 --lr 0
refuse 2 '--lr: ' "${lists[@]}" --crop 32 --lr nan
refuse 2 '--noise: ' "${lists[@]}" --crop 32 --noise -1
refuse 2 '--epochs: ' "${lists[@]}" --crop 32 --epochs 0
refuse 2 '--device: "gpu"' "${lists[@]}" --crop 32 --device gpu
refuse 2 'augmentation' "${lists[@]}" --augmentation wild
refuse 2 'code' "${lists[@]}" --code U-Net
refuse 2 '--method: "cooperative" is none of standard, rand-mwm' "${lists[@]}" --crop 32 --method cooperative
refuse 2 '--mwm-max-windows: belongs to --method rand-mwm, not standard' "${lists[@]}" --crop 32 --mwm-max-windows 3
refuse 2 '--ranks: has 21 processes share 20 slices of a batch' "${lists[@]}" --crop 32 --ranks 21
refuse 2 '--ranks: Value 5000 not in range' "${lists[@]}" --crop 32 --ranks 5000
refuse 2 'sync-norm: "maybe" is none of on, off' "${lists[@]}" --crop 32 --sync-norm maybe
torchrun=(RANK=0 WORLD_SIZE=21 MASTER_ADDR=localhost MASTER_PORT=20000)
exits 2 env "${torchrun[@]}" cs-train-ftn "${lists[@]}" --crop 32
one_line stderr
says stderr 'error: --ranks: has 21 processes'
exits 2 env "${torchrun[@]}" cs-train-ftn "${lists[@]}" --crop 32 --ranks 3
says stderr '--ranks: is 3, and srun or torchrun has started 21; leave it out'
# What rank 0 says the others need not say.
exits 2 env "${torchrun[@]}" RANK=1 cs-train-ftn "${lists[@]}" --crop 32
[ ! -s stderr ] || fail "rank 1 speaks, too: $(cat stderr)"
exits 2 env "${torchrun[@]}" RANK=21 cs-train-ftn "${lists[@]}" --crop 32
says stderr 'error: RANK: "21" is not a whole number from 0 to 20'
refuse 2 'contradicts' "${lists[@]}" --resume --force
refuse 2 'did you mean --epochs' "${lists[@]}" --epoch 3
refuse 2 'standard input' --cases - --validate - --out run
: >empty.jsonl
refuse 2 'empty.jsonl' --cases empty.jsonl --out run
refuse 2 'missing.jsonl' --cases missing.jsonl --out run
echo '{"id":"a","image":"data/s1/ED_img.nii.gz"}' >unlabelled.jsonl
refuse 2 'unlabelled.jsonl: no case has a label' --cases unlabelled.jsonl --out run
echo '{"id":"a","image":"gone.nii.gz","label":"data/s1/ED_seg.nii.gz"}' >gone.jsonl
refuse 1 'gone.nii.gz: .*No such file' --cases gone.jsonl --out run
for options in '--batch-size 0' '--lr 0' '--noise inf' '--image-weight -1' '--epochs 0'; do
  # shellcheck disable=SC2086
  if LD_DEBUG=files cs-train-ftn "${lists[@]}" --crop 32 $options 2>loader; then fail "$options was taken"; fi
  says_not loader 'libtorch'
done
if LD_DEBUG=files cs-train-ftn --cases gone.jsonl --out run 2>loader; then fail "a missing image was taken"; fi
says_not loader 'libtorch'

# These need the images.
refuse_data() {
  local status=$1 words=$2
  shift 2
  exits "$status" cs-train-ftn "$@" --out run --crop 32
  equal "$(grep -vc warning: stderr)" 1 "(lines on standard error)"
  says stderr "$words"
  absent run
}
head -1 train.jsonl | sed 's/"labels":{[^}]*}/"labels":{"LV":1}/' >one_class.jsonl
refuse_data 1 'ED_seg.nii.gz: holds label 2' --cases one_class.jsonl
sed 's/"labels".*/"preprocessing":{"n4":true}}/' validate.jsonl >other.jsonl
refuse_data 2 'preprocessing: differs.*s1 ED.*s3 ED' --cases train.jsonl --validate other.jsonl
make_nifti data/s1/ED_seg.nii.gz 36 41 3 2 2 8 ball 1 18 20 1 12
refuse_data 1 'ED_seg.nii.gz: .*grid' --cases train.jsonl
head -c 300 data/s2/ED_img.nii.gz >data/s1/ED_img.nii.gz
refuse_data 1 'ED_img.nii.gz' --cases train.jsonl
make_data
touch file
exits 1 cs-train-ftn --cases train.jsonl --out file/run --crop 32
one_line stderr
says stderr 'file/run: '
