# shellcheck shell=bash
# --plan tells what would be done, for people and as JSON, and writes nothing; the shipped configuration is accepted.
source "$(dirname "$case_file")/setup.bash"
make_data
before=$(find . | sort)
cs-train-ftn --cases train.jsonl --validate validate.jsonl --crop 32 --batch-size 4 --epochs 7 --plan >plan 2>err
says plan '^training +2 cases, 6 slices, 0 of them empty'
says plan '^iterations +21 \(7 epochs of 3 batches\)'
says plan '^time in all '
rm plan err
cs-train-ftn --cases train.jsonl --crop 32 --batch-size 4 --max-iterations 5 --plan --json >plan 2>err
says plan '"schema": "coopseg.plan/1"'
says plan '"iterations": 5,'
says plan '"parameters": 1536564,'
says plan '"seconds_per_iteration": [0-9.e-]+'
rm plan err
equal "$(find . | sort)" "$before" "(files)"

sed -i 's/"labels":{[^}]*}/"dataset":"none"/' train.jsonl
cs-train-ftn --config "$COOPSEG_SOURCE_DIR/share/configs/acdc-ftn.json" --cases train.jsonl --batch-size 2 \
  --plan --json >plan 2>err
says plan '"crop": 192,'
says plan '"learning_rate": 0.0001,'
says plan '"RV": 3'
says plan '"batches_per_epoch": 6'
says plan '"iterations": 3600'
