# shellcheck shell=bash
# ATSO learns from and labels the cases that it should in each generation; what is half made is refused by name.
source "$(dirname "$case_file")/small_semi.bash"
atso() { bash "$COOPSEG_SOURCE_DIR/examples/atso.sh" "$@"; }

ids() { sed -nE 's/.*"id":"([^"]*)".*/\1/p' "$@" | tr '\n' ' '; }

# steps: a line for each generation of the plan, where it starts, what it learns from and what it labels.
steps() {
  local line generation=0 labelled
  rm -f out/part.*
  cs-split --cases pool.jsonl --parts "${SUBSETS:-2}" --out out/part 2>messages
  atso -n labelled.jsonl pool.jsonl out >commands
  labelled=$(while read -r line; do
    if [[ $line =~ ^cs-train-semi\ --out\ out/([0-9]+) ]]; then
      generation=${BASH_REMATCH[1]}
    elif [[ $line =~ ^cs-predict\ .*\ --cases\ (out/part\.[0-9]+\.jsonl) ]]; then
      ids "${BASH_REMATCH[1]}" | sed -E "s/(c[0-9]+) /$generation \1\n/g"
    fi
  done <commands)
  while read -r line; do
    [[ $line =~ ^cs-train-semi\ --out\ out/([0-9]+) ]] || continue
    generation=${BASH_REMATCH[1]}
    printf '%s from %s learns %slabels %s\n' "$generation" \
      "$([[ $line =~ --init\ out/([0-9]+)/last ]] && echo "${BASH_REMATCH[1]}" || echo random)" \
      "$([[ ! $line =~ --pseudo\ out/[0-9]+/labels\.([0-9]+)/cases ]] || ids "out/part.${BASH_REMATCH[1]}.jsonl")" \
      "$(sed -n "s/^$generation c/c/p" <<<"$labelled" | sort | tr '\n' ' ')"
  done <commands
}
# The labels that a generation learns from are those of the generation before.
comes_from() {
  local line
  grep -e --pseudo' ' commands | while read -r line; do
    [[ $line =~ --out\ out/([0-9]+).*--pseudo\ out/([0-9]+)/labels && ${BASH_REMATCH[1]} = $((BASH_REMATCH[2] + 1)) ]] ||
      fail "labels of another generation: $line"
  done
}

# --- the plan ---------------------------------------------------------------------------------------------------------
mkdir out
for i in 0 1 2 3 4 5 6; do echo "{\"id\":\"c0$i\",\"image\":\"c0$i.nii.gz\"}"; done >pool.jsonl
echo '{"id":"a","image":"a.nii.gz","label":"a_seg.nii.gz"}' >labelled.jsonl
GENERATIONS=4 steps >plan
comes_from
equal "$(wc -l <plan)" 5
golden=${COOPSEG_GOLDEN_DIR:-${COOPSEG_GOLDEN_DIR_DEFAULT:-}}/semi/atso/plan.json
if [ ! -e "$golden" ]; then
  echo "the published plan is not looked at: no golden numbers (set COOPSEG_GOLDEN_DIR)"
elif ! command -v python3 >/dev/null; then
  echo "the published plan is not looked at: no python3"
else
  python3 - "$golden" >expected <<'END'
import json, sys
plan = json.load(open(sys.argv[1]))
for step in plan["steps"]:
    start = step["start"].split()[-1]
    words = [str(step["step"]), "from", start, "learns", *step.get("pseudo_cases", []), "labels", *step["then_label"]]
    print(" ".join(words), "")
END
  diff plan expected || fail "not the published plan"
fi
SUBSETS=3 START=previous GENERATIONS=4 steps >plan
comes_from
cat >expected <<'END'
0 from random learns labels c00 c01 c02 c03 c04 c05 c06 
1 from 0 learns c00 c03 c06 labels c01 c02 c04 c05 
2 from 1 learns c01 c04 labels c00 c02 c03 c05 c06 
3 from 2 learns c02 c05 labels c00 c01 c03 c04 c06 
4 from 3 learns c00 c03 c06 labels c01 c02 c04 c05 
END
diff plan expected || fail "three parts"
SUBSETS=1 START=scratch TARGETS=soft LATER="--lr 0.1" GENERATIONS=2 steps >plan
equal "$(sed -n 3p plan)" "2 from random learns c00 c01 c02 c03 c04 c05 c06 labels c00 c01 c02 c03 c04 c05 c06 "
equal "$(grep -c -- '--probabilities' commands)" 3
equal "$(grep -c -- '--pseudo-targets soft .*--lr 0.1' commands)" 2
FIRST=mine.safetensors GENERATIONS=1 atso -n labelled.jsonl pool.jsonl new --seed 3 >commands
absent new
equal "$(grep -c '^cs-train-semi' commands)" 1
equal "$(grep -c -e '--init mine.safetensors --seed 3' -e '--model mine.safetensors' commands)" 3

# An option of LATER stands for the same of OPTIONs; generation 0 has labelled patches alone in a batch.
options() { sed -nE "s|^cs-train-semi --out new/$1 .*(--config\|--patch) |\\1 |p" commands; }
later() { GENERATIONS=1 SUBSETS=1 START=scratch LATER=$1 atso -n labelled.jsonl pool.jsonl new "${@:2}" >commands; }
later "--batch-size 2,3 --lr 0.1" --patch 16,16 --batch-size 4 --no-dropout --lr=1 --max-iterations 5
equal "$(options 0)" "--patch 16,16 --batch-size 4 --no-dropout --lr=1 --max-iterations 5 --threads 0 --resume"
equal "$(options 1)" "--patch 16,16 --no-dropout --max-iterations 5 --batch-size 2,3 --lr 0.1 --threads 0 --resume"
later "--max-iterations=7" --patch 16,16 --batch-size=2,3 --max-iterations 5
equal "$(options 0)" "--patch 16,16 --max-iterations 5 --batch-size 2 --threads 0 --resume"
equal "$(options 1)" "--patch 16,16 --batch-size=2,3 --max-iterations=7 --threads 0 --resume"
printf '{\n  "lr": 0.1,\n  "batch-size": "3,1"\n}\n' >batch.json
later "" --config batch.json
equal "$(options 0)" "--config batch.json --batch-size 3 --threads 0 --resume"
equal "$(options 1)" "--config batch.json --threads 0 --resume"

# --- a run ------------------------------------------------------------------------------------------------------------
cs-phantom --out hearts --subjects 4 --sites 1 --frames ED --size 32 --spacing 6 --slices 4 --seed 1 2>messages
cs-split --cases hearts/cases.jsonl --labelled 2 --out few 2>messages
run() {
  runs log env GENERATIONS="$1" TARGETS=soft LATER="--max-iterations 3" THREADS=1 \
    bash "$COOPSEG_SOURCE_DIR/examples/atso.sh" few/labelled.jsonl few/unlabelled.jsonl run \
    --patch 32,32 --filters 4 --batch-size 2,2 --max-iterations 2
}
run 1
says log '2 labelled and 0 unlabelled'
says log '2 labelled and 1 pseudo-labelled'
cp run/1/last.safetensors first
run 2
same_bytes first run/1/last.safetensors
[ -e run/2/last.safetensors ] || fail "no second generation"

# --- what does not work -----------------------------------------------------------------------------------------------
for setting in GENERATIONS=0 GENERATIONS=two GENERATIONS=1000 SUBSETS=-2 START=first TARGETS=both; do
  exits 2 env "$setting" bash "$COOPSEG_SOURCE_DIR/examples/atso.sh" labelled.jsonl pool.jsonl new
  says stderr "atso.sh: $setting: "
  absent new
done
exits 2 atso labelled.jsonl pool.jsonl
says stderr 'OUT are missing'
exits 2 atso labelled.jsonl pool.jsonl new --batch-size 2
says stderr '--batch-size 2 has no patches for the labels that a model has made: give two numbers'
absent new
SUBSETS=8 exits 2 atso labelled.jsonl pool.jsonl out
says stderr '8 parts are wanted, the list has 7 subjects'
says stderr 'SUBSETS=8: pool.jsonl cannot be shared out so'
rm -f out/part.*

# Labels that are not whole are neither mended nor learned from.
cs-split --cases pool.jsonl --parts 2 --out out/part --force 2>messages
mkdir -p out/0/labels.0
for i in 0 2 4; do
  echo "{\"id\":\"c0$i\",\"image\":\"../../../c0$i.nii.gz\",\"label\":\"c0$i/_pred.nii.gz\",\"label_source\":\"pseudo\"}"
done >out/0/labels.0/cases.jsonl
refused() {
  FIRST=mine.safetensors exits 2 atso labelled.jsonl pool.jsonl out
  says stderr "$1: remove that folder \(rm -r out/0/labels.0\)"
}
refused 'out/0/labels.0/cases.jsonl has 3 of the 4 cases of out/part.0.jsonl'
echo '{"id":"c06","image":"../../../c06.nii.gz","label":"c06/_pred.nii.gz","label_source":"pseudo"}' >>out/0/labels.0/cases.jsonl
mkdir out/0/labels.0/c0{0,2,4,6}
touch out/0/labels.0/c0{0,2,6}/_pred.nii.gz
refused 'out/0/labels.0/c04/_pred.nii.gz is missing, which out/0/labels.0/cases.jsonl names'
touch out/0/labels.0/c04/_pred.nii.gz
TARGETS=soft refused 'a case of out/0/labels.0/cases.jsonl has no label_probabilities'
sed -i -E 's|_pred.nii.gz","label_source|&":"pseudo","label_probabilities":"soft.nii.gz","x|' out/0/labels.0/cases.jsonl
TARGETS=soft refused 'out/0/labels.0/soft.nii.gz is missing, which out/0/labels.0/cases.jsonl names'
sed -i 's/"id":"c06"/"id":"c05"/' out/0/labels.0/cases.jsonl
refused 'out/0/labels.0/cases.jsonl has other cases than out/part.0.jsonl'
