# shellcheck shell=bash
# show tells what the model says of itself and what it consists of, for people and as JSON.
source "$(dirname "$case_file")/setup.bash"
make_run
exits 0 cs-model show run/best.safetensors
says stdout '^network +FCN_16_standard, fast-thinking \(FTN\)$'
says stdout '^classes +background \(0\), LV \(1\), MYO \(2\), RV \(3\)$'
says stdout '^crop +32 x 32 pixels$'
says stdout '^training images +[0-9]+$'
says stdout '^  learning_rate +0.0001$'
says stdout '^  program +cs-train-ftn$'
says stdout '^image_encoder +107 +1125888 +2253 +4512616$'
says stdout '^all +247 +1536581 +3293 +'
says stdout '^  up1.up +transposed convolution +128 x 128 x 2 x 2 +65664$'
[ ! -s stderr ] || fail "messages where all is well"

exits 0 cs-model show --json run/best.safetensors
says stdout '"schema": "coopseg.model-summary/1"'
says stdout "\"sha256\": \"$(sha256sum run/best.safetensors | cut -d' ' -f1)\""
says stdout '"parameters": 1125888'
says stdout '"name": "general_encoder.inc.0"'

exits 1 cs-model show absent.safetensors
one_line stderr
says stderr 'absent.safetensors'
exits 1 cs-model show hearts/cases.jsonl
one_line stderr
