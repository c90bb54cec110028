#!/usr/bin/env bash
# atso.sh [-n] LABELLED UNLABELLED OUT [OPTION...]: ATSO (Huo et al., CVPR 2021), self-training in which no model learns
# from labels that it has made itself. The subjects of UNLABELLED are shared out in turn to SUBSETS lists, the parts. The
# model of generation 0 learns from LABELLED alone and labels all parts. That of generation g learns from LABELLED and
# from one part, the parts taking turns, with the labels of generation g - 1; then it labels the other parts. The model
# of the last generation, OUT/GENERATIONS/last.safetensors, is the result. What is there is kept. -n prints the steps.
# OPTIONs are those of cs-train-semi, for all trainings. Settings:
#   GENERATIONS=6    after generation 0
#   SUBSETS=2        1: every model labels what it has learned from, which is plain self-training
#   START=initial    where a generation's training starts: the model of generation 0, the previous one, or from scratch
#   TARGETS=hard     labels, or soft: probabilities
#   LATER            further options of the trainings from generation 1 on, "--max-iterations 2000 --lr-step 1000"
#   FIRST            a model that has learned from LABELLED alone, instead of training one
#   THREADS, DEVICE  of all programs
set -euo pipefail
refuse() { echo "atso.sh: $*" >&2; exit 2; }
steps=
if [ "${1:-}" = -n ]; then steps=only; shift; fi
[ $# -ge 3 ] || refuse "LABELLED, UNLABELLED and OUT are missing"
labelled=$1 unlabelled=$2 out=$3
shift 3
generations=${GENERATIONS:-6} subsets=${SUBSETS:-2} start=${START:-initial} targets=${TARGETS:-hard}
read -ra later <<<"${LATER:-}"
where=(--threads "${THREADS:-0}" ${DEVICE:+--device "$DEVICE"})
[[ $generations =~ ^[1-9][0-9]{0,2}$ ]] || refuse "GENERATIONS=$generations: give a number from 1 to 999"
[[ $subsets =~ ^[1-9][0-9]{0,2}$ ]] || refuse "SUBSETS=$subsets: give a number from 1 to 999"
[[ $start =~ ^(initial|previous|scratch)$ ]] || refuse "START=$start: there are initial, previous and scratch"
[[ $targets =~ ^(hard|soft)$ ]] || refuse "TARGETS=$targets: there are hard and soft"
# The program that runs gets the signal, too, and saves what it has; nothing else begins.
trap 'exit 138' USR1
trap 'exit 143' TERM

run() {
  printf '%s\n' "$*"
  [ "$steps" ] || "$@"
}
model() { if [ "$1" = 0 ] && [ "${FIRST:-}" ]; then echo "$FIRST"; else echo "$out/$1/last.safetensors"; fi; }
labels() { echo "$out/$1/labels.$2"; }  # GENERATION PART

# complete FOLDER PART: where FOLDER has a list of labels, it has all of the part's, as files, too.
complete() {
  local list=$1/cases.jsonl file
  [ -e "$list" ] || return 0
  [ "$(grep -c '' "$list")" = "$(grep -c '' "$2")" ] ||
    refuse "$list has $(grep -c '' "$list") of the $(grep -c '' "$2") cases of $2: remove that folder (rm -r $1)"
  while read -r file; do
    [ -e "$1/$file" ] || refuse "$1/$file is missing, which $list names: remove that folder (rm -r $1)"
  done < <(sed -nE 's/.*"label":"([^"]*)".*/\1/p' "$list")
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
[ "${FIRST:-}" ] || run cs-train-semi --out "$out/0" --method supervised --cases "$labelled" "$@" "${where[@]}" --resume
for ((part = 0; part < subsets; ++part)); do label 0 "$part"; done

for ((generation = 1; generation <= generations; ++generation)); do
  learned=$(((generation - 1) % subsets)) before=$((generation - 1))
  case $start in
    initial) from=(--init "$(model 0)") ;;
    previous) from=(--init "$(model $before)") ;;
    scratch) from=() ;;
  esac
  run cs-train-semi --out "$out/$generation" --method supervised --cases "$labelled" \
    --pseudo "$(labels $before $learned)/cases.jsonl" --pseudo-targets "$targets" ${from[@]+"${from[@]}"} "$@" \
    ${later[@]+"${later[@]}"} "${where[@]}" --resume
  for ((part = 0; part < subsets; ++part)); do
    if [ "$subsets" = 1 ] || [ "$part" != "$learned" ]; then label "$generation" "$part"; fi
  done
done
