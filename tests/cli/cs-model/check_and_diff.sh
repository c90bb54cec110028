# shellcheck shell=bash
# check finds what is wrong with a model and goes on with the others; diff ends with 0, 1 or 2 as diff(1) does.
source "$(dirname "$case_file")/setup.bash"
make_run
mv run/*.safetensors .
exits 0 cs-model check best.safetensors last.safetensors
says stdout '^best.safetensors: ok, FCN_16_standard.*, 247 tensors$'
says stdout '^last.safetensors: ok'

# The weight of another name; the same number of bytes, so that the container stays sound.
LC_ALL=C sed '0,/segmentation_decoder/s//segmentation_dekoder/' best.safetensors >renamed.safetensors
head -c 5000 best.safetensors >cut.safetensors
exits 1 cs-model check renamed.safetensors cut.safetensors best.safetensors
equal "$(wc -l <stderr)" 2
says stderr "renamed.safetensors: holds no tensor 'segmentation_decoder/"
says stderr 'cut.safetensors: '
equal "$(cat stdout)" "$(cs-model check best.safetensors)"
exits 1 cs-model check --json renamed.safetensors best.safetensors
says stdout '"file":"renamed.safetensors","ok":false,"problem":"renamed.safetensors: holds no'
says stdout '"file":"best.safetensors","ok":true,"problem":null'

cp best.safetensors copy.safetensors
exits 0 cs-model diff best.safetensors copy.safetensors
[ ! -s stdout ] || fail "equal models differ in something"
LC_ALL=C sed '0,/\\"crop\\":32,/s//\\"crop\\":48,/' best.safetensors >other.safetensors
exits 1 cs-model diff best.safetensors other.safetensors
equal "$(cat stdout)" "crop: 32 | 48"
[ ! -s stderr ] || fail "a difference is no error"
exits 0 cs-model diff --weights best.safetensors other.safetensors
# The last byte is the highest of a batch count or a weight: one tensor differs.
cp best.safetensors flipped.safetensors
printf '\100' | dd of=flipped.safetensors bs=1 seek=$(($(stat -c %s best.safetensors) - 1)) conv=notrunc status=none
exits 1 cs-model diff best.safetensors flipped.safetensors
one_line stdout
says stdout ': 1 of [0-9]+ numbers differ, by [0-9.e+]+ at most, relative [0-9.e+]+$'
exits 1 cs-model diff --json best.safetensors flipped.safetensors
says stdout '"equal": false'
says stdout '"tensors_compared": 247'
says stdout '"differing": 1,'
exits 1 cs-model diff renamed.safetensors best.safetensors
says stdout 'is only in the first'
says stdout 'is only in the second'
exits 2 cs-model diff best.safetensors cut.safetensors
says stderr 'cut.safetensors'
one_line stderr
[ ! -s stdout ] || fail "half a comparison is printed"
