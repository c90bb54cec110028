# shellcheck shell=bash
# The whole chain on small phantoms, joined by pipes; the scores of the piped chain are those of the chain over files.
cs-phantom --out raw --subjects 5 --sites 1 --size 48 --spacing 5.6 --slices 4 --seed 3 --cases-out - |
  cs-check --cases - >checked.jsonl
equal "$(wc -l <checked.jsonl)" 10 "cases checked"

cs-preprocess --cases raw/cases.jsonl --spacing keep --out pre --cases-out - |
  cs-split --cases - --train 3 --val 1 --test 1 --seed 1 --out split
cs-train-ftn --cases split/train.jsonl --validate split/validate.jsonl --out run --crop 48 --epochs 2 --batch-size 6 \
  --lr 1e-3
for part in config.json log.jsonl best.safetensors last.safetensors state.safetensors; do
  [ -s "run/$part" ] || fail "no run/$part"
done

cs-predict --model run/best.safetensors --cases split/test.jsonl --out predicted --cases-out - |
  cs-dice --cases - --json >piped.jsonl
cs-dice --cases predicted/cases.jsonl --json >files.jsonl
same_bytes piped.jsonl files.jsonl
says piped.jsonl '"dice"'

# Corrupted images are segmented and scored against the original labels, each under its own name.
cs-corrupt spike --repeats 2 --severity 2 --cases split/test.jsonl --out bad --cases-out - |
  cs-predict --model run/best.safetensors --cases - --out predicted_bad --cases-out - |
  cs-dice --cases - --json >bad.jsonl
equal "$(grep -c 'spike' predicted_bad/cases.jsonl)" 4 "corrupted cases"
says predicted_bad/cases.jsonl '"prediction":"phantom00[1-5]/ES_spike_s2_r1_pred.nii.gz"'
says bad.jsonl '"dice"'

# Training images are recognised when they are segmented.
cs-predict --model run/best.safetensors --cases split/train.jsonl --out seen 2>stderr
says seen/cases.jsonl '"seen_in_training":true'
says_not predicted/cases.jsonl '"seen_in_training":true'

# The union of the shards is one run without shards.
for i in 0 1 2; do
  cs-preprocess --cases raw/cases.jsonl --spacing keep --out shards --shard "$i/3" --threads $((i + 1))
done
cat shards/cases.*-of-3.jsonl >shards/cases.jsonl
diff -r -x 'cases*' pre shards || fail "shards and one run differ"
same_bytes pre/cases.jsonl shards/cases.jsonl
no_leftovers .
