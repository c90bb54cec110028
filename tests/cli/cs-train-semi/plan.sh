# shellcheck shell=bash
# --plan tells what would be done, for people and as JSON, and writes nothing; the shipped configurations are accepted.
source "$(dirname "$case_file")/setup.bash"
make_data
before=$(find . | sort)
train nowhere "${two_streams[@]}" --max-iterations 7 --plan >plan 2>err
says plan '^training +2 cases$'
says plan '^unlabelled +3 cases$'
says plan '^validation +1 cases$'
says plan '^classes +background, core \(1\), shell \(2\)$'
says plan '^iterations +7 \(7 epochs of 1 batches\)'
says plan '^memory +[0-9]+ MB at most.* volumes$'
says plan '^time in all '
rm plan err
equal "$(find . | sort)" "$before" "(files)"
for config in la pancreas hippocampus; do
  cs-train-semi --config "$COOPSEG_SOURCE_DIR/share/configs/$config-supervised.json" --cases train.jsonl \
    --patch 16,16,16 --stride 16,16,4 --filters 2 --batch-size 2 --plan --json >$config 2>err
  says $config '"schema": "coopseg.plan/1"'
  says $config '"unlabelled": null'
  says $config '"seconds_per_iteration": [0-9.e-]+'
done
says la '"iterations": 6000,'
says la '"name": "la"'
says hippocampus '"iterations": 1800,'
says hippocampus '"lr_step": 900'
says hippocampus '"name": "mild"'
# Methods of few labels; the two files for any method take one from the command line.
tiny=(--cases train.jsonl --unlabelled unlabelled.jsonl --patch "16,16,16" --stride "16,16,4" --filters 2)
for config in pancreas-simcvd hippocampus-semi; do
  cs-train-semi --config "$COOPSEG_SOURCE_DIR/share/configs/$config.json" "${tiny[@]}" --plan --json >$config 2>err
  says $config '"unlabelled": \{'
done
cs-train-semi --config "$COOPSEG_SOURCE_DIR/share/configs/hippocampus-semi.json" --cases train.jsonl \
  --unlabelled unlabelled.jsonl --method duo --patch 32,16,16 --filters 2 --plan >two-networks 2>err
says two-networks '^time in all '
cs-train-semi --config "$COOPSEG_SOURCE_DIR/share/configs/acdc-semi.json" --cases train.jsonl --unlabelled unlabelled.jsonl \
  --method mt --patch 16,16 --stride 8,8 --filters 2 --optimiser adam --plan --json >slices 2>err
says slices '"momentum": 0(\.0)?,' # which the file has for its own optimiser
says slices '"network": "U-Net"'
