# shellcheck shell=bash
# --augmentation takes a file of the numbers that differ: they are recorded, they change the training, and what is recorded
# is such a file again, also for --resume.
source "$(dirname "$case_file")/setup.bash"
make_data
echo '{"name":"gentle","rotation_degrees":0,"shift_fraction":0,"zoom":[1,1],"elastic_probability":0}' >gentle.json
train gentle --epochs 2 --max-iterations 4 --augmentation gentle.json
recorded() { tr -d ' \n' <"$1/config.json" | grep -o '"augmentation":{[^}]*}' | sed 's/^"augmentation"://'; }
equal "$(recorded gentle)" "$(tr -d '\n' <<'END'
{"name":"gentle","pad":37,"crop":32,"flip_probability":0.2,"intensity_probability":0.5,"intensity_scale":[0.8,1.2],
"intensity_shift":[-0.1,0.1],"rotation_degrees":0.0,"shift_fraction":0.0,"zoom":[1.0,1.0],"quarter_rotations":8,
"elastic_probability":0.0,"elastic_alpha":[1.5,2.0],"elastic_sigma":[0.1,0.2],"minmax":true,"paper_limit":true}
END
)"
train named --epochs 2 --max-iterations 4
if cmp -s gentle/last.safetensors named/last.safetensors; then fail "the file changes nothing"; fi
recorded named >named.json
train again --epochs 2 --max-iterations 2 --augmentation named.json
train again --epochs 2 --max-iterations 4 --resume
same_bytes named/last.safetensors again/last.safetensors
exits 0 cs-model show gentle/last.safetensors
says stdout '^slices +each scaled to \[0, 1\] after the crop$'
exits 2 "$trainer" "${train_options[@]}" --out named --max-iterations 9 --resume --augmentation gentle.json
one_line stderr
says stderr 'named'

refuse() { # MESSAGE TEXT_OF_THE_FILE
  printf '%s' "$2" >bad.json
  exits 2 "$trainer" "${train_options[@]}" --out refused --augmentation bad.json
  one_line stderr
  says stderr "$1"
  absent refused
}
refuse 'bad.json: .*no member "rotation"' '{"rotation":5}'
refuse 'bad.json: .*zoom' '{"zoom":[1.1,0.9]}'
# Numbers that would lead out of every image, or of the memory.
refuse 'bad.json: .*zoom must be .*0.01 ... 100' '{"zoom":[1e308,1e308]}'
refuse 'bad.json: .*rotation_degrees must be 0 to 360' '{"rotation_degrees":1e308}'
refuse 'bad.json: .*shift_fraction' '{"shift_fraction":1e300}'
refuse 'bad.json: .*elastic_sigma' '{"elastic_sigma":[1e300,1e300]}'
refuse 'bad.json: .*elastic_alpha' '{"elastic_alpha":[1e9,1e9]}'
refuse 'bad.json: .*pad must be .*four times' '{"pad":10000}'
refuse 'bad.json: .*crop of 64 pixels, --crop is 32' '{"crop":64,"pad":64}'
refuse 'bad.json: .*JSON' '{"zoom":'
refuse 'bad.json: .*object' '[]'
exits 2 "$trainer" "${train_options[@]}" --out refused --augmentation absent.json
says stderr 'neither the name of a policy nor a file'
# minmax is what the model says of itself, and prediction does.
echo '{"minmax":false}' >range.json
train range --epochs 1 --max-iterations 1 --augmentation range.json
exits 0 cs-model show range/last.safetensors
says stdout '^slices +as they are$'
