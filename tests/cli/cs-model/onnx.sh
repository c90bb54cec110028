# shellcheck shell=bash
# A model is written as an ONNX file, whole and never over another, and what it wants and gives is told; models that
# segment nothing are refused by name. No action opens the ONNX library but the one that needs it.
source "$(dirname "$case_file")/setup.bash"
source "$(dirname "$case_file")/../cs-predict/setup.bash"
make_model
stage_model both.safetensors '{"ftn":{"mean_iou":0.8},"stn":{"mean_iou":0.7}}'
stage_model unscored.safetensors

exits 0 cs-model export --to onnx model.safetensors a.onnx
[ ! -s stdout ] || fail "results on standard output"
says stderr '^cs-model: a.onnx: takes images as they are; orientation not recorded$'
exits 0 cs-model export --to onnx model.safetensors b.onnx
same_bytes a.onnx b.onnx
exits 2 cs-model export --to onnx both.safetensors a.onnx
one_line stderr
says stderr 'a.onnx: exists'
same_bytes a.onnx b.onnx
exits 0 cs-model export --to onnx both.safetensors a.onnx --force
! cmp -s a.onnx b.onnx || fail "--force replaced nothing"
exits 2 cs-model export --to onnx model.safetensors model.safetensors --force
one_line stderr
exits 0 cs-model check model.safetensors

# The stage is the one that cs-predict would take.
told() { tr -d ' \n' <stdout; }
exits 0 cs-model export --to onnx --json both.safetensors auto.onnx
says stderr 'both.safetensors: --stage auto takes ftn: mean IoU on validation FTN 0.8000, FTN\+STN 0.7000'
[[ $(told) == *'"stage":"ftn"'* ]] || fail "not the better stage"
[[ $(told) == *'"inputs":[{"name":"image","shape":["batch",1,32,32]}]'* ]] || fail "input: $(told)"
[[ $(told) == *'"outputs":[{"name":"probabilities","shape":["batch",3,32,32]}]'* ]] || fail "outputs: $(told)"
[[ $(told) == *'"channels":["background","LV","MYO"]'* ]] || fail "channels: $(told)"
[[ $(told) == *"\"sha256\":\"$(sha256sum <auto.onnx | cut -d' ' -f1)\""* ]] || fail "sum of the file: $(told)"
[[ $(told) == *"\"sha256\":\"$(sha256sum <both.safetensors | cut -d' ' -f1)\""* ]] || fail "sum of the model: $(told)"
exits 0 cs-model export --to onnx --json both.safetensors --stage stn stn.onnx
[[ $(told) == *'"name":"probabilities_ftn"'*'"stage":"stn"'* ]] || fail "stn: $(told)"
exits 0 cs-model export --to onnx --json unscored.safetensors unscored.onnx
says stderr 'records no scores of both stages'
[[ $(told) == *'"stage":"stn"'* ]] || fail "not the corrected segmentation"

refuse() { # STATUS MESSAGE WORD...
  local status=$1 message=$2
  shift 2
  exits "$status" cs-model export "$@"
  one_line stderr
  says stderr "$message"
  absent none.onnx
}
refuse 2 'model.safetensors: has no slow-thinking network \(STN\); use --stage ftn' --to onnx --stage stn \
  model.safetensors none.onnx
refuse 2 '--to: and --to-reference are both given' --to onnx model.safetensors none.onnx --to-reference pth
refuse 2 'export --to onnx: needs a model and the file to write, 1 given' --to onnx model.safetensors
refuse 2 '--to: ' --to tensorrt model.safetensors none.onnx
refuse 2 '--stage: means nothing to --to-reference' model.safetensors --to-reference pth --stage ftn
refuse 2 '--json: means nothing to --to-reference' model.safetensors --to-reference pth --json
refuse 1 'missing.safetensors' --to onnx missing.safetensors none.onnx
head -c 100000 model.safetensors >cut.safetensors
refuse 1 'cut.safetensors' --to onnx cut.safetensors none.onnx
head -c 100000 a.onnx >text.safetensors
refuse 1 'text.safetensors: is an ONNX file, for other programs' --to onnx text.safetensors none.onnx
refuse 2 'export --to onnx -: a network is not written to standard output' --to onnx model.safetensors -
absent ./-
for action in "show a.onnx" "check a.onnx"; do
  # shellcheck disable=SC2086
  exits 1 cs-model $action
  one_line stderr
  says stderr 'a.onnx: is an ONNX file, .*; give the .safetensors file that it was made of$'
done

# Networks of one stage: U-Net; without its last layers it is what a pre-training leaves, and segments nothing.
source "$(dirname "$case_file")/../cs-predict/unet.bash"
described='{"format":2,"network":"U-Net","size":{"filters":2,"upsampling":"transposed"},"input":{"dimensions":2,"channels":1,"spacing_mm":null,"normalisation":"minmax","crop":32},"outputs":["segmentation"],"classes":{"LV":1,"MYO":2},"training_images":[]}'
made "$described" unet.safetensors
exits 0 cs-model export --to onnx --json unet.safetensors unet.onnx
[[ $(told) == *'"stage":null'* ]] || fail "a stage of a network that has none: $(told)"
refuse 2 '--stage: means nothing for unet.safetensors, a network of one stage' --to onnx unet.safetensors none.onnx \
  --stage ftn
entries=${entries%,\"unet/head.weight\"*}
made "${described/segmentation/features}" part.safetensors
refuse 1 'part.safetensors: is a pre-trained part of a network' --to onnx part.safetensors none.onnx
no_leftovers .

LD_DEBUG=files LD_DEBUG_OUTPUT=loader cs-model show model.safetensors >/dev/null
cat loader.* >loaded
says_not loaded 'libonnx'
