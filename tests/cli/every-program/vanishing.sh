# shellcheck shell=bash
# A file that is there when a program starts and gone when it gets to it: the error names it, the other cases are done
# and listed; once it is back the same command completes to the bytes of a run that was left alone.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
# shellcheck source=tests/cli/every-program/faults.bash
source "$(dirname "$case_file")/faults.bash"
golden model.safetensors
for n in 1 2 3; do
  heart $n.nii 0.$((n + 5))
  heart_label ${n}_seg.nii
  a_case c$n $n.nii ${n}_seg.nii >>list.jsonl
done

# without FILE WHEN PROGRAM [options]: FILE goes when the file named WHEN is opened; it comes back afterwards.
without() {
  local file=$1 when=$2 program=$3
  status=0
  LD_PRELOAD=$faults FAULT_VANISHES="$when $file" on_list "$program" list.jsonl out "${@:4}" >stdout 2>err || status=$?
  [ -e "$file.gone" ] || fail "$program never opened $when"
  mv "$file.gone" "$file"
}
for program in cs-check cs-preprocess cs-corrupt cs-predict cs-perturb cs-dice cs-distance-map; do
  [ "$(built $program)" ] || continue
  rm -rf out undisturbed
  on_list $program list.jsonl undisturbed >whole.txt 2>err || fail "$program: $(cat err)"
  files=(3.nii 3_seg.nii)
  first=1.nii
  case $program in
    cs-corrupt | cs-predict) files=(3.nii) ;; # these read no label
    cs-dice | cs-distance-map) files=(3_seg.nii) first=1_seg.nii ;;
  esac
  for file in "${files[@]}"; do
    echo "$program: $file"
    rm -rf out
    without "$file" $first $program
    equal $status 1 "($program without $file: $(cat err))"
    says err "error: $file: .*No such file"
    if [ -d undisturbed ]; then
      no_leftovers out
      whole out
      grep -o '"id":"c[0-9]' out/cases.jsonl | sort -u | cut -d'"' -f4 >listed
      equal "$(tr '\n' ' ' <listed)" 'c1 c2 ' "($program: the list)"
      on_list $program list.jsonl out --skip-existing 2>err || fail "$program does not go on: $(cat err)"
      diff -r undisturbed out || fail "$program: another result than with all files"
    elif [ $program = cs-dice ]; then
      says stdout '^c2 ED  MYO +1.0000'
      says stdout '^c3 ED  MYO .* failed$'
      says_not stdout '^c[12] .* failed$'
    else
      # The small images draw a warning each.
      grep -oE '"verdict":"[a-z]+"' stdout | cut -d'"' -f4 >verdicts
      equal "$(tr '\n' ' ' <verdicts)" 'warning warning error ' "($program)"
    fi
  done
done

with_networks || exit 0
# A training has read everything before it begins: without a file there is none, and later none is missed.
for program in cs-train-ftn cs-train-coop cs-train-semi; do
  rm -rf out undisturbed
  on_list $program list.jsonl undisturbed 2>err
  for file in 3.nii 3_seg.nii; do
    without $file 1.nii $program
    equal $status 1 "($program without $file: $(cat err))"
    says err "error: $file: .*No such file"
    absent out
  done
  without 2.nii log.jsonl $program
  equal $status 0 "($program whose file goes while it trains: $(cat err))"
  same_bytes undisturbed/last.safetensors out/last.safetensors
  mv 2.nii kept.nii
  exits 1 on_list $program list.jsonl out --resume
  says stderr 'error: 2.nii: .*No such file'
  mv kept.nii 2.nii
  same_bytes undisturbed/state.safetensors out/state.safetensors
  on_list $program list.jsonl out --resume 2>err || fail "does not go on: $(cat err)"
done
