# shellcheck shell=bash
# Few labels and many images, from images to table and report; of ATSO what makes it ATSO holds on the real run. A changed
# variable runs again what depends on it and nothing else; what does not work is refused by name.
source "$(dirname "$case_file")/small_semi.bash"

# --- a run, and what ATSO promises ------------------------------------------------------------------------------------
runs log semi OUT=out out/folds/0/2/.done
sums() { sed -nE 's/.*"(image|label)":"([^"]*)".*/\2/p' "$1" | (cd "$(dirname "$1")" && xargs sha256sum) && sha256sum "$1"; }
sums out/folds/0/2/labelled.jsonl >before
runs whole.log semi OUT=out -j2
says whole.log '^\| local-contrast \|'
says whole.log '^the report: out/report.html'
says_not whole.log 'no --validate'
equal "$(wc -l <out/results.jsonl)" 4
equal "$(grep -c '"labelled":2,' out/results.jsonl)" 4
atso=out/run/atso-2-0-0
says out/results.jsonl '"run":"run/atso-2-0-0/3"'
says whole.log '^training atso-2-0-0$'

# Labels are never replaced, and no others are taken for such.
sums out/folds/0/2/labelled.jsonl | diff - before || fail "labels were touched"
says_not out/folds/0/2/labelled.jsonl label_source
# Every generation starts from generation 0, which is the supervised training.
first=$(sha256sum <out/run/supervised-2-0-0/last.safetensors)
for generation in 1 2 3; do says $atso/$generation/config.json "\"${first%% *}\""; done
absent $atso/0/last.safetensors
# hashes LIST: of its images.
hashes() { sed -nE 's/.*"image":"([^"]*)".*/\1/p' "$1" | (cd "$(dirname "$1")" && xargs sha256sum) | cut -d' ' -f1; }
images() { sed -nE 's/.*"id":"([^"]*)".*/\1/p' "$@" | sort; }
equal "$(images $atso/0/labels.?/cases.jsonl)" "$(images out/folds/0/2/unlabelled.jsonl)" "(labelled in generation 0)"
for generation in 0 1 2 3; do
  learned=$(((generation + 1) % 2))
  for part in 0 1; do
    list=$atso/$generation/labels.$part/cases.jsonl
    if [ $generation != 0 ] && [ $part = $learned ]; then
      absent $list
      for hash in $(hashes $atso/part.$part.jsonl); do
        grep -q "$hash" $atso/$generation/last.safetensors || fail "generation $generation has not learned from part $part"
      done
      continue
    fi
    equal "$(images $list)" "$(images $atso/part.$part.jsonl)" "(generation $generation, part $part)"
    equal "$(grep -c '"label_source":"pseudo"' $list)" "$(wc -l <$list)"
    says_not $list '"seen_in_training":true'
    model=$atso/$generation/last.safetensors
    [ $generation != 0 ] || model=out/run/supervised-2-0-0/last.safetensors
    for hash in $(hashes $list); do
      ! grep -q "$hash" $model || fail "generation $generation labels what it has learned from"
    done
  done
done

# --- what changes, and what does not ----------------------------------------------------------------------------------
# plan VARIABLE=VALUE...: numbers of the commands to come.
plan() {
  local name
  semi -n OUT=out "$@" >plan 2>&1 || { cat plan; fail "no plan of $*"; }
  for name in phantom preprocess split pretrain train-semi predict dice report; do
    printf '%s ' "$(grep -Ec "^cs-$name " plan || true)"
  done
  grep -c '^env .*/atso.sh' plan || true
}
planned() { equal "$(plan "${@:2}")" "$1" "(${*:2})"; }
find out -type f -printf '%p %T@\n' | sort >before
planned '0 0 0 0 0 0 0 0 0'
planned '0 0 0 0 0 0 4 1 0' METRICS=hd95
planned '0 0 0 0 0 0 0 1 0' METHODS="supervised mt"
planned '0 0 0 0 0 1 1 1 1' GENERATIONS=4
planned '0 0 0 0 0 1 1 1 1' START=previous
planned '0 0 0 0 0 1 1 1 1' TARGETS=soft
planned '0 0 0 0 0 1 1 1 1' ATSO_ITERATIONS=7
planned '0 0 0 0 1 2 2 1 1' TRAINING_supervised="--lr 0.02"
planned '0 0 0 1 1 1 1 1 0' LOCAL="--max-iterations 5"
planned '0 0 0 2 1 1 1 1 0' GLOBAL="--batch-size 4 --max-iterations 5"
planned '0 0 0 2 3 4 4 1 1' SEEDS="0 1"
planned '0 0 1 1 3 4 4 1 1' LABELLED="2 3"
planned '0 0 1 2 3 4 4 1 1' FOLDS="0 1"
planned '0 0 1 2 3 4 4 1 1' TEST=3
planned '0 1 1 2 3 4 4 1 1' PREPROCESS="--normalise minmax --spacing keep"
find out -type f -printf '%p %T@\n' | sort | diff - before || fail "make -n has changed files"
# Generations that are there stay; others are added to them.
cp out/run/atso-2-0-0/3/last.safetensors third
runs log semi OUT=out GENERATIONS=4 METHODS=atso
same_bytes third out/run/atso-2-0-0/3/last.safetensors
absent out/run/before/atso-2-0-0
says log '^\| atso \|'
# Self-training of the plain kind labels what it has learned from.
runs log semi OUT=out METHODS=atso SUBSETS=1 START=previous TARGETS=soft GENERATIONS=1
same_bytes third out/run/before/atso-2-0-0/3/last.safetensors
says_not out/run/atso-2-0-0/0/labels.0/cases.jsonl '"seen_in_training":true'
equal "$(grep -c '"seen_in_training":true' out/run/atso-2-0-0/1/labels.0/cases.jsonl)" 5

# --- a folder of images, of which not all have labels -----------------------------------------------------------------
cs-phantom --out hearts --subjects 7 --sites 1 --frames ED --size 32 --spacing 6 --slices 4 --seed 2
rm hearts/phantom00[1-4]/ED_seg.*
mine=(OUT=mine DATA=hearts LAYOUT=coopseg LISTING="--labels coopseg" CONFIG=phantom-semi METHODS=supervised LABELLED=1
  ITERATIONS=2 THREADS=1)
runs log semi "${mine[@]}"
equal "$(grep -c '"label":' mine/folds/0/1/test.jsonl)" 2
equal "$(images mine/folds/0/1/unlabelled.jsonl | wc -l)" 4
# The data set's own test subjects.
cat >hearts/dataset.json <<'END'
{"splits":{"test":["phantom006"],"training":["phantom001","phantom002","phantom003","phantom004","phantom005"],
 "second":["phantom007"]}}
END
runs log semi "${mine[@]}" TEST=split
equal "$(images mine/folds/0/1/own/test.jsonl)" phantom006
equal "$(cat mine/folds/0/1/{labelled,unlabelled}.jsonl | wc -l)" 6
sed -i 's/"test"/"third"/' hearts/dataset.json
exits 2 semi "${mine[@]}" TEST=split
says stderr 'TEST=split: the split of no case is "test"'
touch -d '+1 second' hearts/phantom005/ED_img.nii.gz
runs plan semi -n "${mine[@]}"
says plan '^cs-list coopseg hearts '

# HDF5 files are checked as what is made of them.
for slices in 4 5 6; do
  mkdir -p atria/p$slices
  make_hdf5 atria/p$slices/mri_norm2.h5 "image float32 32x32x$slices places" "label uint8 32x32x$slices box"
  echo p$slices >>atria/train.list
done
runs log semi "${mine[@]}" OUT=atria-out DATA=atria LAYOUT=uamt LISTING= TEST=1 \
  PREPROCESS="--normalise zscore --spacing keep --h5-spacing 1,1,1"
equal "$(wc -l <atria-out/preprocessed/checked.jsonl)" 3
says log '^\| supervised \|'

# --- what does not work is refused before anything is done ------------------------------------------------------------
refused() {
  exits 2 semi OUT=new "${@:2}"
  says stderr "$1"
  absent new
}
refused 'METHODS: there is no best; there are supervised mt .*local-contrast' METHODS="mt best"
refused 'LABELLED="2 2": name something twice' LABELLED="2 2"
refused 'LAYOUT=... is missing' DATA=hearts
refused 'CONFIG=... is missing.*hippocampus-semi' DATA=hearts LAYOUT=coopseg
refused 'CONFIG: there is no mine; there are .*phantom-semi' CONFIG=mine
refused 'DATA="my hearts": folders with spaces' DATA="my hearts"
refused 'ITERATIONS="many": give numbers' ITERATIONS=many
refused 'LABELLED="05": give numbers' LABELLED=05
for name in LABELLED ITERATIONS ATSO_ITERATIONS; do
  refused "$name=\"0\": give numbers from 1 on" $name=0
done
refused 'METHODS is empty' METHODS=
refused 'START=begin: there are initial, previous and scratch' START=begin
refused 'TARGETS=firm: there are hard and soft' TARGETS=firm
refused 'SUBSETS=0: give a number' SUBSETS=0
refused 'GENERATIONS=-1: give a number' GENERATIONS=-1
refused 'GENERATIONS=0: give a number' GENERATIONS=0
