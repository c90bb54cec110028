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
# The file of the left atrium holds the program's own defaults, but for the stride.
cs-train-semi --help-as json | tr -d ' \n' | grep -oE '"--(patch|filters|batch-size|max-iterations|lr|lr-step|lr-factor|momentum|weight-decay|augmentation|norm|method)"\][^}]*"default":"[^"]*"' |
  sed -E 's/^"--([a-z-]+)".*"default":"([^"]*)"$/\1 \2/' | sort >defaults
sed -nE 's/^  "([a-z-]+)": "?([^"]*[^",])"?,?$/\1 \2/p' "$COOPSEG_SOURCE_DIR/share/configs/la-supervised.json" |
  grep -vE '^(comment|stride|no-dropout) ' | sort >configured
same_bytes defaults configured
