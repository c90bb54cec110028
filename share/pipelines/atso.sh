#!/usr/bin/env bash
# atso.sh [-n] LABELLED UNLABELLED OUT [OPTION...]: ATSO (Huo et al., CVPR 2021), self-training in which no model learns
# from labels that it has made itself. The subjects of UNLABELLED are shared out in turn to SUBSETS lists, the parts. The
# model of generation 0 learns from LABELLED alone and labels all parts. That of generation g learns from LABELLED and
# from one part, the parts taking turns, with the labels of generation g - 1; then it labels the other parts. The model
# of the last generation, OUT/GENERATIONS/last.safetensors, is the result. What is there is kept. -n prints the steps.
# OPTIONs are those of cs-train-semi, for all trainings; of --batch-size L,P generation 0, which has no labels of a
# model's, takes L. Settings:
#   GENERATIONS=6    after generation 0
#   SUBSETS=2        1: every model labels what it has learned from, which is plain self-training
#   START=initial    where a generation's training starts: the model of generation 0, the previous one, or from scratch
#   TARGETS=hard     labels, or soft: probabilities
#   LATER            options of the trainings from generation 1 on, in place of the same ones among OPTIONs or beside
#                    them: "--max-iterations 2000 --lr-step 1000"
#   FIRST            a model that has learned from LABELLED alone, instead of training one
#   THREADS, DEVICE  of all programs
#   LAUNCH           what starts a training's processes, where several share it: "srun --ntasks=4"
set -euo pipefail
refuse() { echo "atso.sh: $*" >&2; exit 2; }
steps=
if [ "${1:-}" = -n ]; then steps=only; shift; fi
[ $# -ge 3 ] || refuse "LABELLED, UNLABELLED and OUT are missing"
labelled=$1 unlabelled=$2 out=$3
shift 3
generations=${GENERATIONS:-6} subsets=${SUBSETS:-2} start=${START:-initial} targets=${TARGETS:-hard}
read -ra later <<<"${LATER:-}"
read -ra launch <<<"${LAUNCH:-}"
where=(--threads "${THREADS:-0}" ${DEVICE:+--device "$DEVICE"})
[[ $generations =~ ^[1-9][0-9]{0,2}$ ]] || refuse "GENERATIONS=$generations: give a number from 1 to 999"
[[ $subsets =~ ^[1-9][0-9]{0,2}$ ]] || refuse "SUBSETS=$subsets: give a number from 1 to 999"
[[ $start =~ ^(initial|previous|scratch)$ ]] || refuse "START=$start: there are initial, previous and scratch"
[[ $targets =~ ^(hard|soft)$ ]] || refuse "TARGETS=$targets: there are hard and soft"
# The program that runs gets the signal, too, and saves what it has; nothing else begins.
trap 'exit 138' USR1
trap 'exit 143' TERM

# without NAMES WORD...: in kept the words but for these options and what belongs to them.
without() {
  local word skip=
  kept=()
  for word in "${@:2}"; do
    if [[ $word == --* ]]; then
      skip=
      [[ " $1 " != *" ${word%%=*} "* ]] || skip=yes
    fi
    [ "$skip" ] || kept+=("$word")
  done
}
# batch OPTION...: the --batch-size that they say, or else the file of their --config.
batch() {
  local word before='' size='' config=''
  for word in "$@"; do
    case $before in --batch-size) size=$word ;; --config) config=$word ;; esac
    case $word in --batch-size=*) size=${word#*=} ;; --config=*) config=${word#*=} ;; esac
    before=$word
  done
  [ "$size" ] || [ ! -f "$config" ] || size=$(sed -nE 's/.*"batch-size" *: *"?([0-9,]+).*/\1/p' "$config")
  echo "$size"
}
alone=("$@") size=$(batch "$@")
if [[ $size == *,* ]]; then
  without --batch-size "$@"
  alone=(${kept[@]+"${kept[@]}"} --batch-size "${size%%,*}")
fi
replaced=
for word in ${later[@]+"${later[@]}"}; do [[ $word != --* ]] || replaced+=" ${word%%=*}"; done
without "$replaced" "$@"
later=(${kept[@]+"${kept[@]}"} ${later[@]+"${later[@]}"})
size=$(batch ${later[@]+"${later[@]}"})
[[ ! $size =~ ^[0-9]+(,0)?$ ]] ||
  refuse "--batch-size $size has no patches for the labels that a model has made: give two numbers, L,P"

run() {
  printf '%s\n' "$*"
  [ "$steps" ] || "$@"
}
model() { if [ "$1" = 0 ] && [ "${FIRST:-}" ]; then echo "$FIRST"; else echo "$out/$1/last.safetensors"; fi; }
labels() { echo "$out/$1/labels.$2"; }  # GENERATION PART

field() { sed -nE "s/.*\"$1\":\"([^\"]*)\".*/\\1/p" "$2"; }  # NAME LIST
# complete FOLDER PART: where FOLDER has a list of labels, it has those of the part, all of them, as files, too.
complete() {
  local list=$1/cases.jsonl file kind again="remove that folder (rm -r $1)"
  [ -e "$list" ] || return 0
  [ "$(grep -c '' "$list")" = "$(grep -c '' "$2")" ] ||
    refuse "$list has $(grep -c '' "$list") of the $(grep -c '' "$2") cases of $2: $again"
  [ "$(field id "$list" | sort)" = "$(field id "$2" | sort)" ] || refuse "$list has other cases than $2: $again"
  for kind in label $([ "$targets" = hard ] || echo label_probabilities); do
    [ "$(field "$kind" "$list" | grep -c '')" = "$(grep -c '' "$list")" ] ||
      refuse "a case of $list has no $kind: $again"
    while read -r file; do
      [ -e "$1/$file" ] || refuse "$1/$file is missing, which $list names: $again"
    done < <(field "$kind" "$list")
  done
}

label() {  # GENERATION PART
  local to
  to=$(labels "$1" "$2")
  [ "$steps" ] || complete "$to" "$out/part.$2.jsonl"
  local probabilities=()
  [ "$targets" = hard ] || probabilities=(--probabilities)
  run cs-predict --out "$to" --model "$(model "$1")" --cases "$out/part.$2.jsonl" --pseudo-labels \
    ${probabilities[@]+"${probabilities[@]}"} --skip-existing --force "${where[@]}"
}

[ "$steps" ] || mkdir -p "$out"
run cs-split --cases "$unlabelled" --parts "$subsets" --out "$out/part" --force ||
  refuse "SUBSETS=$subsets: $unlabelled cannot be shared out so, for the reason above"
[ "${FIRST:-}" ] || run ${launch[@]+"${launch[@]}"} cs-train-semi --out "$out/0" --method supervised \
  --cases "$labelled" ${alone[@]+"${alone[@]}"} "${where[@]}" --resume
for ((part = 0; part < subsets; ++part)); do label 0 "$part"; done

for ((generation = 1; generation <= generations; ++generation)); do
  learned=$(((generation - 1) % subsets)) before=$((generation - 1))
  case $start in
    initial) from=(--init "$(model 0)") ;;
    previous) from=(--init "$(model $before)") ;;
    scratch) from=() ;;
  esac
  run ${launch[@]+"${launch[@]}"} cs-train-semi --out "$out/$generation" --method supervised \
    --cases "$labelled" --pseudo "$(labels $before $learned)/cases.jsonl" --pseudo-targets "$targets" \
    ${from[@]+"${from[@]}"} ${later[@]+"${later[@]}"} "${where[@]}" --resume
  # Those of the last generation, which nobody reads, are steps of the published plan, and where a further one begins.
  for ((part = 0; part < subsets; ++part)); do
    if [ "$subsets" = 1 ] || [ "$part" != "$learned" ]; then label "$generation" "$part"; fi
  done
done
