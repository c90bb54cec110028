# shellcheck shell=bash
# A run is resumed with its own settings and data only; what may change is told.
source "$(dirname "$case_file")/setup.bash"
make_data
train run --epochs 1 2>err
refuse() {
  exits 2 train run --resume "${@:2}"
  one_line stderr
  says stderr "$1"
}
refuse 'settings/seed is 1, was 0' --epochs 2 --seed 1
refuse 'settings/noise is 0.1, was 0.05' --noise 0.1
exits 0 train run --resume --epochs 2 --threads 2
says stderr 'threads 2 instead of 1'
equal "$(grep -c '"type":"epoch"' run/log.jsonl)" 2
cp train.jsonl kept.jsonl
head -1 kept.jsonl >train.jsonl
refuse 'data/train'
mv kept.jsonl train.jsonl
make_subject s2 -3
refuse 'data/train/sha256'
make_data
rm run/config.json
refuse 'config.json: is missing'
exits 0 train new --resume --epochs 1
