# shellcheck shell=bash
# --augmentation takes a file of the numbers that differ: they are recorded, they change the training, and what is recorded
# is such a file again.
source "$(dirname "$case_file")/setup.bash"
make_data
echo '{"name":"gentle","flip":"none","rotation_probability":1,"rotation_degrees":[5,5,5]}' >gentle.json
train gentle --max-iterations 2 --augmentation gentle.json 2>err
recorded() { tr -d ' \n' <"$1/config.json" | grep -o '"augmentation":{[^}]*}' | sed 's/^"augmentation"://'; }
equal "$(recorded gentle)" "$(tr -d '\n' <<'END'
{"name":"gentle","quarter_turns":true,"flip":"none","flip_axes":"xy","rotation_probability":1.0,
"rotation_degrees":[5.0,5.0,5.0],"scale_probability":0.0,"scale":[0.9,1.1],"elastic_probability":0.0,
"elastic_amplitude":[1.0,3.0],"elastic_spacing":[12.0,16.0],"gamma_probability":0.0,"gamma":[0.8,1.25],
"contrast_probability":0.0,"contrast":[0.8,1.25],"brightness_probability":0.0,"brightness":[-0.2,0.2]}
END
)"
recorded gentle >again.json
train again --max-iterations 2 --augmentation again.json 2>err
exits 0 cs-model diff --weights gentle/last.safetensors again/last.safetensors
train named --max-iterations 2 2>err
exits 1 cs-model diff --weights gentle/last.safetensors named/last.safetensors

refuse() { # MESSAGE TEXT_OF_THE_FILE
  printf '%s' "$2" >bad.json
  exits 2 train refused --augmentation bad.json
  one_line stderr
  says stderr "$1"
  absent refused
}
refuse 'bad.json: .*no member "rotation"' '{"rotation":5}'
refuse 'bad.json: .*flip must be none, independent or uamt' '{"flip":"both"}'
refuse 'bad.json: .*flip_axes' '{"flip_axes":"xx"}'
refuse 'bad.json: .*scale must be .*0.1 ... 10' '{"scale":[1e308,1e308]}'
refuse 'bad.json: .*elastic_amplitude must be .*0.4 of' '{"elastic_amplitude":[1,9]}'
refuse 'bad.json: .*JSON' '{"flip":'
exits 2 train refused --augmentation absent.json
says stderr 'neither the name of a policy nor a file'
