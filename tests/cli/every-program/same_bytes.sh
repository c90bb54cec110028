# shellcheck shell=bash
# Every program run twice, with 1 and with 2 threads or whole and in shards, gives the same bytes: files and standard
# output. Programs that run the networks do so at one number of threads.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"

# run_into NAME COMMAND...: with NAME/out for DIR; what it prints is NAME/stdout.
run_into() {
  local name=$1
  shift
  mkdir -p "$name"
  "${@//DIR/$name/out}" --log-level error >>"$name/stdout" || fail "$* ends with $?"
}
same() {
  diff -r "$1" "$2" >difference || { head -5 difference >&2; fail "$3"; }
}
# walk SHARDS COMMAND...: SHARDS is "threads" where the number of threads must not matter, else "networks"; with
# "+shards" behind it where there are shards. A second run is always one of these: what differs from run to run differs
# there, too.
walk() {
  local kind=${1%+shards} shards=${1#*+} shard list
  shift
  echo "$1 $2"
  rm -rf once two parts
  run_into once "$@" --threads 1
  if [ "$kind" = threads ]; then
    run_into two "$@" --threads 2
    same once two "$1 run again, with two threads, gives another result"
  fi
  [ "$shards" = shards ] || return 0
  for shard in 0 1 2; do run_into parts "$@" --threads 1 --shard $shard/3; done
  for list in parts/out/*.0-of-3.jsonl; do
    [ -e "$list" ] || continue
    # A recipe begins with its plan in every part.
    cat "${list%.0-of-3.jsonl}".?-of-3.jsonl | awk '!/"schema":"coopseg.recipe/ || !seen++' >"${list%.0-of-3.jsonl}.jsonl"
  done
  rm -f parts/out/*-of-3.jsonl
  same once parts "$1 run again, in shards, gives another result"
}

walk threads+shards cs-phantom --out DIR --subjects 4 --size 48 --slices 4 --seed 5
mv once/out hearts
walk threads+shards cs-preprocess --cases hearts/cases.jsonl --out DIR
mv once/out ready
walk threads cs-list coopseg ready --labels coopseg
walk threads+shards cs-check --cases ready/cases.jsonl
walk threads cs-split --cases ready/cases.jsonl --train rest --test 1 --seed 3 --out DIR
walk threads+shards cs-corrupt all --cases ready/cases.jsonl --out DIR --repeats 2 --seed 4
walk threads cs-preprocess hearts/phantom001/ED_img.nii.gz DIR.nii.gz --n4
walk threads+shards cs-distance-map --cases ready/cases.jsonl --out DIR --spacing mm
swapped ready/cases.jsonl >ready/predicted.jsonl
walk threads cs-dice --cases ready/predicted.jsonl --json --summary
walk threads+shards cs-dice --cases ready/predicted.jsonl --cases-out -
golden model.safetensors
walk threads cs-model show model.safetensors --json
with_networks || exit 0
head -2 ready/cases.jsonl >ready/few.jsonl # eight slices, four batches
training=(--cases ready/few.jsonl --out DIR --crop 32 --batch-size 4 --epochs 1 --seed 6)
# twice COMMAND...: a training, with the times of its log left out.
twice() {
  rm -rf once again
  echo "$1"
  for name in once again; do
    run_into $name "$@" --threads 2
    sed -Ei 's/"(seconds|(slices|patches)_per_s|data_wait_s)":[^,}]*/"\1":0/g' $name/out/log.jsonl
  done
  same once again "$1 run twice gives two results"
}
twice cs-train-semi --cases ready/few.jsonl --unlabelled ready/few.jsonl --allow-overlap --out DIR --patch 32,32,16 --filters 2 \
  --batch-size 2,1 --max-iterations 2 --augmentation mild --seed 6
mv once/out/last.safetensors volumes.safetensors
twice cs-train-ftn "${training[@]}"
twice cs-train-coop "${training[@]}"
mv once/out/last.safetensors model.safetensors
walk networks+shards cs-predict --model volumes.safetensors --cases ready/cases.jsonl --out DIR
walk networks+shards cs-predict --model model.safetensors --cases ready/cases.jsonl --out DIR
head -3 ready/cases.jsonl >ready/few.jsonl
walk networks+shards cs-perturb --model model.safetensors --cases ready/few.jsonl --out DIR --seed 7 --repeats 2 \
  --method cooperative,rand-mwm,rand-conv,adv-noise,adv-bias --mask-threshold 0.3,0.6
