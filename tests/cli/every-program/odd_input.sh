# shellcheck shell=bash disable=SC2154
# Input that is wrong and looks right: what every program says of it, and how it ends. A line of the table below is a
# situation, a program, its exit status and what must stand on standard error; "silent" is nothing but progress.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
pair sound
if with_networks; then model model.safetensors; else to_train; fi
heart_label sound_seg.nii
heart another.nii 0.7 # not seen in training

declare -A list
make_nifti wider.nii 36 41 3 2 2 8 ball 1 18 20 1 11
list[grids]=$(a_case a another.nii wider.nii | sed 's/"prediction":"[^"]*"/"prediction":"sound_seg.nii"/')
make_nifti seven.nii 36 40 3 2 2 8 ball 7 18 20 1 18 ball 1 18 20 1 11
list[unknown-label]=$(a_case a another.nii seven.nii)
make_nifti nothing.nii 36 40 3 2 2 8
list[background]=$(a_case a another.nii nothing.nii)
cp another.nii nan.nii && put nan.nii $voxels f nan
list[nan]=$(a_case a nan.nii sound_seg.nii)
cp another.nii infinite.nii && put infinite.nii $voxels f inf
list[infinite]=$(a_case a infinite.nii sound_seg.nii)
make_nifti flat.nii 36 40 3 2 2 8 --float box 0.5 0 36 0 40 0 3
list[constant]=$(a_case a flat.nii sound_seg.nii)
make_nifti cine.nii 36 40 6 2 2 8 --float ball 1 18 20 1 11 ball 1 18 20 4 11 && put cine.nii $dim s 4 36 40 3 2
list[cine]=$(a_case a cine.nii sound_seg.nii)
make_nifti turned.nii 3 40 36 8 2 2 --float box 0.1 0 3 0 40 0 36 ball 0.9 1 20 18 11
make_nifti turned_seg.nii 3 40 36 8 2 2 ball 1 1 20 18 11 box 2 0 3 0 1 0 1
list[other-axis]=$(a_case a turned.nii turned_seg.nii)
heart left.nii 0.7 && heart_label left_seg.nii
both left $pixdim f -1
both left $((sform + 32)) f 0 0 -8 0
list[left-handed]=$(a_case a left.nii left_seg.nii)
heart oblique.nii 0.7 && heart_label oblique_seg.nii
both oblique $sform_code s 0
both oblique $quaternion f 0.2 0 0.95
list[oblique]=$(a_case a oblique.nii oblique_seg.nii)
heart sheared.nii 0.7 && heart_label sheared_seg.nii
both sheared $qform_code s 0
both sheared $((sform + 4)) f 0.5
list[sheared]=$(a_case a sheared.nii sheared_seg.nii)
heart forms.nii 0.7 && put forms.nii $((sform + 12)) f 100
list[two-forms]=$(a_case a forms.nii sound_seg.nii)
heart bare.nii 0.7 && heart_label bare_seg.nii
both bare $unit C 0
both bare $((pixdim + 4)) f 1 1 1
both bare $sform_code s 0
list[no-millimetres]=$(a_case a bare.nii bare_seg.nii)
list[twins]=$(a_case a another.nii sound_seg.nii; a_case a flat.nii sound_seg.nii)
list[other-classes]=$(a_case a another.nii sound_seg.nii | sed 's/"labels":{[^}]*}/"labels":{"LA":1,"RA":2}/')
list[seen]=$(a_case s1 sound.nii sound_seg.nii)
make_nifti small.nii 8 9 3 2 2 8 --float ball 0.4 4 4 1 9 ball 0.9 4 4 1 4
make_nifti small_seg.nii 8 9 3 2 2 8 ball 2 4 4 1 9 ball 1 4 4 1 4
list[small]=$(a_case a small.nii small_seg.nii)
list[empty]=
list[vanished]=$(a_case a another.nii sound_seg.nii; a_case b gone.nii sound_seg.nii)
list[label-vanished]=$(a_case a another.nii sound_seg.nii; a_case b sound.nii gone_seg.nii)

# What is not about the situation: progress, and what the model and the training are.
remarks() { grep -vE ': [0-9]+ cases, |the model records no preprocessing|no --validate list|slices of|are smaller than the patch of|labelled and|lie outside the middle|[0-9]+ of [0-9]+ cases failed' stderr; }
went_well=0 left_out=0
# expect PROGRAM STATUS LIST SITUATION WORDS [SITUATION WORDS]...: what the program says of a list of these situations, of
# each one by its words, and nothing else if it shall be silent about one.
expect() {
  local program=$1 status=$2 cases=$3 got=0 said=() silent='' situation
  shift 3
  rm -rf out
  on_list "$program" "$cases" out "${more[@]}" >stdout 2>stderr || got=$?
  [ "$got" = "$status" ] || { cat stderr >&2; fail "$cases: $program ends with $got, expected $status"; }
  while [ $# -gt 0 ]; do
    situation=$1
    if [ "$2" = silent ]; then
      silent=1
    else
      grep -Eq -- "$2" stderr || { cat stderr >&2; fail "$situation: $program does not say: $2"; }
      said+=(-e "${2//.nii/(_seg)?.nii}") # of its label map, too
    fi
    shift 2
    went_well=$((went_well + 1))
  done
  if [ "$silent" ] && remarks | grep -vE "${said[@]:--e^$}" >unexpected; then
    fail "$cases: $program says, too: $(cat unexpected)"
  fi
  [ ! -d out ] || no_leftovers out
}
# Where LibTorch is loaded, which takes most of the time, situations share a list: those that work, and those in which one
# case fails and the others do not. Trainings fail as a whole, and some situations are odd only where they are alone.
declare -A together
while read -r situation programs status words; do
  case $situation in '' | '#'*) continue ;; esac
  [ -v "list[$situation]" ] || fail "no situation $situation"
  printf '%s\n' "${list[$situation]}" >"$situation.jsonl"
  more=()
  for program in ${programs//,/ }; do
    if [ -z "$(built "cs-$program")" ]; then left_out=$((left_out + 1)); continue; fi
    case $program/$status/$situation in
      */twins | train-*/background | train-*/constant) ;;
      predict/[01]/* | perturb/[01]/* | train-*/0/*)
        together[$program/$status]+="$situation $words"$'\n'
        continue
        ;;
    esac
    expect "cs-$program" "$status" "$situation.jsonl" "$situation" "$words"
  done
done <<'TABLE'
# Label maps that do not belong to the image. What does not read the label does not judge it.
grids           check                    1 wider.nii: grid: .*size 36 x 41 x 3, expected 36 x 40 x 3
grids           preprocess,perturb       1 wider.nii: grid differs from its image another.nii: size 36 x 41 x 3
grids           train-ftn,train-coop,train-semi 1 wider.nii: grid differs from its image another.nii: size 36 x 41 x 3
grids           dice                     1 sound_seg.nii: grid differs from reference wider.nii
grids           corrupt,predict,distance-map 0 silent
unknown-label   check                    1 seven.nii: unknown-label: holds the value 7
unknown-label   preprocess,dice          1 seven.nii: holds label 7, which (has no name|no class has)
unknown-label   perturb,distance-map     1 seven.nii: holds label 7, which is none of the classes LV, MYO
unknown-label   train-ftn,train-coop,train-semi 1 seven.nii: holds label 7, which is none of the classes LV, MYO
background      check                    1 nothing.nii: empty-label: holds background only
background      preprocess,perturb,distance-map 0 warning: nothing.nii: holds background only
background      train-ftn,train-coop     0 warning: nothing.nii: no slice holds a label
background      train-semi               0 warning: nothing.nii: holds no label
# Voxels.
nan             check                    1 nan.nii: non-finite: holds 1 NaN or infinite
nan             preprocess,corrupt       1 nan.nii: has 1 NaN and 0 infinite voxels
nan             predict,perturb          1 nan.nii: has 1 NaN and 0 infinite voxels
nan             train-ftn,train-coop,train-semi 1 nan.nii: has 1 NaN and 0 infinite voxels
infinite        check                    1 infinite.nii: non-finite: holds 1 NaN or infinite
infinite        preprocess,corrupt       1 infinite.nii: has 0 NaN and 1 infinite voxels
infinite        predict,perturb          1 infinite.nii: has 0 NaN and 1 infinite voxels
infinite        train-ftn,train-coop,train-semi 1 infinite.nii: has 0 NaN and 1 infinite voxels
constant        check                    1 flat.nii: constant-image: all voxels are 0.5
constant        preprocess,corrupt       0 warning: flat.nii: all voxels are 0.5
constant        predict,perturb          0 warning: flat.nii: all voxels are 0.5
constant        train-ftn,train-coop     0 warning: flat.nii: all voxels are 0.5
constant        train-semi               1 flat.nii: is constant: there is nothing to learn
cine            check                    1 cine.nii: frame: has 2 frames, the case names none
cine            preprocess,corrupt       1 cine.nii: has 2 frames \(4D\), expected one \(3D\)
cine            predict,perturb          1 cine.nii: has 2 frames \(4D\), expected one \(3D\)
cine            train-ftn,train-coop,train-semi 1 cine.nii: has 2 frames \(4D\), expected one \(3D\)
# Geometry. Slices are taken across the coarsest axis.
other-axis      check                    0 warning: turned.nii: slice-axis: the coarsest spacing \(8 mm\) is along axis 1
other-axis      corrupt                  0 silent
other-axis      preprocess,dice          0 silent
other-axis      predict,perturb          0 warning: 1 of [0-9]+ images \(first: other-axis-a ED\) have slices in another orientation
other-axis      train-ftn,train-coop,train-semi 0 warning: the lists mix orientations: [0-9]+ images lie in space as
left-handed     check,preprocess,corrupt 0 silent
left-handed     predict,perturb,dice     0 silent
left-handed     train-ftn,train-coop,train-semi 0 silent
oblique         check,preprocess,corrupt 0 silent
oblique         predict,perturb,dice     0 silent
oblique         train-ftn,train-coop,train-semi 0 silent
sheared         check,preprocess,corrupt 1 sheared(_seg)?.nii: .*has an sform whose axes are not at right angles
sheared         predict,perturb,dice     1 sheared(_seg)?.nii: has an sform whose axes are not at right angles
sheared         train-ftn,train-coop,train-semi 1 sheared(_seg)?.nii: has an sform whose axes are not at right angles
two-forms       check,preprocess,corrupt 0 warning: forms.nii: .*its qform and sform differ; the qform is used
two-forms       predict,perturb          0 warning: forms.nii: its qform and sform differ; the qform is used
two-forms       train-ftn,train-coop,train-semi 0 warning: forms.nii: its qform and sform differ; the qform is used
no-millimetres  check,preprocess,corrupt 0 warning: bare.nii: .*names no unit of length and a spacing of 1
no-millimetres  predict,perturb          0 warning: bare.nii: names no unit of length and a spacing of 1
no-millimetres  train-ftn,train-coop,train-semi 0 warning: bare.nii: names no unit of length and a spacing of 1
no-millimetres  dice                     0 warning: bare_seg.nii: names no unit of length and a spacing of 1
# Lists.
twins           check                    1 duplicate-id: flat.nii is a ED, too
twins           preprocess,corrupt       2 the outputs of two cases named a ED \(another.nii, flat.nii\) would go to one file
twins           predict,perturb          2 the outputs of two cases named a ED \(another.nii, flat.nii\) would go to one file
twins           dice                     0 warning: twins.jsonl: 1 of 2 cases have the name of another
twins           train-ftn,train-coop     0 warning: twins.jsonl: 1 of 2 cases have the name of another
empty           check,preprocess,corrupt 2 empty.jsonl: holds no case
empty           predict,perturb,dice     2 empty.jsonl: holds no case
empty           train-ftn,train-coop,train-semi 2 empty.jsonl: holds no case
empty           split                    2 empty.jsonl: holds no case
vanished        check                    1 gone.nii: unreadable: .*No such file
vanished        preprocess,corrupt       1 gone.nii: cannot be read: No such file
vanished        predict,perturb          1 gone.nii: cannot be read: No such file
vanished        train-ftn,train-coop,train-semi 1 gone.nii: cannot read \(b ED\): No such file
label-vanished  check                    1 gone_seg.nii: unreadable: .*No such file
label-vanished  preprocess,perturb,dice  1 gone_seg.nii: cannot be read: No such file
label-vanished  train-ftn,train-coop,train-semi 1 gone_seg.nii: cannot read \(b ED\): No such file
# Models.
other-classes   perturb                  1 sound_seg.nii: .*LV
other-classes   predict                  0 silent
seen            predict                  0 warning: 1 of [0-9]+ images were seen in training
small           predict,perturb          0 warning: small.nii: 8 x 9 pixels of 2 x 2 mm fill less than half of the 32 x 32
small           train-ftn,train-coop     0 warning: 1 of [0-9]+ images fill less than half of the 32 x 32 pixels
TABLE
for key in "${!together[@]}"; do
  program=${key%/*} status=${key#*/} count=0 words_of=()
  while read -r situation words; do
    sed "s/\"id\":\"/&$situation-/" "$situation.jsonl"
    words_of+=("$situation" "$words")
    count=$((count + 1))
  done <<<"${together[$key]%$'\n'}" >together.jsonl
  more=()
  # An iteration that sees all slices.
  case $program in
    predict) more=(--stage stn) ;;
    train-semi) more=(--batch-size "$(grep -c '' together.jsonl)") ;;
    train-*) more=(--batch-size $((2 * 3 * count))) ;;
  esac
  expect "cs-$program" "$status" together.jsonl "${words_of[@]}"
  [ "$status" = 0 ] || says stderr "^.*: $count of $(grep -c '' together.jsonl) cases failed"
  if [ "$key" = predict/0 ]; then mv out predicted; fi
done
[ $((went_well + left_out)) -gt 100 ] || fail "only $went_well lines of the table were tried"
exits 0 cs-check --cases left-handed.jsonl
says stdout '"code":"left-handed"'
exits 0 cs-check --cases oblique.jsonl
says stdout '"code":"oblique"'
# One subject in training and test: told by cs-check, and marked by the model.
echo "${list[seen]}" >seen.jsonl
exits 1 cs-check --cases seen.jsonl --against to_train.jsonl
says stderr 'in-other-list: the subject s1 stands in to_train.jsonl'

with_networks || exit 0
# Geometry that is rare and right: outputs lie where their inputs do.
for name in other-axis left-handed oblique; do
  grep "\"id\":\"$name-" predicted/cases.jsonl >predicted/$name.jsonl || fail "$name: is not listed"
  cs-dice --cases predicted/$name.jsonl --log-level warning >stdout 2>stderr || fail "$name: the prediction lies elsewhere"
  [ ! -s stderr ] || fail "$name: $(cat stderr)"
done
# A model of other classes: scores are refused.
grep '"id":"other-classes-' predicted/cases.jsonl >predicted/other-classes.jsonl
exits 2 cs-dice --cases predicted/other-classes.jsonl
says stderr 'other-classes-a ED: the prediction has no class LA'
