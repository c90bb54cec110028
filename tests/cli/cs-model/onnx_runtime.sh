# shellcheck shell=bash
# ONNX Runtime computes of exported files what cs-predict computes, to 1e-5: of each network, each stage, slices scaled
# in the graph and windows as they are, batches of any size; and the page's example segments as cs-predict does.
needs_networks
source "$COOPSEG_SOURCE_DIR/tests/support/pages.bash"

# Kept beside the programs from run to run, as it takes a download.
environment=$(dirname "$(dirname "$(command -v cs-model)")")/onnxruntime
make_environment() {
  rm -rf "$environment.new" &&
    python3 -m venv "$environment.new" &&
    timeout 120 "$environment.new/bin/python3" -m pip install --quiet --retries 0 --timeout 10 onnxruntime nibabel &&
    mv "$environment.new" "$environment"
}
[ -d "$environment" ] || make_environment >made 2>&1 || skip "onnxruntime cannot be had of PyPI: $(tail -1 made)"
"$environment/bin/python3" -c 'import nibabel, onnxruntime' 2>missing || skip "$(tail -1 missing)"

cat >compare.py <<'PYTHON'
"""compare.py MODEL.onnx IMAGE PROBABILITIES [OUTPUT]: IMAGE is as large as what the network sees."""
import sys
import nibabel, numpy, onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
image, wanted = (nibabel.load(name).get_fdata(dtype="float32") for name in sys.argv[2:4])
if len(session.get_inputs()[0].shape) == 4:
    x = image.T[:, None]
    wanted = wanted.transpose(2, 3, 1, 0)
else:
    x = image[None, None]
    wanted = wanted.transpose(3, 0, 1, 2)[None]
output = sys.argv[4] if len(sys.argv) > 4 else "probabilities"
found = session.run([output], {"image": x})[0]
assert found.shape == wanted.shape, (found.shape, wanted.shape)
worst = float(abs(found - wanted).max())
assert worst <= 1e-5, f"{sys.argv[1]}: {output} differ by {worst}"
assert wanted.std() > 1e-4, "nothing to compare"
one = session.run([output], {"image": x[:1]})[0]
assert abs(one - found[:1]).max() <= 1e-6
constant = session.run([output], {"image": numpy.full_like(x[:1], 7)})[0]
assert numpy.isfinite(constant).all()
print(f"{sys.argv[1]}: {output} differ by {worst:.1e} at most")
PYTHON
compare() {
  "$environment/bin/python3" compare.py "$@" >compared 2>&1 || { cat compared; fail "compare $*"; }
  cat compared
}
predict() { cs-predict --device cpu --threads 1 --log-level error "$@"; }
export_of() { cs-model export --to onnx --force --log-level error "$@"; }

# calmed MODEL: makes the weights that give its logits an eighth. Logits of a network that has hardly trained are so
# large that cs-predict itself is 1.5e-5 from what doubles give. (Models of the demo are 1e-6 from ONNX Runtime.)
calmed() {
  "$environment/bin/python3" - "$1" <<'PYTHON'
import json, struct, sys
import numpy

data = numpy.fromfile(sys.argv[1], "u1")
start = 8 + struct.unpack("<Q", data[:8])[0]
for name, entry in json.loads(bytes(data[8:start])).items():
    if "final_conv.weight" in name and "encoder" not in name:
        begin, end = entry["data_offsets"]
        data[start + begin:start + end].view("<f4")[:] /= 8
data.tofile(sys.argv[1])
PYTHON
}

# Both stages, from images of whatever range: slices are scaled in the graph.
cs-phantom --out hearts --subjects 2 --sites 1 --size 32 --spacing 6 --slices 3 --log-level error
cs-train-coop --cases hearts/cases.jsonl --out run --crop 32 --epochs 1 --max-iterations 2 --batch-size 4 --threads 1 \
  --device cpu --log-level error
calmed run/best.safetensors
image=hearts/phantom002/ED_img.nii.gz
for stage in ftn stn; do
  predict --model run/best.safetensors --stage $stage $image $stage.nii.gz --probabilities
  export_of run/best.safetensors $stage.onnx --stage $stage
  compare $stage.onnx $image ${stage}_prob.nii.gz
done
compare stn.onnx $image ftn_prob.nii.gz probabilities_ftn

# Networks of one stage, of volumes and slices, with each of their norms and ways up, and with distances. The image is
# as large as their window, and no slice of it is of one value: instance norms would make much of its rounding.
for id in 1 2; do
  make_nifti $id.nii.gz 32 16 16 1.5 1 2 --float box 1 1 31 1 14 0 16 ball 6 $((8 * id)) 7 9 6 ball 9 $((8 * id)) 7 8 3
  make_nifti ${id}_seg.nii.gz 32 16 16 1.5 1 2 ball 2 $((8 * id)) 7 9 6 ball 1 $((8 * id)) 7 8 3
  echo "{\"id\":\"$id\",\"image\":\"$id.nii.gz\",\"label\":\"${id}_seg.nii.gz\",\"labels\":{\"core\":1,\"shell\":2}}"
done >volumes.jsonl
train() { # NAME OPTION OF cs-predict...; options of the training in the array `how`
  local name=$1
  cs-train-semi --cases volumes.jsonl --out "run-$name" --filters 2 --max-iterations 2 --threads 1 --device cpu \
    --log-level error "${how[@]}"
  predict --model "run-$name/last.safetensors" 1.nii.gz "$name.nii.gz" --probabilities "${@:2}"
  export_of "run-$name/last.safetensors" "$name.onnx"
  compare "$name.onnx" 1.nii.gz "${name}_prob.nii.gz"
}
how=(--patch "32,16,16" --method dtc --unlabelled volumes.jsonl --allow-overlap --batch-size "1,1")
train volumes --distances
compare volumes.onnx 1.nii.gz volumes_dist.nii.gz distances
how=(--patch "32,16,16" --batch-size 2 --norm instance)
train instances
how=(--patch "32,16" --batch-size 2)
train slices
how=(--patch "32,16" --batch-size 2 --upsampling transposed)
train transposed

# The page's example, of an image and of copies that are stored in another order: one image in space, one segmentation.
mkdir page
cd page || exit
passages "$COOPSEG_SOURCE_DIR/docs/models.md" passages
cs-phantom --out hearts --subjects 1 --sites 1 --size 41 --spacing 6 --slices 3 --log-level error
cp -r ../run .
says <(cs-model show --json run/best.safetensors) '"axes"'
cat >stored.py <<'PYTHON'
"""stored.py IMAGE COPY ORNT: stores it in another order, with the affine moved along."""
import json, sys
import nibabel

image = nibabel.load(sys.argv[1])
nibabel.save(nibabel.Nifti1Image(image.get_fdata(dtype="float32"), image.affine).as_reoriented(json.loads(sys.argv[3])),
             sys.argv[2])
PYTHON
cat >agree.py <<'PYTHON'
import nibabel, numpy

found, wanted = (nibabel.load(name) for name in ("labels.nii.gz", "predicted.nii.gz"))
assert numpy.allclose(found.affine, wanted.affine, atol=1e-3), (found.affine, wanted.affine)
found, wanted = (numpy.asarray(image.dataobj) for image in (found, wanted))
assert found.shape == wanted.shape and len(numpy.unique(wanted)) > 1
differing = (found != wanted).mean()
assert differing < 0.001, differing  # where two classes are as probable to the last bit
PYTHON
python=$environment/bin/python3
# As it is, its mirror image, and slices first with rows for columns.
for order in "[[0,1],[1,1],[2,1]]" "[[0,-1],[1,1],[2,1]]" "[[1,1],[2,1],[0,-1]]"; do
  "$python" stored.py hearts/phantom001/ED_img.nii.gz image.nii.gz "$order"
  grep -l onnx passages/* | while read -r example; do
    PATH=$environment/bin:$PATH bash -euo pipefail "$example" >output 2>&1 </dev/null || { cat output; fail "$order"; }
  done
  predict --model run/best.safetensors prepared.nii.gz predicted.nii.gz --force
  "$python" agree.py || fail "the page's example differs from cs-predict of an image stored as $order"
  rm -f prepared.* best.onnx labels.nii.gz
done
