# shellcheck shell=bash
# The paper's experiment on made-up ACDC and M&Ms folders: all seven rows; what is there is not made again; a changed
# variable runs again what depends on it and nothing else; -n shows it without touching anything.
source "$(dirname "$case_file")/small_experiment.bash"
small_data
rows=(standard rand-mwm rand-conv adv-noise adv-bias cooperative-image cooperative)

# plan VARIABLE=VALUE...: numbers of the commands to come: list, check, preprocess, split (the folds, and scores by
# artefact and by vendor), corrupt, train, predict, dice.
plan() {
  local name
  experiment -n "$@" >plan 2>&1 || { cat plan; fail "no plan of $*"; }
  for name in list check preprocess split corrupt train-coop predict dice; do
    printf '%s ' "$(grep -Ec "^cs-$name " plan || true)"
  done
}
planned() { equal "$(plan OUT=out METHODS=standard "${@:2}")" "$1 " "(${*:2})"; }

equal "$(plan OUT=out METHODS="${rows[*]}")" '2 2 2 29 1 7 42 42 ' "(commands of the whole)"
absent out
runs log experiment OUT=out METHODS=cooperative ITERATIONS=1 -j2
# More rows. Each is trained and segments a set; with the other sets the networks have nothing new to show, and a start
# of LibTorch costs as much as fifty scores.
mapfile -t more < <(printf '%s\n' "${rows[@]}" | grep -vx cooperative)
mapfile -t sets < <(printf 'out/predicted/%s-0-0/stn/clean/cases.jsonl\n' "${more[@]}")
runs log experiment OUT=out METHODS="${rows[*]}" ITERATIONS=1 -j2 "${sets[@]}"
for row in "${more[@]}"; do
  cp -r out/predicted/cooperative-0-0/ftn "out/predicted/$row-0-0"
  cp -r out/predicted/cooperative-0-0/stn/{corrupted,mnms} "out/predicted/$row-0-0/stn"
done
runs log experiment OUT=out METHODS="${rows[*]}" ITERATIONS=1 -j2
equal "$(grep -c '^cs-train-coop \|^cs-predict ' out/log.txt)" $((7 + 6 + 6)) "(trainings and predictions)"
equal "$(wc -l <out/results.jsonl)" $((7 * 2 * (1 + 4 + 2))) "rows"
equal "$(grep -c '"set":"M&Ms B","stage":"stn"' out/results.jsonl)" 7
grep -o '"method":"[a-z-]*"' out/results.jsonl | uniq >methods
equal "$(tr -d '\n' <methods)" "$(printf '"method":"%s"' "${rows[@]}")" "(methods, in their order)"
says log '^\| cooperative-image \|'
says log '^the report: out/report.html'
[ -s out/report.html ] || fail "no report"
grep -q '"latent-da":"image"' <(tr -d ' \n' <out/run/cooperative-image-0-0/config.json) ||
  says out/run/cooperative-image-0-0/config.json '"image"'

# Fewer rows: the scores are there, the table is another.
runs log experiment OUT=out METHODS=standard ITERATIONS=1
equal "$(wc -l <out/results.jsonl)" 14
find out -type f -printf '%p %T@\n' | sort >before
one=(ITERATIONS=1)
planned '0 0 0 0 0 0 0 0' "${one[@]}"
planned '0 0 0 4 0 0 0 6' "${one[@]}" METRICS=dice
planned '0 0 0 2 1 0 2 2' "${one[@]}" ARTEFACTS="--crop 32 --repeats 2"
planned '0 0 0 4 0 1 6 6' ITERATIONS=2
planned '0 0 0 4 0 1 6 6' "${one[@]}" SEEDS="0 1"
planned '0 0 0 5 0 1 6 6' "${one[@]}" FOLDS="0 1"
planned '0 0 0 4 0 0 6 6' "${one[@]}" PREDICTION=--largest-component
planned '1 1 1 2 0 0 2 2' "${one[@]}" MNMS=MNMS/.
planned '0 0 0 2 0 0 0 6' "${one[@]}" MNMS_BY=
planned '0 0 2 5 1 1 6 6' "${one[@]}" PREPROCESS="--spacing keep --percentiles none"
find out -type f -printf '%p %T@\n' | sort | diff - before || fail "make -n has changed files"
touch -d '+1 second' ACDC/training/patient001/Info.cfg
planned '1 1 1 5 1 1 6 6' "${one[@]}"
touch -d '-1 day' ACDC/training/patient001/Info.cfg
planned '0 0 0 0 0 0 0 0' "${one[@]}"

# A changed training puts the old run aside.
cp out/run/standard-0-0/best.safetensors old
runs log experiment OUT=out METHODS=standard ITERATIONS=2 MNMS=
same_bytes old out/run/before/standard-0-0/best.safetensors
says out/run/standard-0-0/log.jsonl '"iteration":2'
planned '0 0 0 0 0 0 0 0' ITERATIONS=2 MNMS=

# What does not work is refused before anything is done.
refused() {
  exits 2 experiment OUT=new "${@:2}"
  says stderr "$1"
  absent new
}
refused 'OUT="a b": folders with spaces' OUT="a b"
refused 'ACDC="my data": folders with spaces' ACDC="my data"
refused 'METHODS: there is no best; there are .*cooperative-image' METHODS="standard best"
refused 'ACDC=... is missing' ACDC=
refused 'name something twice' SEEDS="0 0"
mkdir "a b"
exits 2 make -C "a b" -f "$COOPSEG_SOURCE_DIR/share/pipelines/demo.mk"
says stderr "has a space"
# Without M&Ms.
equal "$(plan OUT=new MNMS=)" '1 1 1 5 1 2 8 8 '
says plan 'MNMS=... is not given'
# Corrupted sets only.
runs log experiment OUT=sets acdc-c
equal "$(wc -l <sets/corrupted/cases.jsonl)" 16
absent sets/run

# The demo's folder is removed, no other.
mkdir precious
touch precious/data
exits 2 make -C "$COOPSEG_SOURCE_DIR" -f Makefile.pipelines clean-demo OUT="$PWD/precious"
[ -e precious/data ] || fail "clean-demo removes any folder"
mkdir -p demo/settings
touch demo/settings/hearts-A
exits 0 make -C "$COOPSEG_SOURCE_DIR" -f Makefile.pipelines clean-demo OUT="$PWD/demo"
absent demo
