# shellcheck shell=bash
# What cannot be done is refused in one line that names the option or field, before anything is written.
cs-phantom in.nii.gz seg.nii.gz --size 24 --spacing 6 --slices 3 --log-level error
refused() {
  local says=$1
  shift
  exits 2 cs-corrupt "$@"
  one_line stderr
  says stderr "$says"
  absent out.nii.gz
}
refused 'blur: is no artefact' blur in.nii.gz out.nii.gz
refused 'chain|is no artefact' --chain motion,blur in.nii.gz out.nii.gz
refused 'is no artefact' --chain motion, in.nii.gz out.nii.gz
refused 'TYPE: is missing'
refused 'INPUT: is missing' spike
refused 'OUTPUT: is missing' spike in.nii.gz
refused '4 images are to be made' all in.nii.gz out.nii.gz
refused '2 images are to be made' spike --repeats 2 in.nii.gz out.nii.gz
echo '{"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1,"intensity":1}}' >p.json
refused 'out.nii.gz: was not expected' --params p.json spike in.nii.gz out.nii.gz
refused '--degrees: means nothing to spike' spike --degrees 5 in.nii.gz out.nii.gz
refused '--degrees: "nan"' motion --degrees nan in.nii.gz out.nii.gz
refused '--degrees: .*"x"' motion --degrees x in.nii.gz out.nii.gz
refused '--degrees: runs from 5.0 down to -5.0' motion --degrees 5,-5 in.nii.gz out.nii.gz
refused '--num-ghosts: is -3 to -1' ghosting --num-ghosts -3,-1 in.nii.gz out.nii.gz
refused '--num-ghosts: "2.5"' ghosting --num-ghosts 2.5 in.nii.gz out.nii.gz
refused '--axes: holds 3' ghosting --axes 3 in.nii.gz out.nii.gz
refused '--axes: holds 0' ghosting --dialect physical --axes 0 in.nii.gz out.nii.gz
refused '--restore' ghosting --restore 1.5 in.nii.gz out.nii.gz
refused '--order: is 11' bias --order 11 in.nii.gz out.nii.gz
refused '--movements' motion --movements 0 in.nii.gz out.nii.gz
refused '--intensity: .*"1e400"' spike --intensity 1e400 in.nii.gz out.nii.gz
refused '--intensity: would be that of ghosting and of spike' --chain ghosting,spike --intensity 1 in.nii.gz out.nii.gz
refused '--severity: "6"' spike --severity 6 in.nii.gz out.nii.gz
refused '--intensity: contradicts --severity' spike --severity 3 --intensity 1 in.nii.gz out.nii.gz
refused '--crop: contradicts --no-crop' spike --crop 64 --no-crop in.nii.gz out.nii.gz
refused '--crop' spike --crop 0 in.nii.gz out.nii.gz
refused '--dialect' spike --dialect sane in.nii.gz out.nii.gz
refused '--compression' spike --compression 13 in.nii.gz out.nii.gz
refused '--repeats' spike --repeats 0 in.nii.gz out.nii.gz
refused '--out: means nothing' spike --out x in.nii.gz out.nii.gz
echo '{"id":"a","image":"in.nii.gz"}' >list.jsonl
refused '--out: is missing' spike --cases list.jsonl
refused 'in.nii.gz: is named beside --cases' spike --cases list.jsonl --out x in.nii.gz
refused 'ends neither in' spike in.nii.gz out.png
absent x

# Files of parameters.
given() {
  echo "$2" >p.json
  refused "p.json: .*$1" --params p.json in.nii.gz out.nii.gz
}
given 'artefact' '{"artefact":"blur","parameters":{}}'
given 'num_ghosts' '{"artefact":"ghosting","parameters":{"num_ghosts":-1,"axis":0,"intensity":1}}'
given 'intensity' '{"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":0,"intensity":"much"}}'
given 'positions\[0\]' '{"artefact":"spike","parameters":{"positions":[[0.1,1.5,0.2]],"intensity":1}}'
given 'colour' '{"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":0,"intensity":1,"colour":1}}'
given 'slices\[0\].times' \
  '{"artefact":"motion_physical","parameters":{"slices":[{"degrees":[1],"translation_mm":[[1,2]],"times":[2]}]}}'
given '' 'not JSON'
refused 'no.json' --params no.json in.nii.gz out.nii.gz
echo '{"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1,"intensity":1}}' >p.json
for option in '--seed 1' '--severity 2' '--dialect paper' '--repeats 2' '--degrees 3' '--chain motion'; do
  # shellcheck disable=SC2086
  refused "${option%% *}: contradicts --params" --params p.json $option in.nii.gz out.nii.gz
done

# One entry for each slice, of another number of slices: the image cannot have them.
slice='{"degrees":[1],"translation_mm":[[1,2]],"times":[0.4]}'
echo "{\"artefact\":\"motion_physical\",\"parameters\":{\"slices\":[$slice,$slice]}}" >p.json
exits 1 cs-corrupt --params p.json in.nii.gz out.nii.gz
says stderr '"slices" holds 2 entries, the image has 3 slices'
absent out.nii.gz
